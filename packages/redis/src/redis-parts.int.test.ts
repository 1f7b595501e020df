import { readFileSync } from 'node:fs';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import type { Chunk, OutboxEntry, PartCommit } from '@tidemark/stream';
import { requireServer } from '@tidemark/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';
import { Keys } from './keys.ts';
import { startRedisServer, type TestServer, USERS } from './testing/redis-server.ts';
import { storedKeys } from './testing/stored-keys.ts';

const SERVICES = ['rfm', 'churn', 'tier'] as const;
const POSITIONS = [0, 1, 2] as const;
const KINDS = ['a customer', 'the customers', 'the timers', 'the outbox', 'a label'] as const;
const keys = new Keys('tidemark', 1);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.skipIf(!requireServer('redis-server'))('a commit of several services in Redis', () => {
  const places = KINDS.flatMap((kind) => POSITIONS.map((position) => ({ kind, position })));

  test.each(places)('writes nothing where something else wrote to $kind in place $position', async (place) => {
    const { server, store } = await start();
    await store.commitLane(0, beginning());
    const service = SERVICES[place.position] as string;
    const customerId = `only ${service}`;
    const key = (await storedKeys(server.client, keys, 0, { service, customerId }))[place.kind];
    await server.client.set(key, 'not ours');
    const before = await dumpOf(server);
    await expect(store.commitLane(0, going())).rejects.toMatchObject({ name: 'Fault', code: 'corrupt-state' });
    expect(await dumpOf(server)).toEqual(before);
  });

  test.each(POSITIONS)(
    'writes nothing where the outbox in place %i is not as it was, and all once it is',
    async (position) => {
      const { server, store } = await start();
      await store.commitLane(0, beginning());
      const service = SERVICES[position] as string;
      const { 'the outbox': outbox, 'the lane': lane } = await storedKeys(server.client, keys, 0, { service });
      const outputs = await server.client.xlen(outbox);
      await server.client.xadd(outbox, '0-9', 'x', 'y');
      await server.client.hset(lane, `${service}:outbox`, outputs + 1);
      const before = await contentsOf(server);
      await expect(store.commitLane(0, going())).rejects.toMatchObject({ name: 'Fault', code: 'corrupt-state' });
      expect(await contentsOf(server)).toEqual(before);

      await server.client.xdel(outbox, '0-9');
      await server.client.xsetid(outbox, `0-${FIRST_OUTPUTS[position]}`);
      await server.client.hset(lane, `${service}:outbox`, outputs);
      expect(await store.commitLane(0, going())).toBe('committed');
      for (const [i, one] of SERVICES.entries()) {
        const sequences = (await store.acquire(one, 0))?.outbox.map(({ sequence }) => sequence);
        const last = (FIRST_OUTPUTS[i] ?? 0) + NEW_OUTPUTS;
        expect(sequences).toEqual(Array.from({ length: last }, (_, n) => n + 1));
      }
    },
  );

  test('that may not take out what it added to an outbox is noticed: nobody goes on from there', async () => {
    const { server, store } = await start();
    await store.commitLane(0, beginning());
    const { 'the outbox': outbox, 'the lane': lane } = await storedKeys(server.client, keys, 0, { service: 'tier' });
    await server.client.xadd(outbox, '0-9', 'x', 'y');
    await server.client.hset(lane, 'tier:outbox', 2);
    await server.client.call('ACL', 'SETUSER', 'tidemark', '-xdel');
    await expect(store.commitLane(0, going())).rejects.toThrow(/lacks a right/);
    await expect(store.acquire('rfm', 0)).rejects.toMatchObject({ name: 'Fault', code: 'state-missing' });
    expect(await server.client.hget(lane, 'rfm:token')).toBe('one');
  });

  test('takes no more customers in all than one script may keep Redis for', async () => {
    const { store } = await start();
    const parts = ['rfm', 'tier'].map((service): PartCommit => {
      const ids = Array.from({ length: 5_001 }, (_, i) => `c${i}`);
      return { service, token: null, chunk: chunkOf('one', ids, 0, 0) };
    });
    await expect(store.commitLane(0, parts)).rejects.toThrow(/at most 10000 customers in all/);
    expect(await store.metas(0)).toEqual(new Map());
  });

  test('is read by scans past more customers of others than one script looks at, each to its own end', async () => {
    const { store } = await start();
    const crowd = Array.from({ length: 6_000 }, (_, i) => `c${i}`);
    await store.commitLane(0, [{ service: 'tier', token: null, chunk: chunkOf('one', crowd, 0, 0) }]);
    const few = [
      ['a', 'x'],
      ['y', 'z'],
    ].map((ids, i): PartCommit => {
      return { service: SERVICES[i] as string, token: null, chunk: chunkOf('one', ids, 0, 0) };
    });
    await store.commitLane(0, few);
    const request = { customers: [], due: null, scan: { after: null, limit: 2 } };
    const asked = SERVICES.map((service) => ({ service, token: 'one', request }));
    const reads = await store.readLane(0, asked);
    expect(reads).not.toBe('refused');
    const found = reads === 'refused' ? [] : reads.map(({ scanned }) => scanned.map(({ customerId }) => customerId));
    expect(found).toEqual([
      ['a', 'x'],
      ['y', 'z'],
      ['c0', 'c1'],
    ]);
  });
});

/** Outputs that each service has waiting: one has some, one has none. */
const FIRST_OUTPUTS = [2, 0, 1] as const;
const NEW_OUTPUTS = 3;

function beginning(): PartCommit[] {
  return SERVICES.map((service, i) => {
    return { service, token: null, chunk: chunkOf('one', ['all', `only ${service}`], 0, FIRST_OUTPUTS[i] ?? 0) };
  });
}

function going(): PartCommit[] {
  return SERVICES.map((service, i) => {
    const ids = ['all', `only ${service}`, `new ${service}`];
    return { service, token: 'one', chunk: chunkOf('two', ids, FIRST_OUTPUTS[i] ?? 0, NEW_OUTPUTS) };
  });
}

/** Every output is a block of its own. */
function chunkOf(token: string, ids: readonly string[], outputsBefore: number, outputs: number): Chunk {
  const facets = ids.map((id, i) => {
    return { customerId: id as CustomerId, facet: `"${token}"`, timer: i as TimeMs, label: 'gold' };
  });
  const outbox = Array.from({ length: outputs }, (_, i): OutboxEntry => {
    const sequence = outputsBefore + 1 + i;
    return { sequence, topic: 'changes', key: null, value: Uint8Array.of(i), headers: {} };
  });
  return { token, meta: `"${token}"`, facets, outbox, trimThrough: 0 };
}

/** With the rights that the example of users gives. */
async function start(): Promise<{ server: TestServer; store: RedisStore }> {
  const server = await startRedisServer({});
  closing.push(server.close);
  for (const line of readFileSync(USERS, 'utf8').trim().split('\n').slice(1)) {
    await server.client.call('ACL', 'SETUSER', ...line.split(' ').slice(1));
  }
  const credentials = { username: 'tidemark', password: 'change-me' };
  const where = { mode: 'single', url: server.url, namespace: 'tidemark', lanes: 1 } as const;
  const store = await openRedisStore({ ...where, ...credentials, onWarning: () => {} });
  closing.push(() => store.close());
  return { server, store };
}

/** Every key as Redis writes it to a file. */
async function dumpOf({ client }: TestServer): Promise<[string, string][]> {
  const dumped = async (key: string): Promise<[string, string]> => [
    key,
    (await client.dumpBuffer(key)).toString('hex'),
  ];
  return Promise.all((await client.keys('*')).toSorted().map(dumped));
}

/** The same, of streams what can be read of them: they count what was ever added to them. */
async function contentsOf(server: TestServer): Promise<[string, unknown][]> {
  return Promise.all(
    (await dumpOf(server)).map(async ([key, dump]): Promise<[string, unknown]> => {
      const isStream = (await server.client.type(key)) === 'stream';
      return [key, isStream ? await server.client.xrange(key, '-', '+') : dump];
    }),
  );
}
