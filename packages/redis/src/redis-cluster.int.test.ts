import { readFileSync } from 'node:fs';
import type { CustomerId } from '@tidemark/domain';
import { type Chunk, commitPart, OperatingError } from '@tidemark/stream';
import { requireServer } from '@tidemark/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';
import { slotOf } from './key-slot.ts';
import { Keys } from './keys.ts';
import {
  makeTestTls,
  startRedisCluster,
  startRedisServer,
  startReplica,
  type TestCluster,
  USERS,
  waitFor,
} from './testing/redis-server.ts';

const LANES = 12;
const lanes = Array.from({ length: LANES }, (_, lane) => lane);
const keys = new Keys('tidemark', LANES);

describe.skipIf(!requireServer('redis-server'))('RedisStore on a cluster', () => {
  let cluster: TestCluster;
  let store: RedisStore;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(async () => {
    await cluster?.close();
  });
  beforeEach(async () => {
    for (const { client } of cluster.nodes) await client.flushall();
    store = await open(cluster);
  });
  afterEach(() => store?.close());

  test('spreads twelve lanes evenly over three nodes', async () => {
    for (const lane of lanes) expect(await commitPart(store, 'rfm', lane, null, chunk('one'))).toBe('committed');
    const counts = await Promise.all(
      cluster.nodes.map(async ({ client }) => (await client.keys('tidemark:customers:*')).length),
    );
    expect(counts).toEqual([4, 4, 4]);
  });

  test('knows the slot of a key as Redis does', async () => {
    const client = cluster.nodes[0]?.client;
    for (const lane of lanes) {
      const key = `${keys.ofLane(lane).customer}epoch:}{0.1}`;
      const tag = /\{(.*?)\}/.exec(key)?.[1] ?? '';
      expect(await client?.call('CLUSTER', 'KEYSLOT', key)).toBe(slotOf(tag));
    }
  });

  test('refuses a cluster of which one node would evict', async () => {
    const second = cluster.nodes[1]?.client;
    await second?.config('SET', 'maxmemory', '100mb');
    await second?.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const other = await open(cluster);
    await expect(other.ping()).rejects.toThrow(/noeviction, found: allkeys-lru/);
    other.close();
    await second?.config('SET', 'maxmemory', '0');
  });

  test('needs no more rights on a cluster than the example of users gives', async () => {
    const user = readFileSync(USERS, 'utf8')
      .split('\n')
      .find((line) => line.startsWith('user tidemark '));
    const rights = user?.split(' ').slice(1) ?? [];
    for (const { client } of cluster.nodes) await client.call('ACL', 'SETUSER', ...rights);
    const limited = await openRedisStore({ ...optionsOf(cluster), username: 'tidemark', password: 'change-me' });
    onTestFinished(() => limited.close());
    await limited.ping();
    for (const lane of lanes) expect(await commitPart(limited, 'rfm', lane, null, chunk('one'))).toBe('committed');
  });

  test('speaks TLS with every node', async () => {
    const { tls, settings, remove } = makeTestTls();
    onTestFinished(remove);
    const { ca, certificate: cert, key } = tls;
    const secure = await startRedisCluster({
      settings: [...settings, '--tls-cluster', 'yes'],
      client: { tls: { ca, cert, key } },
    });
    onTestFinished(secure.close);
    const over = await openRedisStore({ ...optionsOf(secure), tls });
    onTestFinished(() => over.close());
    for (const lane of lanes) expect(await commitPart(over, 'rfm', lane, null, chunk('one'))).toBe('committed');
  });

  test('says that the mode is wrong, of a node opened alone and of a server that is in no cluster', async () => {
    const alone = await openRedisStore({ ...optionsOf(cluster), mode: 'single', url: cluster.nodes[0]?.url ?? '' });
    await expect(alone.ping()).rejects.toThrow(/expected mode single, found: a node of a cluster/);
    alone.close();
    const server = await startRedisServer({});
    const single = await openRedisStore({ ...optionsOf(cluster), url: server.url });
    await expect(single.ping()).rejects.toThrow(/cluster support disabled/);
    single.close();
    await server.close();
  });

  test('follows a lane whose slot moves to another node', async () => {
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    const [from, to] = cluster.nodes;
    if (from === undefined || to === undefined) throw new Error('a cluster has three nodes');
    const slot = Number(await from.client.call('CLUSTER', 'KEYSLOT', keys.ofLane(0).lane));
    const [fromId, toId] = await Promise.all([from, to].map(({ client }) => client.call('CLUSTER', 'MYID')));
    await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(fromId));
    await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(toId));
    const inSlot = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
    await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...inSlot);
    const underWay = store.acquire('rfm', 0);
    for (const { client } of [to, from]) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(toId));
    expect(await underWay).toMatchObject({ token: 'one' });
    expect(await commitPart(store, 'rfm', 0, 'one', chunk('two'))).toBe('committed');
    expect(await to.client.exists(keys.ofLane(0).lane)).toBe(1);
  });

  test('goes on with the lanes of other nodes while one is away, and with its lanes once it is back', async () => {
    for (const lane of [0, LANES - 1]) await commitPart(store, 'rfm', lane, null, chunk('one'));
    const last = cluster.nodes[2];
    await last?.kill();
    await expect(commitPart(store, 'rfm', LANES - 1, 'one', chunk('two'))).rejects.toMatchObject({ retriable: true });
    await expect(store.ping()).rejects.toMatchObject({ retriable: true });
    expect(await onceServed(() => commitPart(store, 'rfm', 0, 'one', chunk('two')))).toBe('committed');
    await last?.start();
    await waitFor(() => store.ping().then(...isDone));
    await waitFor(() => store.acquire('rfm', LANES - 1).then(...isDone));
    const outcome = await onceServed(() => commitPart(store, 'rfm', LANES - 1, 'one', chunk('two')));
    // The commit that was cut off may have been done after all, once the node was back: a second one is refused.
    const { token } = (await onceServed(() => store.acquire('rfm', LANES - 1))) ?? {};
    expect([outcome, token]).toEqual([expect.stringMatching(/^(committed|refused)$/), 'two']);
  });

  test('goes on with the lanes of a node whose replica took over', async () => {
    await commitPart(store, 'rfm', 1, null, chunk('one'));
    const [first] = cluster.nodes;
    if (first === undefined) throw new Error('a cluster has three nodes');
    const replica = await startReplica(first);
    onTestFinished(replica.close);
    await first.kill();
    await waitFor(() => store.ping().then(...isDone));
    const token = (await onceServed(() => store.acquire('rfm', 1)))?.token ?? null;
    expect(await onceServed(() => commitPart(store, 'rfm', 1, token, chunk('two')))).toBe('committed');
    expect(await replica.client.info('replication')).toContain('role:master');
  });
});

function optionsOf(cluster: TestCluster) {
  return { mode: 'cluster', url: cluster.url, namespace: 'tidemark', lanes: LANES, onWarning: () => {} } as const;
}

function open(cluster: TestCluster): Promise<RedisStore> {
  return openRedisStore(optionsOf(cluster));
}

/** As a lane does: a node that lost sight of the others, as on a busy machine, serves nothing for a while. */
async function onceServed<Result>(work: () => Promise<Result>): Promise<Result> {
  let result: { readonly value: Result } | null = null;
  await waitFor(async () => {
    result = await work().then(
      (value) => ({ value }),
      (error: unknown) => {
        if (error instanceof OperatingError && error.retriable) return null;
        throw error;
      },
    );
    return result !== null;
  });
  return (result as unknown as { readonly value: Result }).value;
}

const isDone = [() => true, () => false] as const;

function chunk(token: string): Chunk {
  const facets = ['a', '}{0.1}'].map((id) => {
    return { customerId: id as CustomerId, facet: '1', timer: null, label: 'gold' };
  });
  return { token, meta: '{}', facets, outbox: [], trimThrough: 0 };
}
