import { readFileSync } from 'node:fs';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { type Chunk, commitPart, Fault, type OperatingError, readPart } from '@tidemark/stream';
import { requireServer } from '@tidemark/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { openRedisStore, type RedisStore, type RedisStoreOptions } from './index.ts';
import { Keys } from './keys.ts';
import { scripts } from './scripts.ts';
import { makeTestTls, startRedisServer, type TestServer, USERS, waitFor } from './testing/redis-server.ts';
import { storedKeys } from './testing/stored-keys.ts';

const keys = new Keys('tidemark', 2);
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.skipIf(!requireServer('redis-server'))('RedisStore', () => {
  test('goes on by itself after Redis was killed and came back, with what its append-only file has', async () => {
    const { server, store, warnings } = await start();
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
    await server.kill();
    await waitFor(() => fails(store.ping()));
    await expect(commitPart(store, 'rfm', 0, 'one', chunk('two'))).rejects.toMatchObject({ retriable: true });
    await server.start();
    await waitFor(() => succeeds(store.ping()));
    expect(await store.acquire('rfm', 0)).toMatchObject({ token: 'one' });
    expect(await commitPart(store, 'rfm', 0, 'one', chunk('two'))).toBe('committed');
    expect(warnings).toEqual([expect.stringMatching(/expected a connection/), expect.stringMatching(/used again/)]);
  });

  test('fails commands that were under way when Redis was killed, at once', async () => {
    const { server, store } = await start();
    await server.client.call('CLIENT', 'PAUSE', 60_000);
    const underWay = commitPart(store, 'rfm', 0, null, chunk('one'));
    await Promise.all([expect(underWay).rejects.toMatchObject({ retriable: true }), server.kill()]);
  });

  test('opens while Redis is away, says so, and can be used once it is there', async () => {
    const server = await startServer();
    await server.kill();
    const { store, warnings } = await open(server);
    await expect(store.ping()).rejects.toThrow(/expected a connection, found: connect ECONNREFUSED/);
    expect(warnings).toHaveLength(1);
    await server.start();
    await waitFor(() => succeeds(store.ping()));
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
  });

  test('refuses a commit after the state was flushed, and starts again from nothing', async () => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    await server.client.flushall();
    expect(await commitPart(store, 'rfm', 0, 'one', chunk('two'))).toBe('refused');
    expect(await readPart(store, 'rfm', 0, 'one', { customers: [], due: null, scan: null })).toBe('refused');
    expect(await store.acquire('rfm', 0)).toBeNull();
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
  });

  test('waits for a server that somebody else keeps busy for seconds', async () => {
    const { server, store } = await start();
    const busy = server.client.eval("local t = redis.call('TIME')[1] while redis.call('TIME')[1] - t < 3 do end", 0);
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
    await busy;
  });

  test('gives up an answer that takes too long; what became of the commit is found by acquiring', async () => {
    const { server, store } = await start([], { commandTimeoutMs: 200 });
    await commitPart(store, 'tier', 0, null, chunk('one'));
    await server.client.call('CLIENT', 'PAUSE', 1_000, 'WRITE');
    await expect(commitPart(store, 'rfm', 0, null, chunk('one'))).rejects.toThrow(/Command timed out/);
    await server.client.call('CLIENT', 'UNPAUSE');
    await waitFor(async () => (await store.acquire('rfm', 0)) !== null);
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('refused');
  });

  test('makes a connection anew that answers nothing, and goes on', async () => {
    const { server, store } = await start([], { commandTimeoutMs: 200 });
    const connections = async () =>
      Number(/total_connections_received:(\d+)/.exec(await server.client.info('stats'))?.[1]);
    const before = await connections();
    await server.client.call('CLIENT', 'PAUSE', 1_500, 'ALL');
    await expect(store.acquire('rfm', 0)).rejects.toThrow(/Command timed out/);
    await waitFor(async () => (await connections()) > before);
    await waitFor(() => succeeds(store.ping()));
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
  });

  test('refuses a server that would evict, saying what to do, and goes on once it is mended', async () => {
    const server = await startServer(['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
    const { store } = await open(server);
    await expect(store.acquire('rfm', 0)).rejects.toThrow(/maxmemory-policy noeviction, found: allkeys-lru/);
    await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    await waitFor(() => succeeds(store.ping()));
    expect(await store.acquire('rfm', 0)).toBeNull();
  });

  test('refuses a server that is set to evict while it is used, and goes on once it is mended', async () => {
    const { server, store } = await start();
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
    await server.client.config('SET', 'maxmemory', '100mb');
    await server.client.config('SET', 'maxmemory-policy', 'allkeys-random');
    await waitFor(() => fails(store.ping()));
    await expect(commitPart(store, 'rfm', 0, 'one', chunk('two'))).rejects.toThrow(/noeviction, found: allkeys-random/);
    await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    await waitFor(() => succeeds(store.ping()));
    expect(await commitPart(store, 'rfm', 0, 'one', chunk('two'))).toBe('committed');
  });

  test('writes the number of lanes anew where that key alone is gone', async () => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    await server.client.del(keys.about);
    await waitFor(async () => (await server.client.hget(keys.about, 'lanes')) === '2');
  });

  test('says of nobody that they are unknown, and lists nobody, while some of the state is gone', async () => {
    const missing = { name: 'Fault', code: 'state-missing' };
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    await commitPart(store, 'rfm', 0, 'one', chunk('two', 'b'));
    const names = await storedKeys(server.client, keys, 0, { service: 'rfm' });
    const without = async (key: string, ask: () => Promise<unknown>): Promise<void> => {
      const before = await server.client.dumpBuffer(key);
      await server.client.del(key);
      await expect(ask()).rejects.toMatchObject(missing);
      await server.client.restore(key, 0, before);
      await ask();
    };
    await without(names['a customer'], () => store.customer(0, 'a' as CustomerId));
    await without(names['a customer'], () => store.customers(0, null, 9));
    await without(names['the customers'], () => store.customers(0, null, 9));
    await without(names['the customers'], () => store.customer(0, 'nobody' as CustomerId));
    await without(names['the timers'], () => store.timersDue('rfm', 0, 9 as TimeMs));
    await without(names['a label'], () => store.labelled('rfm', 0, 'gold', null, 9));
  });

  test('writes no customer anew whose facets are gone, nor a label, of whichever service', async () => {
    const missing = { name: 'Fault', code: 'state-missing' };
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    const names = await storedKeys(server.client, keys, 0, { service: 'rfm' });
    const label = await server.client.dumpBuffer(names['a label']);
    await server.client.del(names['a label']);
    await expect(commitPart(store, 'rfm', 0, 'one', chunk('two', 'b'))).rejects.toMatchObject(missing);
    await server.client.restore(names['a label'], 0, label);
    await server.client.del(names['a customer']);
    // The hash is all services': with a field of another it would pass for one that the first never had.
    await expect(commitPart(store, 'tier', 0, null, chunk('one'))).rejects.toMatchObject(missing);
    expect(await server.client.exists(names['a customer'])).toBe(0);
  });

  test('waits while the server is a replica, and goes on once it is a primary', async () => {
    const { server, store } = await start();
    await server.client.replicaof('127.0.0.1', 1);
    await expect(commitPart(store, 'rfm', 0, null, chunk('one'))).rejects.toMatchObject({ retriable: true });
    const reason = () =>
      store.ping().then(
        () => '',
        (error: unknown) => String(error),
      );
    await waitFor(async () => (await reason()).includes('found: a replica'));
    await server.client.replicaof('NO', 'ONE');
    await waitFor(() => succeeds(store.ping()));
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
  });

  test('warns of a server that may not be asked, and uses it', async () => {
    const server = await startServer();
    await server.client.call('ACL', 'SETUSER', 'blind', 'on', '>x', '~*', '+@all', '-info');
    const { store, warnings } = await open(server, { username: 'blind', password: 'x' });
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
    expect(warnings).toEqual([expect.stringMatching(/grant INFO/)]);
  });

  test('warns once of a server without append-only file', async () => {
    const server = await startServer(['--appendonly', 'no']);
    const { store, warnings } = await open(server);
    await store.ping();
    expect(warnings).toEqual([expect.stringMatching(/expected appendonly yes, found no/)]);
  });

  test('warns of a server that keeps customers in larger pieces than they need, unless it may not be asked', async () => {
    const server = await startServer(['--hash-max-listpack-value', '64']);
    await server.client.call('ACL', 'SETUSER', 'modest', 'on', '>x', '~*', '+@all', '-config');
    const [asked, modest] = [await open(server), await open(server, { username: 'modest', password: 'x' })];
    await Promise.all([asked.store.ping(), modest.store.ping()]);
    expect(asked.warnings).toEqual([expect.stringMatching(/hash-max-listpack-value 1024 or more, found 64/)]);
    expect(modest.warnings).toEqual([]);
  });

  test('waits while the memory is full, with nothing of the chunk written, and reads meanwhile', async () => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    await server.client.config('SET', 'maxmemory', '1mb');
    const full = commitPart(store, 'rfm', 0, 'one', chunk('two', 'b'));
    await expect(full).rejects.toMatchObject({ retriable: true, message: expect.stringMatching(/raise maxmemory/) });
    expect((await store.customer(0, 'b' as CustomerId)).facets).toEqual(new Map());
    await server.client.config('SET', 'maxmemory', '0');
    expect(await commitPart(store, 'rfm', 0, 'one', chunk('two', 'b'))).toBe('committed');
  });

  const KINDS = ['the lane', 'a customer', 'the customers', 'the timers', 'the outbox', 'a label'] as const;
  test.each(KINDS)('is a fault, with nothing written, where something else wrote to %s', async (kind) => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    const key = (await storedKeys(server.client, keys, 0, { service: 'rfm' }))[kind];
    await server.client.set(key, 'not ours');
    const before = await dumpOf(server, key);
    const both = { ...chunk('two'), facets: [...chunk('two', 'z').facets, ...chunk('two').facets] };
    const commit = commitPart(store, 'rfm', 0, 'one', both);
    await expect(commit).rejects.toMatchObject({ name: 'Fault', code: 'corrupt-state' });
    expect(await dumpOf(server, key)).toEqual(before);
  });

  test('is a fault, with nothing written, where the outbox holds entries of later sequences', async () => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, { ...chunk('one'), outbox: [] });
    const { 'the outbox': outbox, 'the lane': lane } = await storedKeys(server.client, keys, 0, { service: 'rfm' });
    await server.client.xadd(outbox, '0-7', 'x', 'y');
    await server.client.hset(lane, 'rfm:outbox', 1);
    await expect(commitPart(store, 'rfm', 0, 'one', { ...chunk('one'), token: 'two' })).rejects.toBeInstanceOf(Fault);
    expect(await server.client.hget(lane, 'rfm:token')).toBe('one');
  });

  test('goes on with a clear that was interrupted, and lets nobody in before', async () => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one'));
    await commitPart(store, 'rfm', 0, 'one', chunk('two', 'b'));
    const { 'the customers': customers } = await storedKeys(server.client, keys, 0, { service: 'rfm' });
    const { lane, customer, customers: prefix, timers, outbox, label } = keys.ofLane(0);
    const scriptKeys = [lane, customer, prefix, timers, outbox, label];
    await server.client.eval(scripts.clear.source, 6, ...scriptKeys, 'rfm', 'begin', '-', 1);
    expect(await server.client.zcard(customers)).toBe(1);
    expect(await commitPart(store, 'rfm', 0, null, chunk('two'))).toBe('refused');
    expect(await readPart(store, 'rfm', 0, null, { customers: [], due: null, scan: null })).toBe('refused');
    expect(await store.acquire('rfm', 0)).toBeNull();
    expect((await store.customer(0, 'a' as CustomerId)).facets).toEqual(new Map());
    expect(await store.customers(0, null, 9)).toEqual([]);
    expect(await commitPart(store, 'rfm', 0, null, chunk('one'))).toBe('committed');
  });

  test('scans past more customers of other services than one script looks at, and clears them all', async () => {
    const { server, store } = await start();
    await commitPart(store, 'rfm', 0, null, chunk('one', 'y'));
    for (let n = 0; n < 6; n++) {
      const facets = Array.from({ length: 2_000 }, (_, i) => chunk('', `c${n * 2_000 + i}`).facets).flat();
      await commitPart(store, 'tier', 0, n === 0 ? null : String(n), { ...chunk(String(n + 1)), facets, outbox: [] });
    }
    const request = { customers: [], due: null, scan: { after: 'b' as CustomerId, limit: 10 } };
    expect(await readPart(store, 'rfm', 0, 'one', request)).toMatchObject({ scanned: [{ customerId: 'y' }] });
    await store.clear('tier', 0);
    expect(await store.customers(0, null, 10)).toMatchObject([{ customerId: 'y' }]);
    const { 'the customers': customers } = await storedKeys(server.client, keys, 0, { service: 'rfm' });
    expect(await server.client.zcard(customers)).toBe(1);
    // What is left is y of rfm, with the lane, a timer, a label and the outbox; and `about`.
    expect(await server.client.dbsize()).toBe(7);
  });

  test('refuses a namespace that was used with another number of lanes, for good', async () => {
    const server = await startServer();
    await open(server);
    const other = open(server, { lanes: 3 });
    await expect(other).rejects.toMatchObject({
      retriable: false,
      message: expect.stringMatching(/found layout 4 and 2/),
    });
  });

  test('says of a wrong password what to check, shows none, and goes on once it is right', async () => {
    const server = await startServer();
    await server.client.call('ACL', 'SETUSER', 'tidemark', 'on', '>right', '~*', '+@all');
    const { store } = await open(server, { username: 'tidemark', password: 'wr0ng' });
    const problem = await store.ping().catch((error: unknown) => error as OperatingError);
    expect(problem).toMatchObject({ retriable: true, message: expect.stringMatching(/TIDEMARK_REDIS_PASSWORD/) });
    expect(String(problem)).not.toContain('wr0ng');
    await server.client.call('ACL', 'SETUSER', 'tidemark', '>wr0ng');
    await waitFor(() => succeeds(store.ping()));
  });

  test('needs no more rights than the example of users gives, to write and to read', async () => {
    const server = await startServer();
    for (const line of readFileSync(USERS, 'utf8').trim().split('\n').slice(1)) {
      await server.client.call('ACL', 'SETUSER', ...line.split(' ').slice(1));
    }
    const { store } = await open(server, { username: 'tidemark', password: 'change-me' });
    await useAll(store);
    const { store: reader } = await open(server, { username: 'tidemark-reader', password: 'change-me-too' });
    expect(await reader.customers(0, null, 9)).toHaveLength(1);
    expect((await reader.customer(0, 'a' as CustomerId)).facets.size).toBe(1);
    expect((await reader.metas(0)).size).toBe(1);
    expect(await reader.labelled('rfm', 0, 'gold', null, 9)).toEqual(['a']);
    expect((await reader.labelCounts('rfm', 0)).get('gold')).toBe(1);
    expect(await reader.timersDue('rfm', 0, 9 as TimeMs)).toBe(1);
    await expect(commitPart(reader, 'rfm', 0, 'two', chunk('three'))).rejects.toThrow(/lacks a right/);
    await store.clear('rfm', 0);
    expect(await store.acquire('rfm', 0)).toBeNull();
  });

  test('speaks TLS, and trusts only the authority it is given', async () => {
    const { tls, settings, remove } = makeTestTls();
    closing.push(remove);
    const { ca, certificate: cert, key } = tls;
    const server = await startRedisServer({ settings, client: { tls: { ca, cert, key } } });
    closing.push(server.close);
    const { store } = await open(server, { tls });
    await useAll(store);
    const { store: distrustful } = await open(server, { tls: { ...tls, ca: null } });
    await expect(distrustful.ping()).rejects.toThrow(/self-signed certificate/);
  });

  test('fails what is asked after it was closed', async () => {
    const { store } = await start();
    store.close();
    await expect(store.acquire('rfm', 0)).rejects.toMatchObject({ retriable: false });
  });
});

/** A first commit, a second, and everything read. */
async function useAll(store: RedisStore): Promise<void> {
  await commitPart(store, 'rfm', 0, null, chunk('one'));
  const moved = chunk('one').facets.map((write) => ({ ...write, label: 'silver' }));
  const removed = chunk('one', 'b').facets.map((write) => ({ ...write, facet: null }));
  const back = chunk('one').facets;
  const facets = [...moved, ...chunk('one', 'b').facets, ...removed, ...back];
  await commitPart(store, 'rfm', 0, 'one', { ...chunk('two'), facets, outbox: [], trimThrough: 1 });
  const request = {
    customers: ['a' as CustomerId],
    due: { until: 9 as TimeMs, limit: 9 },
    scan: { after: null, limit: 9 },
  };
  const read = await readPart(store, 'rfm', 0, 'two', request);
  const found = [{ customerId: 'a', facet: '1', timer: 5 }];
  expect(read).toEqual({ customers: found, due: found, scanned: found, firstTimer: 5 });
  expect((await store.acquire('rfm', 0))?.outbox).toEqual([]);
}

async function start(settings: readonly string[] = [], options: Partial<RedisStoreOptions> = {}) {
  const server = await startServer(settings);
  return { server, ...(await open(server, options)) };
}

async function startServer(settings: readonly string[] = []): Promise<TestServer> {
  const server = await startRedisServer({ settings });
  closing.push(server.close);
  return server;
}

async function open(server: TestServer, options: Partial<RedisStoreOptions> = {}) {
  const warnings: string[] = [];
  const store = await openRedisStore({
    mode: 'single',
    url: server.url,
    namespace: 'tidemark',
    lanes: 2,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
  closing.push(() => store.close());
  return { store, warnings };
}

function chunk(token: string, id = 'a'): Chunk {
  const facets = [{ customerId: id as CustomerId, facet: '1', timer: 5 as TimeMs, label: 'gold' }];
  const outbox = [{ sequence: 1, topic: 'changes', key: null, value: new Uint8Array(), headers: {} }];
  return { token, meta: '{}', facets, outbox: token === 'one' ? outbox : [], trimThrough: 0 };
}

/** What every key but one holds. */
async function dumpOf({ client }: TestServer, except: string): Promise<[string, string][]> {
  const names = (await client.keys('*')).filter((key) => key !== except).toSorted();
  return Promise.all(
    names.map(async (key) => [key, (await client.dumpBuffer(key)).toString('hex')] as [string, string]),
  );
}

function succeeds(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => true,
    () => false,
  );
}

async function fails(promise: Promise<unknown>): Promise<boolean> {
  return !(await succeeds(promise));
}
