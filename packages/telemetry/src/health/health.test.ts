import { RAW_TOPICS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LaneStatus } from '@tidemark/stream';
import type { UnifyLaneStatus } from '@tidemark/timeline';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { watchedFold, watchedUnify } from '../status.ts';
import { laneStatus, unifyStatus } from '../testing/lanes.ts';
import { Health, type ServiceLanes } from './health.ts';

const STALL_MS = 60_000;
/** The stream time of `laneStatus`. */
const NOW = Date.UTC(2026, 10, 20) as TimeMs;
const ahead = (ms: number) => (NOW + 5 * 60_000 + ms) as TimeMs;
const answers = [{ name: 'log', ok: true, detail: 'answers' }];

function folds(...statuses: readonly Partial<LaneStatus>[]): ServiceLanes {
  return { service: 'tier', lanes: statuses.map((status) => watchedFold('tier', laneStatus(status), NOW)) };
}

function unify(status: Partial<UnifyLaneStatus>): ServiceLanes {
  return { service: 'unify', lanes: [watchedUnify(unifyStatus(status), NOW)] };
}

/** A sample that finds every lane of the services as far behind as `lag` says. */
function sample(services: readonly ServiceLanes[], lag: Record<string, number>, takenAtMs = 0, failures = 0) {
  const lanes = services.flatMap(({ lanes }) => lanes);
  return {
    takenAtMs,
    failures,
    lanes: lanes.map((lane) => ({ lane, lag: new Map(Object.entries(lag)), overdueTimers: null })),
  };
}

const everyTopic = Object.fromEntries(RAW_TOPICS.map((topic) => [topic, 1]));
const behind = { timeline: 5 };
const alive = true;
const stalled = false;

test.each<[string, ServiceLanes, Record<string, number>, boolean]>([
  ['a fold behind that could go on', folds({}), behind, stalled],
  ['a fold that is idle', folds({}), { timeline: 0 }, alive],
  ['a fold whose lag is not known', folds({}), {}, alive],
  ['a fold without a lane', folds(), behind, alive],
  ['a fold that hangs while it takes up its lane', folds({ isAcquired: false }), behind, stalled],
  ['a fold that waits for another topic', folds({ waitsFor: ['churn-changes'] }), behind, alive],
  ['a fold of which only one lane waits', folds({ waitsFor: ['churn-changes'] }, { lane: 1 }), behind, stalled],
  ['a fold that is stopped by a fault', folds({ fault: 'state-missing' }), behind, alive],
  ['live unify behind on one topic', unify({}), { orders: 1 }, stalled],
  ['live unify that is idle', unify({}), { orders: 0 }, alive],
  [
    'unify before its first policy, behind on events',
    unify({ clock: null, logTime: 0 as never }),
    { orders: 1 },
    alive,
  ],
  [
    'unify before its first policy, behind on control',
    unify({ clock: null, logTime: 0 as never }),
    { control: 1 },
    stalled,
  ],
  ['unify without a policy on the live clock', unify({ logTime: 0 as never }), { orders: 1 }, alive],
  ['unify on the event clock that may wait for a topic', unify({ clock: 'event' }), { orders: 1 }, alive],
  ['unify on the event clock with records of every topic', unify({ clock: 'event' }), everyTopic, stalled],
])('%s: after 60 s without progress liveness is as it should be', (_name, service, lag, expected) => {
  const health = new Health(STALL_MS);
  health.sampled(sample([service], lag), [service]);
  expect(health.live([service], STALL_MS - 1).ok).toBe(true);
  expect(health.live([service], STALL_MS).ok).toBe(expected);
});

test('a stall is told with service, lanes, time and what to do', () => {
  const health = new Health(STALL_MS);
  const service = folds({ lane: 7 }, { lane: 3 });
  health.sampled(sample([service], behind), [service]);
  expect(health.live([service], 61_000).checks[0]).toEqual({
    name: 'tier moves',
    ok: false,
    detail:
      'lanes 3, 7 of tier: expected progress, found records to read and nothing done for 61 s, with nothing to wait for. ' +
      'Start the process anew, and report this with its last log lines.',
  });
});

test.each<[string, (health: Health) => void]>([
  ['it moves', (health) => health.moved('tier', 30_000)],
  ['the store is away and it tries again', (health) => health.retried('tier', 0, 'store-unavailable', 30_000)],
  [
    'a sample finds it at the end',
    (health) => health.sampled(sample([folds({})], { timeline: 0 }, 30_000), [folds({})]),
  ],
  ['a sample gets no answer', (health) => health.sampled(sample([folds({})], behind, 30_000, 1), [folds({})])],
])('when %s, the time begins anew', (_name, happen) => {
  const health = new Health(STALL_MS);
  health.sampled(sample([folds({})], behind, 0), [folds({})]);
  happen(health);
  expect(health.live([folds({})], STALL_MS).ok).toBe(true);
  health.sampled(sample([folds({})], behind, 40_000), [folds({})]);
  expect(health.live([folds({})], 99_999).ok).toBe(true);
  expect(health.live([folds({})], 100_000).ok).toBe(false);
});

test('a sample that was under way when the service moved does not count', () => {
  const health = new Health(STALL_MS);
  health.moved('tier', 10);
  health.sampled(sample([folds({})], behind, 9), [folds({})]);
  expect(health.live([folds({})], 200_000).ok).toBe(true);
});

test('a lane that waits by now is not stalled, whatever the last sample found', () => {
  const health = new Health(STALL_MS);
  health.sampled(sample([folds({})], behind), [folds({})]);
  expect(health.live([folds({ waitsFor: ['rfm-changes'] })], STALL_MS).ok).toBe(true);
});

test('a crash is neither live nor ready, for good', () => {
  const health = new Health(STALL_MS);
  health.crashed('tier', 4);
  health.recovered('tier', 4, 10);
  expect(health.live([folds({})], 20)).toMatchObject({ ok: false });
  expect(health.ready([folds({})], answers, 20).checks.at(-1)?.detail).toMatch(
    /ended tier, lane 4\. Start the process/,
  );
});

test.each<[string, Partial<LaneStatus>, boolean, RegExp]>([
  ['works', {}, true, /^1 lane$/],
  ['waits for a score', { waitsFor: ['churn-changes'] }, true, /^tier, lane 0: waiting for churn-changes\.$/],
  ['is live and five minutes ahead', { streamTime: ahead(0) }, true, /^1 lane$/],
  [
    'is live and further ahead',
    { streamTime: ahead(1) },
    false,
    /^tier, lane 0: its clock is ahead of the wall clock; .*replay.* \(docs\/runbook\/alerts\.md#tidemarklaneclockahead\)\.$/,
  ],
  ['replays what is ahead', { clock: 'event', streamTime: ahead(1) }, true, /^1 lane$/],
  ['is not acquired', { isAcquired: false }, false, /^tier, lane 0: not acquired; wait a moment/],
  [
    'has a fault',
    { fault: 'output-skipped' },
    false,
    /^tier, lane 0: stopped by the fault output-skipped; .*rebuild.* \(docs\/runbook\/faults\.md#output-skipped\)\.$/,
  ],
])('readiness of a lane that %s says so, and what to do', (_name, status, ok, detail) => {
  const report = new Health(STALL_MS).ready([folds(status)], answers, 0);
  expect(report).toMatchObject({ ok, checks: [{ name: 'log' }, { name: 'tier works', ok }, {}] });
  expect(report.checks[1]?.detail).toMatch(detail);
});

describe('a lane that waits for a score', () => {
  /** Looked at once a second, as the lane is in each; then asked. */
  const readyAfter = (seconds: readonly Partial<LaneStatus>[]) => {
    const health = new Health(STALL_MS);
    for (const [second, status] of seconds.entries()) health.look([folds(status)], second * 1_000);
    const now = folds(seconds.at(-1) ?? {});
    return { ...health.ready([now], answers, 5_000), isAlive: health.live([now], 5_000).ok };
  };
  const standing = { waitsFor: ['churn-changes'], next: 7 };
  const seconds = (statusAt: (second: number) => Partial<LaneStatus>) =>
    Array.from({ length: 6 }, (_, i) => statusAt(i));

  test('and has not moved for 5 s is not ready, says what for and what to do, and is alive', () => {
    const report = readyAfter(seconds(() => standing));
    expect(report).toMatchObject({
      ok: false,
      isAlive: true,
      checks: [{ ok: true }, { name: 'tier works', ok: false }, {}],
    });
    expect(report.checks[1]?.detail).toBe(
      'tier, lane 0: standing still for 5 s or more, waiting for churn-changes; start or mend what writes there ' +
        '(docs/runbook/alerts.md#tidemarklanewaits).',
    );
  });

  test('and moves meanwhile, or waited for a moment at times, is ready', () => {
    for (const each of [
      seconds((second) => ({ ...standing, next: second })),
      seconds((second) => (second === 3 ? { ...standing, waitsFor: [] } : standing)),
      seconds(() => standing).slice(1),
    ]) {
      expect(readyAfter(each).ok).toBe(true);
    }
  });
});

test('a lane of unify that waits for the schema registry is not ready and says so, but is alive', () => {
  const health = new Health(STALL_MS);
  const waiting = unify({ waitsForRegistry: true });
  expect(health.ready([waiting], answers, 0)).toMatchObject({
    ok: false,
    checks: [{ name: 'log' }, { ok: false }, {}],
  });
  expect(health.ready([waiting], answers, 0).checks[1]?.detail).toMatch(
    /^unify, lane 0: waiting for the schema registry; .*outages\.md#registry-unavailable/,
  );
  health.sampled(sample([waiting], everyTopic), [waiting]);
  expect(health.live([waiting], STALL_MS).ok).toBe(true);
});

test('lanes in the same trouble are told together', () => {
  const report = new Health(STALL_MS).ready(
    [folds({ lane: 1, isAcquired: false }, { lane: 0, isAcquired: false })],
    [],
    0,
  );
  expect(report.checks[0]?.detail).toMatch(/^tier, lanes 0, 1: not acquired/);
});

test('a service without a lane is ready: it stands by', () => {
  expect(new Health(STALL_MS).ready([folds()], [], 0)).toMatchObject({
    ok: true,
    checks: [{ detail: 'owns no lane' }, {}],
  });
});

test('an outside that does not answer is not ready', () => {
  expect(new Health(STALL_MS).ready([], [{ name: 'store', ok: false, detail: 'x' }], 0).ok).toBe(false);
});

test('a lane that tries again is not ready until it recovers, or was silent about it for 30 s', () => {
  const health = new Health(STALL_MS);
  const isReady = (nowMs: number) => health.ready([folds({})], [], nowMs).ok;
  health.retried('tier', 0, 'log-unavailable', 0);
  health.moved('tier', 5);
  expect(isReady(10)).toBe(false);
  expect(health.live([folds({})], 10).ok).toBe(true);
  health.recovered('tier', 0, 20);
  expect(isReady(20)).toBe(true);
  health.retried('tier', 0, 'log-unavailable', 30);
  expect([isReady(30_029), isReady(30_030)]).toEqual([false, true]);
});

type Command =
  | { readonly kind: 'append' | 'commit' | 'sample' | 'check' }
  | { readonly kind: 'wait'; readonly ms: number };

const waitMs = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: STALL_MS / 2, max: STALL_MS }));
const commands = fc.array(
  fc.oneof(
    fc.constantFrom<Command>({ kind: 'append' }, { kind: 'commit' }, { kind: 'sample' }, { kind: 'check' }),
    fc.record({ kind: fc.constant('wait' as const), ms: waitMs }),
  ),
  { minLength: 30, maxLength: 60 },
);

test('liveness never fails while progress is made or nothing is left to read, however seldom it is sampled', () => {
  let failures = 0;
  fc.assert(
    fc.property(commands, (steps) => {
      const health = new Health(STALL_MS);
      let [now, lag, stillSince] = [0, 0, 0];
      for (const step of steps) {
        const service = folds({ next: 0 });
        if (step.kind === 'wait') now += step.ms;
        else if (step.kind === 'append' && lag++ === 0) stillSince = now;
        else if (step.kind === 'commit' && lag > 0) {
          lag--;
          stillSince = now;
          health.moved('tier', now);
        } else if (step.kind === 'sample') health.sampled(sample([service], { timeline: lag }, now), [service]);
        else if (step.kind === 'check' && !health.live([service], now).ok) {
          failures++;
          if (lag === 0 || now - stillSince < STALL_MS) return false;
        }
      }
      return true;
    }),
    { numRuns: 1_000 },
  );
  // Otherwise the property would say nothing.
  expect(failures).toBeGreaterThan(20);
});

test('a version that is not in force is ready, and says what it does: folds beside, or is at its end', () => {
  const health = new Health(STALL_MS);
  const lanes = [folds({ isBeside: true }, { lane: 1, isBeside: true }, { lane: 2, endedBy: 3, isBeside: true })];
  const before = health.ready(lanes, answers, 0);
  expect([before.ok, JSON.stringify(before)]).toEqual([true, expect.stringContaining('folding beside.')]);
  health.sampled(sample(lanes, { timeline: 4 }), lanes);
  const { ok, checks } = health.ready(lanes, answers, 0);
  expect([ok, checks.find(({ name }) => name === 'tier works')?.detail]).toEqual([
    true,
    'tier, lanes 0, 1: folding beside, 8 records behind. lane 2: ended at the cutover.',
  ]);
});
