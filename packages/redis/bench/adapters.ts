// How fast RedisStore is, beside plain pipelines in the same run: `node packages/redis/bench/adapters.ts`.
// A redis-server of its own, with the repository's settings. Times are wall-clock: Redis works in another process.

import type { CustomerId, TimeMs } from '@tidemark/domain';
import { commitPart, type FacetWrite, type OutboxEntry, readPart } from '@tidemark/stream';
import { openRedisStore, type RedisStore } from '../src/index.ts';
import { startRedisServer, type TestServer } from '../src/testing/redis-server.ts';

const LANES = 12;
const SERVICES = ['profile', 'rfm', 'behaviour', 'churn', 'tier'];
const CUSTOMERS_PER_LANE = 2_000;
const ROUNDS = 10;
const FACETS = LANES * CUSTOMERS_PER_LANE * ROUNDS;
const FACET = JSON.stringify({ counters: Array.from({ length: 22 }, (_, i) => 1_234_567_890 + i) });
const OUTBOX_PER_COMMIT = 500;

/** Sizes of a customer's facets in JSON after the bundled replay, by service: an average of 1,690 bytes. */
const TYPICAL_BYTES = { profile: 395, rfm: 503, behaviour: 86, churn: 463, tier: 242 };
/** What they would be if both ledgers were written as lists. */
const SMALL_BYTES = { profile: 250, rfm: 150, behaviour: 86, churn: 120, tier: 150 };

/** The token that each service and lane has. */
const tokens = new Map<string, string>();

const server = await startRedisServer({});
const store = await openRedisStore({
  url: server.url,
  mode: 'single',
  namespace: 'bench',
  lanes: LANES,
  onWarning: console.error,
});
try {
  for (const size of [250, 2_000]) {
    await measure(`floor: HSET in pipelines of ${size}`, FACETS, () => pipelineFacets(server, size));
    await measure(`facets, commits of ${size}, one in four with its timer`, FACETS, () => commitFacets(store, size));
  }
  await measure('floor: HGET in pipelines of 2,000', FACETS, () => pipelineReads(server));
  await measure('reads of 2,000 customers', FACETS, () => readFacets(store));
  await measure('reads of 2,000 due timers', LANES * 500 * ROUNDS, () => readDue(store));
  await measure('commits of an empty chunk', 5_000, () => commitEmpty(store));
  await measure(`outbox entries, ${OUTBOX_PER_COMMIT} a commit, then trimmed`, 100_000, () => commitOutbox(store));
  for (const [title, bytes] of Object.entries({ TYPICAL_BYTES, SMALL_BYTES })) await weigh(title, bytes);
} finally {
  store.close();
  await server.close();
}

async function measure(title: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const before = await cpuMs();
  const start = performance.now();
  await work();
  const wallMs = performance.now() - start;
  const redisMs = (await cpuMs()) - before;
  const perSecond = Math.round((count / wallMs) * 1_000).toLocaleString('en');
  console.log(`${title}: ${count} in ${wallMs.toFixed(0)} ms (Redis ${redisMs.toFixed(0)} ms): ${perSecond}/s`);
}

/** CPU time of Redis's main thread. */
async function cpuMs(): Promise<number> {
  const info = await server.client.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0);
  return 1_000 * (seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread'));
}

async function pipelineFacets({ client }: TestServer, size: number): Promise<void> {
  for (let sent = 0; sent < FACETS; sent += size) {
    const pipeline = client.pipeline();
    for (let i = 0; i < size; i++) pipeline.hset(`floor:${(sent + i) % (LANES * CUSTOMERS_PER_LANE)}`, 'rfm', FACET);
    await pipeline.exec();
  }
}

async function pipelineReads({ client }: TestServer): Promise<void> {
  for (let read = 0; read < FACETS; read += 2_000) {
    const pipeline = client.pipeline();
    for (let i = 0; i < 2_000; i++) pipeline.hget(`floor:${(read + i) % (LANES * CUSTOMERS_PER_LANE)}`, 'rfm');
    await pipeline.exec();
  }
}

async function commitFacets(into: RedisStore, size: number): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    for (let lane = 0; lane < LANES; lane++) {
      for (let from = 0; from < CUSTOMERS_PER_LANE; from += size) await commit(into, 'rfm', lane, writes(from, size));
    }
  }
}

function writes(from: number, count: number): FacetWrite[] {
  return Array.from({ length: count }, (_, i) => {
    const timer = i % 4 === 0 ? ((1.6e12 + Math.floor(Math.random() * 1e9)) as TimeMs) : undefined;
    return { customerId: customer(from + i), facet: FACET, timer, label: undefined };
  });
}

async function readFacets(from: RedisStore): Promise<void> {
  const customers = Array.from({ length: CUSTOMERS_PER_LANE }, (_, i) => customer(i));
  for (let i = 0; i < LANES * ROUNDS; i++) {
    await readPart(from, 'rfm', i % LANES, tokens.get(`rfm/${i % LANES}`) ?? null, {
      customers,
      due: null,
      scan: null,
    });
  }
}

async function readDue(from: RedisStore): Promise<void> {
  const due = { until: 2e12 as TimeMs, limit: 2_000 };
  for (let i = 0; i < LANES * ROUNDS; i++) {
    await readPart(from, 'rfm', i % LANES, tokens.get(`rfm/${i % LANES}`) ?? null, { customers: [], due, scan: null });
  }
}

async function commitEmpty(into: RedisStore): Promise<void> {
  for (let i = 0; i < 5_000; i++) await commit(into, 'empty', 0, []);
}

async function commitOutbox(into: RedisStore): Promise<void> {
  for (let sent = 0; sent < 100_000; sent += OUTBOX_PER_COMMIT) {
    const outbox = Array.from({ length: OUTBOX_PER_COMMIT }, (_, i): OutboxEntry => {
      const headers = { type: 'rfm-change', origin: `orders:${sent + i}`, schema: 'abcdef0123456789' };
      return {
        sequence: sent + i + 1,
        topic: 'rfm-changes',
        key: Buffer.from('10017'),
        value: Buffer.alloc(120),
        headers,
      };
    });
    await commit(into, 'outbox', 0, [], outbox, sent);
  }
}

async function commit(
  into: RedisStore,
  service: string,
  lane: number,
  facets: readonly FacetWrite[],
  outbox: readonly OutboxEntry[] = [],
  trimThrough = 0,
): Promise<void> {
  const place = `${service}/${lane}`;
  const token = tokens.get(place) ?? null;
  const next = String(Number(token ?? 0) + 1);
  tokens.set(place, next);
  const outcome = await commitPart(into, service, lane, token, {
    token: next,
    meta: '{}',
    facets,
    outbox,
    trimThrough,
  });
  if (outcome !== 'committed') throw new Error(`a commit of ${place} was refused`);
}

/** Memory of 24,000 customers with five facets, of whom one in six has a timer in each service, and all a label. */
async function weigh(title: string, bytes: Readonly<Record<string, number>>): Promise<void> {
  await server.client.flushall();
  tokens.clear();
  const before = await usedMemory();
  for (const service of SERVICES) {
    const facet = JSON.stringify({ x: 'x'.repeat((bytes[service] ?? 0) - 8) });
    for (let lane = 0; lane < LANES; lane++) {
      const facets = Array.from({ length: CUSTOMERS_PER_LANE }, (_, i): FacetWrite => {
        const timer = i % 6 === 0 ? ((1.6e12 + i) as TimeMs) : null;
        return { customerId: customer(i), facet, timer, label: service === 'tier' ? `tier ${i % 4}` : null };
      });
      await commit(store, service, lane, facets);
    }
  }
  const each = ((await usedMemory()) - before) / (LANES * CUSTOMERS_PER_LANE);
  const [key = ''] = (await server.client.keys('bench:cust:*')).slice(0, 1);
  const hash = await server.client.memory('USAGE', key);
  const json = Object.values(bytes).reduce((sum, one) => sum + one, 0);
  console.log(
    `${title}: ${json} bytes of JSON a customer, hash ${hash} bytes, with all indices ${each.toFixed(0)} bytes`,
  );
}

async function usedMemory(): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await server.client.info('memory'))?.[1] ?? 0);
}

function customer(n: number): CustomerId {
  return String(10_000 + n * LANES) as CustomerId;
}
