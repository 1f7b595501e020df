import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { codecs, customerKey, laneOf } from '@tidemark/contracts';
import type { CustomerId, ProfileState, View } from '@tidemark/domain';
import type { JavaClient } from '@tidemark/stack';
import type { ScoreFacet } from '@tidemark/stream';
import { describeWithSharedServers, javaOrSkip } from '@tidemark/testkit/servers';
import { afterAll, expect, test } from 'vitest';
import { applyLayout, variablesFor } from './deployment.ts';
import { RemotePipeline } from './remote-pipeline.ts';
import { killAll, ServiceProcess, until } from './service-process.ts';

const LANES = 12;
/** Of one to four bytes a character, with lengths that leave every remainder by four: the hash takes words of four. */
const CUSTOMERS = [
  'a',
  'ab',
  'abc',
  'anna',
  'customer-31',
  'Zoë',
  'łukasz',
  '李小龍',
  'Ελένη',
  '🙂',
  '🙂-🙃',
  'naïve café',
];
const PROGRAM = 'test/stack/fixtures/OrderProducer.java';

describeWithSharedServers(
  "a producer in Java, with Kafka's own client and partitioner",
  ['kafka', 'redis', 'registry'],
  (stack) => {
    afterAll(killAll);

    test('writes each customer to the lane that ours would, and is folded into the profile', async ({ skip }) => {
      const client = await javaOrSkip(skip);
      const variables = variablesFor(stack(), 'java', { TIDEMARK_LANES: String(LANES) });
      await applyLayout(variables);
      await Promise.all(['unify', 'profile'].map((name) => ServiceProcess.start(name, variables)));
      const partitions = await produce(client, 'java.orders');
      expect(partitions).toEqual(CUSTOMERS.map((id) => laneOf(customerKey(id), LANES)));
      expect(new Set(partitions).size).toBeGreaterThan(4);

      const pipeline = await RemotePipeline.open(variables);
      await until('every order is folded', async () => {
        const orders = await Promise.all(
          CUSTOMERS.map((id, number) => ordersOf(pipeline, partitions[number] ?? -1, id)),
        );
        return orders.every((count) => count === 1);
      });
      expect(await pipeline.countOf('dead-letters')).toBe(0);

      // As a client with another partitioner would write it.
      const lane = partitions[CUSTOMERS.indexOf('anna')] ?? -1;
      const elsewhere = (lane + 1) % LANES;
      const writer = await pipeline.log.writer();
      await writer.send('orders', elsewhere, await pipeline.log.read('orders', lane, 0, 1));
      await writer.close();
      await until('it is a dead letter', async () => (await pipeline.countOf('dead-letters')) === 1);
      const [letter] = await pipeline.log.read('dead-letters', elsewhere, 0, 1);
      const { reason } = codecs['dead-letter'].decode(
        letter?.value ?? new Uint8Array(),
        letter?.headers['schema'] ?? '',
      );
      expect(reason).toBe('wrong-lane');
      expect(await ordersOf(pipeline, elsewhere, 'anna')).toBe(0);
      await pipeline.close();
    });

    /** The partition of each customer's order. */
    async function produce({ java, classPath }: JavaClient, topic: string): Promise<number[]> {
      const { kafka, registry } = stack();
      const answer = await fetch(`${registry.url}/subjects/tidemark.OrderEvent/versions/latest`);
      const { id } = (await answer.json()) as { readonly id: number };
      const child = spawn(java, ['-cp', classPath, PROGRAM, kafka.brokers.join(','), topic, String(id)]);
      child.stdin.end(CUSTOMERS.join('\n'));
      const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
      const partitions = printed.trim().split('\n').map(Number);
      if (partitions.length !== CUSTOMERS.length) throw new Error(`expected the program to work, found: ${complaints}`);
      return partitions;
    }
  },
);

/** As the customer's profile counts them. */
async function ordersOf({ store }: RemotePipeline, lane: number, customerId: string): Promise<number> {
  const facet = (await store.customer(lane, customerId as CustomerId)).facets.get('profile');
  return facet === undefined ? 0 : (JSON.parse(facet) as ScoreFacet<ProfileState, View>).state.lifetime[1];
}
