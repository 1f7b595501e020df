import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TimelineEvent } from '../../events.ts';
import type { CommonPolicy, Policy } from '../../policy.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type TimeMs } from '../../time.ts';
import { stateOf } from '../score.ts';
import { visitsBatch } from './batch.ts';
import { VISITS_MAX, type VisitsPolicy } from './policy.ts';
import { visits as facet, type VisitsState } from './visits.ts';

const { score: visits } = facet;

const NOW = (10_000 * DAY_MS) as TimeMs;
const section: VisitsPolicy = { windowDays: 30, bands: { some: 3, many: 5 } };
const WINDOW_MS = 30 * DAY_MS;
const parameters = parametersOf(section);

function parametersOf(chosen: VisitsPolicy | undefined) {
  return visits.parametersOf({ visits: chosen } as unknown as Policy);
}

function visit(occurredAt: number): TimelineEvent {
  const rest = { channel: 'web', action: 'view', object: null, category: null, sessionId: null };
  return { type: 'interaction', data: { eventId: `v${occurredAt}`, occurredAt: occurredAt as TimeMs, ...rest } };
}

function take(state: VisitsState, occurredAt: number, at: number = occurredAt, rules = parameters): VisitsState {
  return stateOf(visits.evolve(state, visit(occurredAt), at as TimeMs, rules)) as VisitsState;
}

const viewAt = (state: VisitsState, at: number, rules = parameters) => visits.view(state, at as TimeMs, rules)?.band;

describe('a visit', () => {
  test('counts from its own time to the ms before the same time a window later', () => {
    const state = take(visits.initial, NOW);
    expect([viewAt(state, NOW), viewAt(state, NOW + WINDOW_MS - 1)]).toEqual(['few', 'few']);
    expect(viewAt(state, NOW + WINDOW_MS)).toBe('none');
    expect(visits.nextDueAt(state, NOW, parameters)).toBe(NOW + WINDOW_MS);
  });

  test('that comes late counts as if it had come in time, and not at all once it would have left', () => {
    const first = take(visits.initial, NOW);
    expect(take(first, NOW - HOUR_MS, NOW)).toEqual(take(take(visits.initial, NOW - HOUR_MS), NOW));
    expect(take(first, NOW - WINDOW_MS, NOW)).toEqual(first);
  });

  test('is what tells none from somebody who never came', () => {
    expect(viewAt(visits.initial, NOW)).toBeUndefined();
    const long = take(take(visits.initial, NOW), NOW + 90 * DAY_MS);
    expect(long).toHaveLength(1);
    expect(viewAt(long, NOW + 200 * DAY_MS)).toBe('none');
  });
});

test('silence takes a customer down band by band, each at the ms at which a visit leaves', () => {
  let state = visits.initial;
  for (let day = 0; day < 5; day++) state = take(state, NOW + day * DAY_MS);
  const seen: [band: unknown, days: number][] = [];
  let at: TimeMs | null = (NOW + 4 * DAY_MS) as TimeMs;
  while (at !== null) {
    seen.push([viewAt(state, at), (at - NOW) / DAY_MS]);
    at = visits.nextDueAt(state, at, parameters);
  }
  expect(seen).toEqual([
    ['many', 4],
    ['some', 30],
    ['few', 32],
    ['none', 34],
  ]);
});

test('of one customer the newest 1,000 are kept', () => {
  let state = visits.initial;
  for (let minute = 0; minute < VISITS_MAX + 50; minute++) state = take(state, NOW + minute * MINUTE_MS);
  expect(state).toHaveLength(VISITS_MAX);
  expect(state[0]).toBe(NOW + 50 * MINUTE_MS);
  expect(take(state, NOW)).toEqual(state);
});

const sections: fc.Arbitrary<VisitsPolicy> = fc.record({
  windowDays: fc.constantFrom(1, 7, 30, 90),
  bands: fc.constantFrom({ some: 2, many: 4 }, { some: 3, many: 4 }),
});

test('under policy after policy the fold equals the batch: what left a window is gone, a longer one grows into it', () => {
  const drawn = fc.record({ section: sections, ages: fc.array(fc.nat(40)), days: fc.integer({ min: 1, max: 60 }) });
  fc.assert(
    fc.property(fc.array(drawn, { minLength: 1, maxLength: 4 }), (policies) => {
      const epochs: { section: VisitsPolicy; common: CommonPolicy; from: TimeMs; arrivals: Arrival[] }[] = [];
      let state: VisitsState = visits.initial;
      let at = NOW;
      for (const { section: next, ages, days } of policies) {
        const rules = parametersOf(next);
        const before = epochs.at(-1);
        if (before !== undefined) state = visits.adopt?.(state, at, parametersOf(before.section), rules) ?? state;
        const arrivals = ages.map((age) => ({ event: visit(at - age * DAY_MS), at }));
        for (const { event } of arrivals) state = stateOf(visits.evolve(state, event, at, rules)) as VisitsState;
        epochs.push({ section: next, common: {} as CommonPolicy, from: at, arrivals });
        const batch = visitsBatch(epochs, at);
        expect([visits.view(state, at, rules), visits.exact(state, at, rules)]).toEqual([batch.view, batch.exact]);
        at = (at + days * DAY_MS) as TimeMs;
      }
    }),
  );
});

interface Arrival {
  readonly event: TimelineEvent;
  readonly at: TimeMs;
}
