import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderEvent, OrderStatus, TimelineEvent } from '../../events.ts';
import { inCurrency, ledgerRules } from '../../orders/order-histories.testing.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type TimeMs } from '../../time.ts';
import { Rejection, stateOf } from '../score.ts';
import { churnViewOf, occasionTimesOf } from './batch.ts';
import { type ChurnParametersInForce, type ChurnState, churn as facet, occasionsOf } from './churn.ts';

const { score: churn } = facet;

const START = Date.UTC(2026, 0, 1) as TimeMs;
const parameters: ChurnParametersInForce = {
  model: { r: 0.53, alpha: 6.79, a: 0.69, b: 1.34, horizonWeeks: 90 / 7 },
  mediumRisk: 0.8,
  highRisk: 0.9,
  overdueIntervals: 2,
  ledger: ledgerRules(30 * DAY_MS),
  occasionGapMs: 12 * HOUR_MS,
};

test('parameters are those of the policy, in weeks and milliseconds, with the history of all ledgers', () => {
  const unread = {
    name: '',
    currency: { base: 'EUR', rates: {} },
    events: { earliestAt: 0 as TimeMs },
    orders: { historyDays: 400 },
  };
  const cuts = [1, 2, 3, 4] as const;
  const inForce = churn.parametersOf({
    ...unread,
    rfm: { windowDays: 365, recencyDays: cuts, frequencyOrders: cuts, monetaryMinor: cuts, spendBandsMinor: [] },
    behaviour: { halfLifeDays: 14, weights: {}, bands: { hot: 3, warm: 2, cool: 1 } },
    churn: {
      horizonDays: 70,
      parameters: { r: 1, alpha: 2, a: 3, b: 4 },
      bands: { medium: 0.5, high: 0.7 },
      overdueIntervals: 1.5,
      occasionGapHours: 12,
    },
    tiers: { points: {}, tiers: [], minimumStayDays: 0, graceDays: 0 },
  });
  expect(inForce).toEqual({
    model: { r: 1, alpha: 2, a: 3, b: 4, horizonWeeks: 10 },
    mediumRisk: 0.5,
    highRisk: 0.7,
    overdueIntervals: 1.5,
    ledger: { historyMs: 400 * DAY_MS, baseCurrency: 'EUR' },
    occasionGapMs: 12 * HOUR_MS,
  });
});

describe('a view', () => {
  test('is null while nothing was ever ordered, and again when the only order is cancelled', () => {
    const [placed, cancelled] = [order('a', 0), order('a', 1, 'cancelled')];
    expect(churn.view(churn.initial, START, parameters)).toBeNull();
    expect(churn.nextDueAt(churn.initial, START, parameters)).toBeNull();
    expect(viewAfter([placed])).not.toBeNull();
    expect(viewAfter([placed, cancelled])).toBeNull();
    expect(churn.nextDueAt(fold([placed, cancelled]), day(1), parameters)).toBeNull();
  });

  test('goes from low to medium to high while silence lasts', () => {
    const state = fold([order('a', 0), order('b', 10), order('c', 20), order('d', 30)]);
    const risks = [30, 60, 120, 150, 300].map((days) => churn.view(state, day(days), parameters)?.risk);
    expect(risks).toEqual(['low', 'low', 'low', 'medium', 'high']);
  });

  test('has the band of a bound in the millisecond that reaches it', () => {
    const state = fold([order('a', 0)]);
    const at = day(40);
    const risk = churn.exact(state, at, parameters)['churnRisk'] ?? Number.NaN;
    expect(churn.view(state, at, { ...parameters, mediumRisk: risk, highRisk: 0.999 })?.risk).toBe('medium');
    expect(churn.view(state, at, { ...parameters, mediumRisk: risk / 2, highRisk: risk })?.risk).toBe('high');
    expect(churn.view(state, at, { ...parameters, mediumRisk: risk + 1e-15, highRisk: 0.999 })?.risk).toBe('low');
  });

  test('knows no pace after one occasion, however many orders it has', () => {
    expect(viewAfter([order('a', 0), order('b', 0.1), order('c', 0.5)])?.pace).toBe('unknown');
    expect(occasionsOf(fold([order('a', 0), order('b', 0.1)]), parameters)).toEqual({
      firstAt: START,
      lastAt: START,
      repeats: 0,
    });
  });

  test('is overdue once silence is longer than the allowed intervals, not when it equals them', () => {
    const state = fold([order('a', 0), order('b', 10), order('c', 20)]);
    const limit = day(20 + 2 * 10);
    expect(churn.view(state, limit, parameters)?.pace).toBe('on_time');
    expect(churn.view(state, (limit + 1) as TimeMs, parameters)?.pace).toBe('overdue');
  });

  test('is not overdue by a rounding: seven sevenths of twelve days are twelve days', () => {
    const state = fold([0, 1, 2, 3, 4, 5, 6, 12].map((days) => order(`order-${days}`, days)));
    const seven = { ...parameters, overdueIntervals: 7 };
    expect(churn.view(state, day(24), seven)?.pace).toBe('on_time');
    expect(churn.view(state, (day(24) + 1) as TimeMs, seven)?.pace).toBe('overdue');
  });

  test('forgets a repeat occasion whose last order is cancelled', () => {
    const [first, second] = [order('a', 0), order('b', 10)];
    expect(viewAfter([first, second])?.pace).toBe('on_time');
    expect(viewAfter([first, second, order('b', 12, 'cancelled')])?.pace).toBe('unknown');
  });
});

describe('an occasion', () => {
  const minutes = (count: number) => (count * MINUTE_MS) / DAY_MS;

  test('is one for two orders 20 minutes apart over midnight, as at noon', () => {
    for (const at of [1 - minutes(10), 1.5]) {
      const state = fold([order('a', at), order('b', at + minutes(20))]);
      expect(occasionsOf(state, parameters)).toEqual({ firstAt: day(at), lastAt: day(at), repeats: 0 });
      expect(churn.view(state, day(5), parameters)?.pace).toBe('unknown');
    }
  });

  test('ends when more than the gap passes without a standing order', () => {
    const [first, second] = [order('a', 1), order('b', 1.5)];
    expect(occasionsOf(fold([first, second]), parameters)?.repeats).toBe(0);
    const later = { ...second, occurredAt: (second.occurredAt + 1) as TimeMs };
    expect(occasionsOf(fold([first, later]), parameters)?.repeats).toBe(1);
  });

  test('goes on while each order is within the gap of the one before, and has the time of its first', () => {
    const state = fold([order('a', 1), order('c', 1.8), order('b', 1.4), order('d', 5), order('e', 5.1)]);
    expect(occasionsOf(state, parameters)).toEqual({ firstAt: day(1), lastAt: day(5), repeats: 1 });
    const parted = evolve(state, order('b', 6, 'cancelled'));
    expect(occasionsOf(parted, parameters)).toEqual({ firstAt: day(1), lastAt: day(5), repeats: 2 });
  });

  test('is no credit note, and no refund that waits for its order', () => {
    const state = fold([order('a', 0), order('c', 10, 'credited'), order('x', 11, 'partially_refunded')]);
    expect(occasionsOf(state, parameters)).toEqual({ firstAt: START, lastAt: START, repeats: 0 });
    expect(JSON.stringify(state.orders)).toContain('"waiting":[]');
  });
});

test('exact values are those behind the view', () => {
  const state = fold([order('a', 0), order('b', 10.5), order('c', 20)]);
  const exact = churn.exact(state, day(45), parameters);
  expect(exact).toMatchObject({ repeatOccasions: 2, silenceDays: 25, purchaseIntervalDays: 10, overdueDays: 15 });
  expect(exact['pAlive']).toBeGreaterThan(1 - (exact['churnRisk'] ?? 0));
  expect(churn.exact(state, day(25), parameters)['overdueDays']).toBe(0);
  expect(churn.exact(fold([order('a', 0)]), day(1), parameters)).toMatchObject({
    purchaseIntervalDays: null,
    overdueDays: null,
  });
  expect(Object.keys(churn.exact(churn.initial, START, parameters))).toEqual(Object.keys(exact));
});

test('an event that the ledger refuses, or knows, leaves the very same state', () => {
  const state = fold([order('a', 40)]);
  for (const event of [order('old', 0), order('a', 40)]) {
    expect(churn.evolve(state, asEvent(event), day(41), parameters)).toBe(state);
  }
});

describe('settled orders', () => {
  const early = [order('a', 0.1), order('b', 5.1), order('c', 5.6)];

  test('leave the ledger after the history and count for ever', () => {
    const state = fold([...early, order('d', 40)]);
    expect(state.orders.map(([, orderId]) => orderId)).toEqual(['d']);
    expect(state.settled).toEqual([day(0.1), day(5.1), 2, day(5.6)]);
    expect(occasionsOf(state, parameters)).toEqual({ firstAt: day(0.1), lastAt: day(40), repeats: 2 });
  });

  test('of one occasion that leave one by one are one occasion', () => {
    const halfway = fold([...early, order('d', 35.3)]);
    expect(halfway.orders.map(([, orderId]) => orderId)).toEqual(['c', 'd']);
    expect(occasionsOf(halfway, parameters)?.repeats).toBe(2);
    const whole = evolve(halfway, order('e', 35.7));
    expect(whole.orders.map(([, orderId]) => orderId)).toEqual(['d', 'e']);
    expect(occasionsOf(whole, parameters)?.repeats).toBe(2);
  });

  test('are joined by an order within the gap after the last of them', () => {
    const halfway = fold([...early, order('d', 35.7)]);
    expect(halfway.settled).toEqual([day(0.1), day(5.1), 2, day(5.6)]);
    const joined = evolved(halfway, order('f', 6.1), day(35.7));
    expect(occasionsOf(joined, parameters)?.repeats).toBe(2);
    const apart = evolved(halfway, order('f', 6.2), day(35.7));
    expect(occasionsOf(apart, parameters)?.repeats).toBe(3);
  });

  test('that were cancelled in time leave nothing', () => {
    const state = fold([order('a', 0), order('a', 1, 'cancelled'), order('b', 40)]);
    expect(state.settled).toBeUndefined();
    expect(occasionsOf(state, parameters)?.repeats).toBe(0);
  });

  test('out of turn are taken as part of an occasion counted already, except before the first', () => {
    const state = fold([order('a', 10), order('b', 20), order('c', 60)]);
    const longer = { ...parameters, ledger: ledgerRules(365 * DAY_MS) };
    const between = stateOf(churn.evolve(state, asEvent(order('d', 15)), day(60), longer));
    const before = stateOf(churn.evolve(state, asEvent(order('d', 5)), day(60), longer));
    expect(between instanceof Rejection ? null : occasionsOf(between, longer)?.repeats).toBe(2);
    expect(before instanceof Rejection ? null : occasionsOf(before, longer)).toEqual({
      firstAt: day(5),
      lastAt: day(60),
      repeats: 3,
    });
  });

  test('just before the first settled one begin its occasion', () => {
    const settled = [day(10), day(10), 1, day(10.2)] as const;
    const earlier = fold([order('d', 9.6)]).orders;
    expect(occasionsOf({ orders: earlier, settled }, parameters)).toEqual({
      firstAt: day(9.6),
      lastAt: day(9.6),
      repeats: 0,
    });
  });
});

const STATUSES = fc.constantFrom<OrderStatus[]>(
  ['placed'],
  ['paid'],
  ['placed', 'paid'],
  ['placed', 'cancelled'],
  ['paid', 'refunded'],
  ['placed', 'paid', 'partially_refunded'],
  ['placed', 'cancelled', 'paid'],
  ['paid', 'updated', 'partially_refunded'],
  ['credited'],
);

/** Deliveries of orders over 120 days, each at most 30 days (the history) after its order, many of them twice. */
const deliveries = fc
  .array(
    fc.record({
      statuses: STATUSES,
      placedAtHours: fc.nat(120 * 24),
      stepHours: fc.nat(5 * 24),
      delaysHours: fc.array(fc.nat(15 * 24), { minLength: 6, maxLength: 6 }),
      refundMinor: fc.constantFrom(300, 900),
      isForeign: fc.boolean(),
      isTwice: fc.boolean(),
    }),
    { maxLength: 25 },
  )
  .map((orders) =>
    orders
      .flatMap(({ statuses, placedAtHours, stepHours, delaysHours, refundMinor, isForeign, isTwice }, number) =>
        statuses.flatMap((status, i) => {
          const hours = placedAtHours + i * stepHours;
          const amountMinor = status === 'partially_refunded' ? refundMinor : status === 'paid' ? 900 : 1_000;
          const inBase = { ...order(`order-${number}`, hours / 24, status), amountMinor };
          const event = isForeign ? inCurrency(inBase, 'JPY', '0.0061') : inBase;
          return delaysHours
            .slice(0, isTwice ? 6 : 3)
            .filter((_, j) => j % 3 === i)
            .map((delay) => ({ event, at: (event.occurredAt + delay * HOUR_MS) as TimeMs }));
        }),
      )
      .sort((a, b) => a.at - b.at),
  );

test('the fold gives the view of a batch after every event, under shuffle, duplicates and lateness', () => {
  fc.assert(
    fc.property(deliveries, (arrivals) => {
      let state = churn.initial;
      arrivals.forEach(({ event, at }, i) => {
        state = evolved(state, event, at);
        const seen = arrivals.slice(0, i + 1).map((arrival) => arrival.event);
        expect(churn.view(state, at, parameters)).toEqual(churnViewOf(seen, at, parameters));
        const times = occasionTimesOf(seen, parameters);
        const occasions = occasionsOf(state, parameters);
        expect([times[0], times.at(-1), times.length - 1]).toEqual([
          occasions?.firstAt,
          occasions?.lastAt,
          occasions?.repeats ?? -1,
        ]);
      });
    }),
    { numRuns: 200 },
  );
});

test('the view does not depend on whether expired orders have been settled yet', () => {
  fc.assert(
    fc.property(deliveries, (arrivals) => {
      const state = arrivals.reduce((before, { event, at }) => evolved(before, event, at), churn.initial);
      const nothing = { ...order('nothing', 0, 'partially_refunded'), amountMinor: 0, occurredAt: day(400) };
      const swept = evolved(state, nothing, day(400));
      expect(swept.orders).toEqual([]);
      expect(occasionsOf(swept, parameters)).toEqual(occasionsOf(state, parameters));
    }),
  );
});

test('the next due time is the very millisecond at which the view changes', () => {
  const moreParameters = fc.record({
    overdueIntervals: fc.double({ min: 0.1, max: 5, noNaN: true }),
    mediumRisk: fc.double({ min: 0.1, max: 0.8, noNaN: true }),
    highRisk: fc.double({ min: 0.8, max: 0.99, noNaN: true }),
  });
  fc.assert(
    fc.property(deliveries, moreParameters, fc.nat(100 * DAY_MS), (arrivals, more, silenceMs) => {
      const inForce = { ...parameters, ...more };
      const state = arrivals.reduce((before, { event, at }) => evolved(before, event, at), churn.initial);
      let at = ((arrivals.at(-1)?.at ?? START) + silenceMs) as TimeMs;
      for (let changes = 0; ; changes++) {
        expect(changes).toBeLessThanOrEqual(3);
        const now = churn.view(state, at, inForce);
        const dueAt = churn.nextDueAt(state, at, inForce);
        if (dueAt === null) {
          if (now !== null) expect(now).toEqual({ risk: 'high', pace: now.pace === 'unknown' ? 'unknown' : 'overdue' });
          return;
        }
        expect(dueAt).toBeGreaterThan(at);
        expect(churn.view(state, (dueAt - 1) as TimeMs, inForce)).toEqual(now);
        expect(churn.view(state, dueAt, inForce)).not.toEqual(now);
        at = dueAt;
      }
    }),
    { numRuns: 200 },
  );
});

test('a state is plain JSON that comes back as it was', () => {
  fc.assert(
    fc.property(deliveries, (arrivals) => {
      const state = arrivals.reduce((before, { event, at }) => evolved(before, event, at), churn.initial);
      expect(JSON.parse(JSON.stringify(state))).toStrictEqual(state);
    }),
  );
});

function order(orderId: string, atDays: number, status: OrderStatus = 'placed'): OrderEvent {
  return {
    eventId: `${orderId}-${status}`,
    occurredAt: day(atDays),
    orderId,
    status,
    amountMinor: 1_000,
    currency: 'USD',
    rate: '1',
    refundId: null,
  };
}

/** Each event arrives when it happens. */
function fold(events: readonly OrderEvent[]): ChurnState {
  return events.reduce(evolve, churn.initial);
}

function evolve(state: ChurnState, event: OrderEvent): ChurnState {
  return evolved(state, event, event.occurredAt);
}

function evolved(state: ChurnState, event: OrderEvent, at: TimeMs): ChurnState {
  const next = stateOf(churn.evolve(state, asEvent(event), at, parameters));
  if (next instanceof Rejection) throw new Error(`unexpected rejection: ${next.reason}`);
  return next;
}

function viewAfter(events: readonly OrderEvent[]) {
  return churn.view(fold(events), events.at(-1)?.occurredAt ?? START, parameters);
}

function asEvent(data: OrderEvent): TimelineEvent {
  return { type: 'order', data };
}

function day(days: number): TimeMs {
  return (START + Math.round(days * DAY_MS)) as TimeMs;
}
