// How fast the embedded adapters are: `node packages/embedded/bench/adapters.ts`. Sizes are those of the bundled replay.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import {
  commitPart,
  type EventLog,
  type FacetWrite,
  type LaneConsumer,
  type NewRecord,
  readPart,
} from '@tidemark/stream';
import { type Embedded, openEmbedded } from '../src/index.ts';

const LANES = 12;
const TOPICS = ['raw', 'timeline', 'changes'];
const SERVICES = ['profile', 'rfm', 'behaviour', 'churn', 'tier'];
const RECORDS = 500_000;
const CHUNK_RECORDS = 500;
const CUSTOMERS_PER_LANE = 1_964;
const FACET_WRITES = 700_000;
const FACETS_PER_COMMIT = 250;
const FACET = JSON.stringify({ counters: Array.from({ length: 22 }, (_, i) => 1_234_567_890 + i) });
const clock = { now: () => Date.now() as TimeMs, elapsedMs: () => performance.now(), sleep: async () => {} };

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'));
try {
  const open = (): Embedded => openEmbedded({ folder, lanes: LANES, topics: TOPICS, clock });
  let embedded = open();
  await measure('append, nobody reads', RECORDS, () => append(embedded.log, 'raw'));
  await measure(`append, ${SERVICES.length} groups read along`, RECORDS, () => appendAndConsume(embedded.log));
  await measure('facet upserts, one in four with a timer', FACET_WRITES, () => commitFacets(embedded));
  await measure('facet reads by id', FACET_WRITES, () => readFacets(embedded));
  await measure('due timers, read', SERVICES.length * LANES * 400, () => readDue(embedded));
  await measure('commits of an empty chunk', 20_000, () => commitEmpty(embedded));
  await measure('outbox entries, committed and trimmed', 300_000, () => commitOutbox(embedded));
  await measure('close', 1, async () => embedded.close());
  await measure('open', 1, async () => {
    embedded = open();
  });
  await measure('consume from disk, one group', RECORDS, () => consumeAll(embedded.log, 'later'));
  embedded.close();
  console.log(`peak memory: ${Math.round(process.resourceUsage().maxRSS / 1_024)} MiB`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(title: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const wallMs = performance.now() - start;
  const used = process.cpuUsage(cpu);
  const cpuMs = (used.user + used.system) / 1_000;
  const perSecond = Math.round((count / cpuMs) * 1_000).toLocaleString('en');
  console.log(
    `${title}: ${count} in ${wallMs.toFixed(0)} ms (CPU ${cpuMs.toFixed(0)} ms): ${perSecond} per CPU second`,
  );
}

async function append(log: EventLog, topic: string): Promise<void> {
  const writer = await log.writer();
  for (let sent = 0; sent < RECORDS; sent += CHUNK_RECORDS) {
    await writer.send(topic, (sent / CHUNK_RECORDS) % LANES, newRecords(sent));
    if (sent % (CHUNK_RECORDS * 20) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function appendAndConsume(log: EventLog): Promise<void> {
  const reading = SERVICES.map((group) => consumeAll(log, group));
  await append(log, 'timeline');
  await Promise.all(reading);
}

async function consumeAll(log: EventLog, group: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const consumer = await log.consume({
    group,
    topics: ['timeline'],
    handler: {
      assigned: (lane, member: LaneConsumer) => member.seek('timeline', lane, 0),
      batch: (_topic, _lane, records) => {
        count += records.length;
        if (count === RECORDS) resolve();
      },
      revoked: () => {},
    },
  });
  await promise;
  await consumer.close();
}

function newRecords(from: number): NewRecord[] {
  return Array.from({ length: CHUNK_RECORDS }, (_, i) => ({
    key: Buffer.from(`customer-${(from + i) % 23_570}`),
    value: Buffer.alloc(90, i),
    headers: { type: 'order', origin: `orders/3/${from + i}`, 'log-time': '1234567890123', schema: 'abcdef0123456789' },
  }));
}

async function commitFacets({ store }: Embedded): Promise<void> {
  await forEachChunk(FACET_WRITES / FACETS_PER_COMMIT, async (service, lane, token, next) => {
    const facets = someCustomers(lane).map((customerId, i): FacetWrite => {
      const timer = i % 4 === 0 ? ((1.6e12 + Math.floor(Math.random() * 1e9)) as TimeMs) : undefined;
      return { customerId, facet: FACET, timer, label: undefined };
    });
    await commitPart(store, service, lane, token, { token: next, meta: '{}', facets, outbox: [], trimThrough: 0 });
  });
}

async function readFacets({ store }: Embedded): Promise<void> {
  await forEachChunk(FACET_WRITES / FACETS_PER_COMMIT, async (service, lane) => {
    const token = (await store.acquire(service, lane))?.token ?? null;
    await readPart(store, service, lane, token, { customers: someCustomers(lane), due: null, scan: null });
  });
}

async function readDue({ store }: Embedded): Promise<void> {
  await forEachChunk(SERVICES.length * LANES, async (service, lane) => {
    const token = (await store.acquire(service, lane))?.token ?? null;
    const due = { until: 2e12 as TimeMs, limit: 400 };
    await readPart(store, service, lane, token, { customers: [], due, scan: null });
  });
}

async function commitEmpty({ store }: Embedded): Promise<void> {
  for (let i = 0; i < 20_000; i++) {
    const chunk = { token: String(i + 1), meta: '{}', facets: [], outbox: [], trimThrough: 0 };
    await commitPart(store, 'empty', 0, i === 0 ? null : String(i), chunk);
  }
}

async function commitOutbox({ store }: Embedded): Promise<void> {
  const records = newRecords(0);
  for (let i = 0; i < 300_000 / CHUNK_RECORDS; i++) {
    const outbox = records.map(({ key, headers }, n) => {
      return { sequence: i * CHUNK_RECORDS + n + 1, topic: 'changes', key, value: Buffer.alloc(120), headers };
    });
    const token = i === 0 ? null : String(i);
    const trimThrough = i * CHUNK_RECORDS;
    await commitPart(store, 'outbox', 0, token, { token: String(i + 1), meta: '{}', facets: [], outbox, trimThrough });
  }
}

/** Goes round the lanes and services, with the token before and after the commit. */
async function forEachChunk(
  chunks: number,
  work: (service: string, lane: number, token: string | null, next: string) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < chunks; i++) {
    const round = Math.floor(i / (LANES * SERVICES.length));
    const service = SERVICES[Math.floor(i / LANES) % SERVICES.length] ?? '';
    await work(service, i % LANES, round === 0 ? null : String(round), String(round + 1));
  }
}

function someCustomers(lane: number): CustomerId[] {
  return Array.from({ length: FACETS_PER_COMMIT }, () => {
    return String(10_000 + Math.floor(Math.random() * CUSTOMERS_PER_LANE) * LANES + lane) as CustomerId;
  });
}
