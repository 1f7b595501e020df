import {
  AMOUNT_MINOR_MAX,
  DAY_MS,
  decideTier,
  facets,
  ORDER_STATUSES,
  ORDERS_MAX,
  type OrderStatus,
  type Policy,
  Rejection,
  type Score,
  stateOf,
  type TierState,
  type TimelineEvent,
  type TimeMs,
  tierNextDueAt,
  type View,
} from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPolicyFile } from './check-policy-file.ts';

/** Churn's search makes about 500 calls at most; behaviour a dozen. */
const CALLS_MAX = 1_000;
/** A silent customer's view changes, or something they wait for is let go, once for each cut, bound and order. */
const CHANGES_MAX = 50;
/** The last ms of a JavaScript date. */
const TIME_MS_MAX = 8.64e15;

const COUNTED = ['exp', 'expm1', 'log', 'log1p', 'max'] as const;

/** Runs a fold's function, and fails where it calls more of the functions that its every step needs. */
function inFewSteps<Result>(run: () => Result): Result {
  const originals = COUNTED.map((name) => Math[name]);
  let calls = 0;
  for (const name of COUNTED) {
    const original = Math[name] as (...values: number[]) => number;
    Math[name] = (...values: number[]) => {
      calls += 1;
      if (calls > CALLS_MAX) throw new Error(`expected at most ${CALLS_MAX} steps, found more`);
      return original(...values);
    };
  }
  try {
    return run();
  } finally {
    for (const [i, name] of COUNTED.entries()) Math[name] = originals[i] as (...values: number[]) => number;
  }
}

test('under every policy that is accepted, every next change of every fold is found in few steps, to the millisecond', () => {
  fc.assert(fc.property(policyFiles(), histories(), followPolicy), { numRuns: 200 });
});

test('a number that is far too small or too great is refused, or just as harmless', () => {
  const odd = [0, Number.MIN_VALUE, 1e-300, 1e-9, 1e-5, 0.9999999, 1e5, 1e7, 1e300];
  let numbers = 0;
  fileOf((min) => {
    numbers += 1;
    return min;
  });
  for (let index = 0; index < numbers; index++) {
    for (const value of odd)
      fc.assert(fc.property(policyFiles({ index, value }), histories(), followPolicy), { numRuns: 2 });
  }
}, 600_000);

test('as many orders as a ledger keeps, each of the greatest amount, sum up exactly in any currency', () => {
  expect(ORDERS_MAX * AMOUNT_MINOR_MAX).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  for (const [base, amountMax] of Object.entries({ JPY: 1e12, USD: 1e10, KWD: 1e9, CLF: 1e8 })) {
    const file = fileOf((min) => min);
    const said = (amount: number) => {
      return checkPolicyFile({ ...file, currency: { base }, rfm: { ...file.rfm, monetary: [0, 0, 0, amount] } });
    };
    expect(said(amountMax)).toMatchObject({ policy: { rfm: { monetaryMinor: [0, 0, 0, AMOUNT_MINOR_MAX] } } });
    expect(said(amountMax + 1)).toMatchObject({ problems: [{ path: ['rfm', 'monetary', 3] }] });
  }
});

test('a file of numbers at their bounds is accepted: what the property draws from is no smaller than what may be said', () => {
  for (const at of ['min', 'max'] as const) {
    const checked = checkPolicyFile(fileOf((min, max) => (at === 'min' ? min : max)));
    expect('problems' in checked ? checked.problems : []).toEqual([]);
  }
});

/** Nothing, where the file is refused. */
function followPolicy(file: unknown, history: readonly Arrival[]): void {
  const checked = checkPolicyFile(file);
  if ('problems' in checked) return;
  const { policy } = checked;
  for (const { score } of Object.values(facets)) followSilence(score, policy, history);
  followFalls(policy, history.at(-1)?.at ?? (0 as TimeMs));
}

interface Arrival {
  readonly event: TimelineEvent;
  readonly at: TimeMs;
}

/** Folds the history, then lets time pass until no change is due. */
function followSilence<State, Parameters, V extends View>(
  score: Score<State, Parameters, V>,
  policy: Policy,
  history: readonly Arrival[],
): void {
  const parameters = score.parametersOf(policy);
  let state = score.initial;
  let at = 0 as TimeMs;
  for (const arrival of history) {
    ({ at } = arrival);
    if (!(score.eventTypes as readonly string[]).includes(arrival.event.type)) continue;
    state = score.expire?.(state, at, parameters)?.state ?? state;
    const next = stateOf(inFewSteps(() => score.evolve(state, arrival.event, at, parameters)));
    if (!(next instanceof Rejection)) state = next;
  }
  let view = score.view(state, at, parameters);
  for (let changes = 0; ; changes++) {
    expect(changes).toBeLessThan(CHANGES_MAX);
    const due = inFewSteps(() => score.nextDueAt(state, at, parameters));
    const expiry = inFewSteps(() => score.nextExpiryAt?.(state, at, parameters) ?? null);
    for (const time of [due, expiry]) expect(time === null || isTimeAfter(at, time)).toBe(true);
    if (expiry !== null && (due === null || expiry < due)) {
      state = score.expire?.(state, expiry, parameters)?.state ?? state;
      at = expiry;
      view = score.view(state, at, parameters);
      continue;
    }
    if (due === null) return;
    expect(score.view(state, (due - 1) as TimeMs, parameters)).toEqual(view);
    const then = score.view(state, due, parameters);
    expect(then).not.toEqual(view);
    [at, view] = [due, then];
  }
}

function isTimeAfter(at: TimeMs, time: TimeMs): boolean {
  return Number.isSafeInteger(time) && time > at && time <= TIME_MS_MAX;
}

/** Gives a customer the points for the highest tier, then the fewest, and lets time pass until no fall is due. */
function followFalls(policy: Policy, start: TimeMs): void {
  let at = start;
  const best = [{ score: 'rfm', view: { spend: 3 } }];
  let { state }: { state: TierState } = decideTier(null, best, at, policy.tiers);
  ({ state } = decideTier(state, [{ score: 'rfm', view: { spend: 0 } }], at, policy.tiers));
  for (let falls = 0; ; falls++) {
    expect(falls).toBeLessThan(CHANGES_MAX);
    const due = tierNextDueAt(state, at, policy.tiers);
    if (due === null) return;
    expect(isTimeAfter(at, due)).toBe(true);
    at = due;
    ({ state } = decideTier(state, [], at, policy.tiers));
  }
}

type Draw = (min: number, max: number) => number;

/** The content of a file, each of its numbers drawn between its bounds. */
function fileOf(draw: Draw) {
  const ascending = (min: number, max: number, count: number, apart = 0) => {
    const step = (max - min) * apart;
    const values = Array.from({ length: count }, (_, i) => draw(min + i * step, max - (count - 1 - i) * step));
    return values.sort((a, b) => a - b);
  };
  const windowDays = draw(0.0001, 3_650);
  const [cool = 0, warm = 0, hot = 0] = ascending(1e-6, 1e6, 3, 1e-13);
  const [medium = 0, high = 0] = ascending(0.001, 0.999, 2, 1e-6);
  const [leave = 0, enter = 0] = ascending(-1e6, 1e6, 2).map(Math.round);
  const amounts = (count: number, apart?: number) => ascending(0, 1e10, count, apart).map(Math.round);
  return {
    name: 'drawn',
    currency: { base: 'USD', rates: { EUR: draw(1e-12, 1e9) } },
    orders: { history_days: Math.max(windowDays, draw(windowDays, 3_650)) },
    rfm: {
      window_days: windowDays,
      recency_days: ascending(0, windowDays * 0.999, 4),
      frequency: ascending(0, 1_000, 4),
      monetary: amounts(4),
      spend_bands: amounts(3, 0.001),
    },
    behaviour: {
      half_life_days: draw(0.0001, 36_525),
      weights: { 'interaction.view': draw(1e-6, 1e6), 'order.placed': draw(1e-6, 1e6) },
      bands: { hot, warm, cool },
    },
    churn: {
      horizon_days: draw(0.0001, 36_525),
      parameters: { r: draw(1e-4, 1e4), alpha: draw(1e-4, 1e4), a: draw(1e-4, 1e4), b: draw(1e-4, 1e4) },
      bands: { medium, high },
      overdue_intervals: draw(Number.MIN_VALUE, 30),
      occasion_gap_hours: draw(Number.MIN_VALUE, 720),
    },
    points: { 'behaviour.band': { hot: Math.round(draw(-1e6, 1e6)), silent: 1 }, 'rfm.spend': { 0: -1e6, 3: 1e6 } },
    tiers: [{ name: 'member' }, { name: 'silver', enter, leave }],
    minimum_stay_days: draw(0, 36_525),
    grace_days: draw(0, 36_525),
  };
}

/** Some of the numbers are at their bounds; the odd one is what it is. */
function policyFiles(odd?: { readonly index: number; readonly value: number }) {
  const position = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
  return fc.array(position, { minLength: 60, maxLength: 60 }).map((positions) => {
    let drawn = 0;
    return fileOf((min, max) => {
      const at = positions[drawn] ?? 0;
      drawn += 1;
      if (drawn - 1 === odd?.index) return odd.value;
      if (at === 0 || at === 1 || min >= max) return at === 1 ? max : min;
      // As many small numbers as great ones.
      return min <= 0 ? min + (max - min) * at ** 4 : Math.min(max, min * (max / min) ** at);
    });
  });
}

/** A customer's events in the order of their arrival, from 1970 to the last year that has four digits. */
function histories(): fc.Arbitrary<readonly Arrival[]> {
  const times = fc.tuple(
    fc.constantFrom(0, 1_000_000_000_000, 250_000_000_000_000),
    fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
  );
  const events = fc.array(
    fc.record({
      kind: fc.constantFrom('view' as const, ...ORDER_STATUSES),
      lateness: fc.double({ min: -1, max: 1, noNaN: true }),
      order: fc.nat(5),
      amount: fc.constantFrom(0, 1, 1_999, 1_000_000_000_000),
    }),
    { minLength: 1, maxLength: 12 },
  );
  return fc.tuple(times, events).map(([[start, steps], drawn]) => {
    let at = start;
    return drawn.map(({ kind, lateness, order, amount }, i) => {
      at += Math.floor((steps[i] ?? 0) ** 8 * 3_000 * DAY_MS);
      const occurredAt = Math.max(0, at - Math.round(lateness ** 5 * (lateness < 0 ? 300_000 : 400 * DAY_MS)));
      return { at: at as TimeMs, event: eventOf(kind, occurredAt as TimeMs, `o${order}`, amount, `e${i}`) };
    });
  });
}

function eventOf(
  kind: 'view' | OrderStatus,
  occurredAt: TimeMs,
  orderId: string,
  amountMinor: number,
  eventId: string,
): TimelineEvent {
  if (kind === 'view') {
    const nothing = { object: null, category: null, sessionId: null };
    return { type: 'interaction', data: { eventId, occurredAt, channel: 'web', action: 'view', ...nothing } };
  }
  const money = { amountMinor, currency: 'USD', rate: '1' };
  return { type: 'order', data: { eventId, occurredAt, orderId, status: kind, ...money, refundId: eventId } };
}
