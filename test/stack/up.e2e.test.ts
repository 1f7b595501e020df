import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProducer, httpTransport } from '@tidemark/producer';
import { describeWithServers } from '@tidemark/testkit/servers';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { variablesFor } from './deployment.ts';
import { killAll, Program, runTidemark, ServiceProcess, until, type Variables } from './service-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-up-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(killAll);

/** The bundled sample's first quarter, in three lanes. */
const REPLAY = ['--sample', '--until', '1997-03-31', '--lanes', '3', '--json'];

/** What the replay comes to in a data folder, whatever the environment says of servers. */
let embedded: { readonly code: number | null; readonly stdout: string };
beforeAll(async () => {
  const variables = { TIDEMARK_KAFKA_BROKERS: 'nowhere:9092', TIDEMARK_REDIS_URL: 'redis://nowhere:6379' };
  embedded = await runTidemark(['up', ...REPLAY, '--once', '--data', folder], variables);
});

test('the addresses of the servers go together', async () => {
  const { code, stderr } = await runTidemark(['up', '--kafka', 'localhost:9092']);
  expect(code).toBe(2);
  expect(stderr).toContain('--kafka, --redis and --registry together');
});

test('the environment alone does not turn embedded mode to servers', () => {
  expect(embedded.code).toBe(0);
  expect(JSON.parse(embedded.stdout).customers).toBe(2_357);
});

describeWithServers('tidemark up on Kafka, Redis and a registry', ['kafka', 'redis', 'registry'], (stack) => {
  test('a replay comes to the same end as in a data folder, and once there it has nothing more to do', async () => {
    const remote = await runTidemark(['up', ...REPLAY, '--once', ...addresses()], namespace('replay'));
    expect(remote.stderr).not.toContain('Stopped');
    expect(remote.code).toBe(0);
    expect(endOf(remote.stdout)).toEqual(endOf(embedded.stdout));
    const again = await runTidemark(['up', ...REPLAY, '--once', ...addresses()], namespace('replay'));
    expect(endOf(again.stdout)).toEqual(endOf(embedded.stdout));
  });

  test('a replay goes on by itself after Kafka was away, and shares its lanes with services that run beside it', async () => {
    const { kafka } = stack();
    // A member of before the restart is missed for as long as that.
    const variables = { ...namespace('away'), TIDEMARK_KAFKA_SESSION_TIMEOUT_MS: '6000' };
    const up = new Program('packages/cli/src/main.ts', ['up', ...REPLAY, '--once', ...addresses()], variables);
    await until('topics and schemas are there', () => up.stderr.includes('Replaying'));
    const beside = await Promise.all(
      ['tier', 'profile'].map((name) => ServiceProcess.start(name, variablesOf(variables))),
    );
    await Promise.all(beside.map((service) => service.ready()));
    await kafka.kill();
    await sleep(1_000);
    await kafka.restart();
    expect(await up.closed, up.stderr).toBe(0);
    expect(endOf(up.stdout)).toEqual(endOf(embedded.stdout));
  });

  test('with --live it takes events, and SIGTERM ends it with 0', async () => {
    const args = ['up', '--live', '--port', '0', '--json', '--lanes', '3', ...addresses()];
    const up = new Program('packages/cli/src/main.ts', args, namespace('live'));
    await until('it serves', () => up.stdout.includes('\n') || up.child.exitCode !== null);
    const { url } = JSON.parse(up.stdout) as { url: string };
    const producer = createProducer({ transport: httpTransport({ url }) });
    const order = { eventId: 'o1', orderId: 'o1', customerId: 'anna', occurredAt: new Date() };
    await producer.order({ ...order, status: 'PAID', currency: 'USD', amountMinor: 10_000 });
    await producer.close();
    await until('the order is in the profile', async () => {
      const response = await fetch(`${url}/v1/profiles/anna`);
      return response.status === 200 && ((await response.json()) as Scored).scores?.rfm?.exact.orders === 1;
    });
    const { code, tookMs } = await up.stop();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(5_000);
  });

  function variablesOf(more: Variables): Variables {
    return variablesFor(stack(), '', more);
  }

  function addresses(): string[] {
    const { kafka, redis, registry } = stack();
    return ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
  }
});

interface Scored {
  readonly scores?: { readonly rfm?: { readonly exact: { readonly orders: number } } };
}

function namespace(name: string) {
  return { TIDEMARK_NAMESPACE: name };
}

/** What a summary says of the state, without how fast this run was. */
function endOf(stdout: string) {
  const { seconds, eventsPerSecond, peakMemoryMiB, ...end } = JSON.parse(stdout);
  return end;
}
