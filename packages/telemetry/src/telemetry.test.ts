import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ContractError, RAW_TOPICS, topics } from '@tidemark/contracts';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { type Embedded, openEmbedded } from '@tidemark/embedded';
import { commitPart, Fault, OperatingError } from '@tidemark/stream';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from './log/create-logger.ts';
import { metrics } from './metric-table.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';
import { collectLines } from './testing/collect-lines.ts';
import { foldedChunk, laneStatus, output, timing, unifyStatus } from './testing/lanes.ts';
import { ManualClock } from './testing/manual-clock.ts';

let folder: string;
let embedded: Embedded;
let clock: ManualClock;
let logged: ReturnType<typeof collectLines>;
let telemetry: Telemetry;
const outage = new OperatingError('store-unavailable', 'expected an answer of the store', { retriable: true });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-telemetry-'));
  clock = new ManualClock();
  embedded = openEmbedded({ folder, lanes: 1, topics: topics.map(({ name }) => name), clock });
  logged = collectLines();
  telemetry = create();
});
afterEach(() => {
  embedded.close();
  rmSync(folder, { recursive: true });
});

function create(overrides: Partial<Parameters<typeof createTelemetry>[0]> = {}): Telemetry {
  const logger = createLogger({ level: 'info', format: 'json', destination: logged });
  const { log, store } = embedded;
  return createTelemetry({ clock, logger, log, store, ...overrides }, { version: '0.1.0' });
}

/** Series of Tidemark's own metrics, such as `tidemark_steps_total{service="rfm"}`, with their values. */
async function scrape(from = telemetry): Promise<ReadonlyMap<string, number>> {
  const samples = (await from.metrics()).split('\n').filter((line) => line.startsWith('tidemark_'));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

async function append(topic: string, count: number): Promise<void> {
  const writer = await embedded.log.writer();
  const record = { key: null, value: new Uint8Array([1]), headers: {} };
  await writer.send(topic, 0, Array(count).fill(record));
  await writer.close();
}

async function arm(service: string, due: number): Promise<void> {
  const facet = { customerId: 'c1' as CustomerId, facet: '{}', timer: due as TimeMs, label: null };
  await commitPart(embedded.store, service, 0, null, {
    token: 't',
    meta: '{}',
    facets: [facet],
    outbox: [],
    trimThrough: 0,
  });
}

test('every metric of the table is moved by something', async () => {
  const { foldObserver: fold, unifyObserver: unify } = telemetry;
  const streamTime = clock.now();
  telemetry.watchFolds('tier', () => [
    laneStatus({ streamTime, outboxDepth: 3, outboxWaitingMs: 500, waitsFor: ['rfm-changes'] }),
  ]);
  telemetry.watchFolds('rfm', () => [laneStatus({ fault: 'state-missing' })]);
  telemetry.watchFolds('churn', () => [laneStatus({ streamTime: (streamTime + 600_000) as TimeMs })]);
  telemetry.watchUnify(() => [
    unifyStatus({ logTime: streamTime, dedupReachesBackTo: (streamTime - 1_000) as TimeMs }),
  ]);
  await append('timeline', 5);
  await arm('tier', streamTime);
  fold.acquired?.('tier', 0, 0);
  fold.committed?.('tier', 0, foldedChunk({ deadLetters: ['too-old'], notes: ['repeat'] }), timing);
  fold.published?.('tier', 0, [output({ rawAppendedAtMs: clock.now() - 40 })]);
  fold.refused?.('tier', 0);
  fold.retried?.('tier', 0, outage);
  fold.faulted?.('rfm', 0, new Fault('state-missing', 'expected state, found none'));
  fold.crashed?.('rfm', 0, new TypeError('x'));
  unify.sent?.(0, 4, streamTime);
  unify.duplicate?.(0);
  const request = { source: 'shop', status: 200, durationSeconds: 0.01, bodyBytes: 100, skewSeconds: -2 };
  const door = telemetry.doorObserver();
  door.answered({ ...request, events: [{ type: 'track', verdict: 'refused', reason: 'unmapped' }] });
  door.answered({ ...request, source: null, status: 401, events: [] });
  clock.advance(2_000);
  const broken = create({
    store: { ...embedded.store, metas: async () => new Map(), timersDue: () => Promise.reject(outage) },
  });
  broken.watchFolds('tier', () => [laneStatus()]);

  const [samples, ofBroken] = [await scrape(), await scrape(broken)];

  const isMoved = (name: string): boolean =>
    [...samples, ...ofBroken].some(([series, value]) => series.replace(/(_count)?(\{.*)?$/, '') === name && value > 0);
  expect(metrics.map(([name]) => name).filter((name) => !isMoved(name))).toEqual([]);
});

test('a chunk counts its events, steps and durations in seconds', async () => {
  telemetry.foldObserver.committed?.('rfm', 3, foldedChunk(), timing);
  const samples = await scrape();
  expect(samples.get('tidemark_events_folded_total{service="rfm",type="order"}')).toBe(7);
  expect(samples.get('tidemark_records_folded_total{service="rfm",lane="3"}')).toBe(10);
  expect(samples.get('tidemark_repeats_dropped_total{service="rfm"}')).toBe(1);
  expect(samples.get('tidemark_cache_hits_total{service="rfm"}')).toBe(4);
  expect(samples.get('tidemark_chunk_duration_seconds_sum{service="rfm"}')).toBeCloseTo(0.01, 9);
  expect(samples.get('tidemark_state_read_duration_seconds_sum{service="rfm"}')).toBeCloseTo(0.002, 9);
  expect(samples.get('tidemark_commit_duration_seconds_sum{service="rfm"}')).toBeCloseTo(0.005, 9);
});

test('the latency is that of tier changes whose raw record is known, never below 0', async () => {
  const { foldObserver } = telemetry;
  const rawAppendedAtMs = clock.now() - 250;
  foldObserver.published?.('tier', 0, [
    output({ rawAppendedAtMs }),
    output(),
    output({ topic: 'dead-letters', rawAppendedAtMs }),
  ]);
  foldObserver.published?.('tier', 0, [output({ rawAppendedAtMs: clock.now() + 9 })]);
  foldObserver.published?.('rfm', 0, [output({ topic: 'rfm-changes', rawAppendedAtMs })]);
  const samples = await scrape();
  expect(samples.get('tidemark_tier_change_latency_seconds_sum')).toBeCloseTo(0.25, 9);
  expect(samples.get('tidemark_tier_change_latency_seconds_count')).toBe(2);
  expect(samples.get('tidemark_changes_published_total{service="tier"}')).toBe(3);
});

test('lag, stream time and overdue timers are what log, store and clock say at the scrape', async () => {
  await append('timeline', 12);
  await append('orders', 3);
  const streamTime = clock.now();
  await arm('rfm', streamTime);
  telemetry.watchFolds('rfm', () => [laneStatus({ next: 5, streamTime })]);
  telemetry.watchUnify(() => [unifyStatus({ next: new Map([['orders', 1]]) })]);
  clock.advance(90_000);
  const samples = await scrape();
  expect(samples.get('tidemark_lag_records{service="rfm",lane="0",topic="timeline"}')).toBe(7);
  expect(samples.get('tidemark_lag_records{service="unify",lane="0",topic="orders"}')).toBe(2);
  expect(samples.get('tidemark_stream_time_behind_seconds{service="rfm",lane="0"}')).toBe(90);
  expect(samples.get('tidemark_timers_overdue{service="rfm",lane="0"}')).toBe(1);
});

test('a live fold that has folded all there is is not behind, however long its lane is silent', async () => {
  await append('timeline', 5);
  telemetry.watchFolds('rfm', () => [laneStatus({ next: 5, streamTime: clock.now() })]);
  clock.advance(29_000);
  expect((await scrape()).get('tidemark_stream_time_behind_seconds{service="rfm",lane="0"}')).toBe(0);
});

test('a lane that moved away leaves no gauge behind', async () => {
  let lanes = [laneStatus({ lane: 0 })];
  telemetry.watchFolds('rfm', () => lanes);
  expect((await scrape()).has('tidemark_lane_acquired{service="rfm",lane="0"}')).toBe(true);
  lanes = [];
  clock.advance(5_000);
  const left = await scrape();
  expect([...left.keys()].filter((series) => series.includes('lane="0"'))).toEqual([]);
  expect(left.get('tidemark_lanes_owned{service="rfm"}')).toBe(0);
});

test('a lane that was never taken up has no lag', async () => {
  await append('timeline', 3);
  telemetry.watchFolds('rfm', () => [laneStatus({ clock: null, isAcquired: false })]);
  expect([...(await scrape()).keys()].filter((series) => series.startsWith('tidemark_lag_records'))).toEqual([]);
});

test('a scrape goes on without what does not answer, and says that it is missing', async () => {
  const telemetry = create({ log: { bounds: () => new Promise(() => undefined) } });
  telemetry.watchFolds('rfm', () => [laneStatus()]);
  const scraping = scrape(telemetry);
  await new Promise(setImmediate);
  clock.advance(2_000);
  const samples = await scraping;
  expect(samples.get('tidemark_sample_failures_total')).toBe(1);
  expect([...samples.keys()].some((series) => series.startsWith('tidemark_lag_records'))).toBe(false);
  expect(samples.get('tidemark_lane_acquired{service="rfm",lane="0"}')).toBe(1);
});

test('scrapes share a sampling for 5 s, and lanes share a question', async () => {
  let questions = 0;
  const telemetry = create({
    log: {
      bounds: (topic, lane) => {
        questions++;
        return embedded.log.bounds(topic, lane);
      },
    },
  });
  for (const service of ['rfm', 'churn', 'tier']) telemetry.watchFolds(service, () => [laneStatus()]);
  await Promise.all([telemetry.metrics(), telemetry.metrics()]);
  clock.advance(4_999);
  await telemetry.metrics();
  expect(questions).toBe(1);
  clock.advance(1);
  await telemetry.metrics();
  expect(questions).toBe(2);
});

test('what alerts watch the increase of is there from the start, at 0', async () => {
  telemetry.watchFolds('rfm', () => []);
  const samples = await scrape();
  expect(samples.get('tidemark_dead_letters_total{service="rfm",reason="poison"}')).toBe(0);
  expect(samples.get('tidemark_retries_total{service="rfm",code="store-unavailable"}')).toBe(0);
});

test('no customer id is in the metrics, whatever the observers are told', async () => {
  const { foldObserver: fold, unifyObserver: unify } = telemetry;
  const ids = fc.stringMatching(/^[a-zA-Z0-9_-]{12,40}$/);
  const told: string[] = [];
  fc.assert(
    fc.property(ids, (id) => {
      told.push(id);
      const bytes = Buffer.from(id);
      const record = output({ key: bytes, value: bytes, headers: { type: id }, rawAppendedAtMs: clock.now() });
      const deadLetters = [id] as unknown as ['poison'];
      const notes = [id] as unknown as ['repeat'];
      const poisoned = [new Error(id)];
      fold.committed?.(
        'tier',
        0,
        foldedChunk({ events: new Map([[id, 1]]), deadLetters, notes, poisoned, outputs: [record] }),
        timing,
      );
      fold.published?.('tier', 0, [record, { ...record, topic: id }]);
      fold.poisoned?.('tier', 0, new Error(id));
      fold.retried?.('tier', 0, new OperatingError(id as 'log-unavailable', id, { retriable: true }));
      fold.faulted?.('tier', 0, new Fault(id as 'state-missing', id));
      fold.crashed?.('tier', 0, id);
      unify.refused?.(0, id as 'malformed');
      unify.crashed?.(0, new Error(id));
    }),
  );
  const text = await telemetry.metrics();
  expect(told.filter((id) => text.includes(id))).toEqual([]);
  expect(text).toContain('tidemark_events_folded_total{service="tier",type="other"}');
});

test('the process and the build are among the metrics', async () => {
  const text = await telemetry.metrics();
  expect(text).toMatch(/^process_cpu_seconds_total /m);
  expect(text).toContain(`tidemark_build_info{version="0.1.0",node="${process.versions.node}"} 1`);
});

test('a lane that stands still is found by the checks of liveness alone', async () => {
  const check = async (): Promise<boolean> => {
    const { ok } = telemetry.live();
    // What it asked for is answered before the next check.
    await new Promise(setImmediate);
    return ok;
  };
  await append('timeline', 1);
  telemetry.watchFolds('rfm', () => [laneStatus()]);
  telemetry.foldObserver.acquired?.('rfm', 0, 0);
  clock.advance(1_000);
  expect(await check()).toBe(true);
  clock.advance(59_999);
  expect(await check()).toBe(true);
  clock.advance(1);
  expect(await check()).toBe(false);
  telemetry.foldObserver.committed?.('rfm', 0, foldedChunk(), timing);
  expect(await check()).toBe(true);
});

test('ready asks the log and the store, once in a second', async () => {
  telemetry.watchFolds('rfm', () => [laneStatus()]);
  expect(await telemetry.ready()).toMatchObject({ ok: true, checks: [{ name: 'log' }, { name: 'store' }, {}, {}] });
  let questions = 0;
  const away = create({
    store: {
      timersDue: async () => 0,
      metas: () => {
        questions++;
        throw outage;
      },
    },
  });
  const reports = [await away.ready(), await away.ready()];
  expect(questions).toBe(1);
  expect(reports[0]?.checks.find(({ name }) => name === 'store')).toEqual({
    name: 'store',
    ok: false,
    detail:
      'expected an answer, found store-unavailable: check that the store (Redis, or the data folder) runs and can be reached ' +
      '(docs/runbook/outages.md#store-unavailable)',
  });
  clock.advance(1_000);
  await away.ready();
  expect(questions).toBe(2);
});

test('a log that does not answer within a second is not ready', async () => {
  const hanging = create({ log: { bounds: () => new Promise(() => undefined) } });
  const asked = hanging.ready();
  clock.advance(1_000);
  const { ok, checks } = await asked;
  expect(ok).toBe(false);
  expect(checks.find(({ name }) => name === 'log')?.detail).toMatch(/within 1000 ms, found none: check that the log/);
});

test('a registry that hangs, or is away, is not ready, where one is watched', async () => {
  const away = new ContractError('registry-unavailable', 'expected an answer', {});
  const answers: (() => Promise<void>)[] = [async () => {}, () => Promise.reject(away), () => new Promise(() => {})];
  const asked = answers.map((ping) => {
    const watching = create();
    watching.watchRegistry(ping);
    return watching.ready();
  });
  // All others have answered by then.
  await new Promise(setImmediate);
  clock.advance(1_000);
  const reports = await Promise.all(asked);
  expect(reports.map(({ ok }) => ok)).toEqual([true, false, false]);
  for (const { checks } of reports.slice(1)) {
    const detail = checks.find(({ name }) => name === 'registry')?.detail;
    expect(detail).toMatch(/schema registry runs and can be reached \(.*outages\.md#registry-unavailable/);
  }
});

test('events of operation have a line each with lane and place, chunks have none', () => {
  const { foldObserver: fold, unifyObserver: unify } = telemetry;
  fold.acquired?.('rfm', 2, 41);
  fold.committed?.('rfm', 2, foldedChunk(), timing);
  fold.published?.('rfm', 2, [output()]);
  unify.acquired?.(2);
  unify.sent?.(2, 5, 1);
  unify.refused?.(2, 'malformed');
  fold.refused?.('rfm', 2);
  fold.faulted?.('rfm', 2, new Fault('state-missing', 'expected state'));
  fold.crashed?.('rfm', 2, new TypeError('of customer c-77'));
  fold.crashed?.('rfm', 2, new OperatingError('log-unavailable', 'no right', { retriable: false }));
  expect(logged.lines()).toMatchObject([
    { level: 'info', service: 'rfm', lane: 2, offset: 41, msg: 'lane acquired' },
    { level: 'info', service: 'unify', lane: 2, msg: 'lane acquired' },
    { level: 'warn', service: 'rfm', lane: 2 },
    {
      level: 'error',
      service: 'rfm',
      lane: 2,
      code: 'state-missing',
      runbook: 'docs/runbook/faults.md#state-missing',
      msg: 'lane stopped: expected state',
    },
    { level: 'fatal', lane: 2, runbook: 'docs/runbook/alerts.md#tidemarkcrash', err: { name: 'TypeError' } },
    { level: 'fatal', runbook: 'docs/runbook/outages.md#log-unavailable', msg: 'lane ended: no right' },
  ]);
  expect(logged.text()).not.toContain('c-77');
});

test('what is retried has a line for all lanes at first and then one a minute, with a count', () => {
  const retry = (service: string, lane: number) => telemetry.foldObserver.retried?.(service, lane, outage);
  for (let i = 0; i < 100; i++) {
    retry('rfm', i % 12);
    clock.advance(1_000);
  }
  retry('churn', 1);
  expect(logged.lines()).toMatchObject([
    {
      service: 'rfm',
      lane: 0,
      code: 'store-unavailable',
      count: 1,
      runbook: 'docs/runbook/outages.md#store-unavailable',
    },
    { service: 'rfm', lane: 0, code: 'store-unavailable', count: 60 },
    { service: 'churn', lane: 1, count: 1 },
  ]);
});

test('a poisoned record has a line with name and frames, without the message, and a flood of them has few', () => {
  const poison = () =>
    telemetry.foldObserver.poisoned?.('rfm', 0, new SyntaxError('at customer c-77\n    at customer c-77'));
  for (let i = 0; i < 1_000; i++) poison();
  const [line, ...more] = logged.lines();
  expect(line).toMatchObject({
    level: 'error',
    error: 'SyntaxError',
    runbook: 'docs/runbook/dead-letters.md#poison',
  });
  expect(line).toHaveProperty('stack.0', expect.stringMatching(/^at .*poison/));
  expect(more).toEqual([]);
  expect(logged.text()).not.toContain('c-77');
});

test('unify is watched on every raw topic', async () => {
  telemetry.watchUnify(() => [unifyStatus()]);
  const series = [...(await scrape()).keys()].filter((each) => each.startsWith('tidemark_lag_records'));
  expect(series).toEqual(RAW_TOPICS.map((topic) => `tidemark_lag_records{service="unify",lane="0",topic="${topic}"}`));
});
