import { requireServer } from '@tidemark/testkit';
import { describeProfileStore, type LostPart } from '@tidemark/testkit/conformance';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe } from 'vitest';
import { openRedisStore, type RedisServerOptions } from './index.ts';
import { Keys } from './keys.ts';
import { startRedisCluster, startRedisServer } from './testing/redis-server.ts';
import { storedKeys } from './testing/stored-keys.ts';

describe.skipIf(!requireServer('redis-server'))('with real servers', () => {
  describeOn('RedisStore on one server', async () => {
    const server = await startRedisServer({});
    return { server: { mode: 'single', url: server.url }, clients: [server.client], close: server.close };
  });

  describeOn('RedisStore on a cluster of three nodes', async () => {
    const cluster = await startRedisCluster();
    const clients = cluster.nodes.map(({ client }) => client);
    return { server: { mode: 'cluster', url: cluster.nodes[0]?.url ?? '' }, clients, close: cluster.close };
  });
});

interface Started {
  readonly server: RedisServerOptions;
  /** One of each node. */
  readonly clients: readonly Redis[];
  close(): Promise<void>;
}

/** Deletes the key, on the node that has it. */
async function loseKey(clients: readonly Redis[], keys: Keys, lane: number, part: LostPart): Promise<void> {
  const names = { customer: 'a customer', list: 'the customers', timers: 'the timers', outbox: 'the outbox' } as const;
  const ids = part.what === 'customer' ? { customerId: part.customerId } : {};
  for (const client of clients) {
    const isThere = await client.exists(keys.ofLane(lane).lane).catch(() => 0);
    if (isThere === 0) continue;
    const stored = await storedKeys(client, keys, lane, { service: 'service' in part ? part.service : '', ...ids });
    if ((await client.del(stored[names[part.what]])) !== 1) throw new Error(`there was no key of ${part.what}`);
  }
}

function describeOn(name: string, start: () => Promise<Started>): void {
  describe(name, () => {
    let started: Started;
    let namespaces = 0;
    beforeAll(async () => {
      started = await start();
    });
    afterAll(async () => {
      await started?.close();
    });

    describeProfileStore(name, async () => {
      const namespace = `conformance-${namespaces++}`;
      const store = await openRedisStore({ ...started.server, namespace, lanes: 2, onWarning: () => {} });
      return {
        store,
        reader: store,
        services: ['rfm', 'churn', 'tier'],
        lose: (lane, part) => loseKey(started.clients, new Keys(namespace, 2), lane, part),
        close: async () => store.close(),
      };
    });
  });
}
