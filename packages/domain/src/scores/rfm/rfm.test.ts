import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderEvent } from '../../events.ts';
import { type Arrival, orderEvent, orderHistories } from '../../orders/order-histories.testing.ts';
import type { Cuts, Policy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { Rejection, stateOf } from '../score.ts';
import { rfmViewOf } from './batch.ts';
import { quantileCuts } from './quantile-cuts.ts';
import { type RfmParameters, type RfmState, rfm } from './rfm.ts';

const DAYS = 100;
const WINDOW_MS = DAYS * DAY_MS;
const NOW = (1_000 * DAY_MS) as TimeMs;

const parameters: RfmParameters = {
  windowMs: WINDOW_MS,
  recencyDays: [10, 20, 30, 50],
  frequencyOrders: [0, 1, 2, 3],
  monetaryMinor: [0, 100, 200, 300],
  spendBandsMinor: [50, 150],
};

function fold(arrivals: readonly Arrival[], chosen = parameters): RfmState {
  let state: RfmState = rfm.initial;
  for (const { event, at } of arrivals) {
    const next = stateOf(rfm.evolve(JSON.parse(JSON.stringify(state)), { type: 'order', data: event }, at, chosen));
    if (!(next instanceof Rejection)) state = next;
  }
  return state;
}

function foldAt(at: number, ...events: readonly OrderEvent[]): RfmState {
  return fold(events.map((event) => ({ event, at: at as TimeMs })));
}

const viewAt = (state: RfmState, at: number, chosen = parameters) => rfm.view(state, at as TimeMs, chosen);

describe('the view', () => {
  test('scores days since, number and sum of the orders in the window', () => {
    const state = foldAt(
      NOW,
      orderEvent('a', 'paid', NOW - 25 * DAY_MS, 120),
      orderEvent('b', 'paid', NOW - 15 * DAY_MS, 90),
      orderEvent('b', 'partially_refunded', NOW, 30, 'r'),
    );
    expect(viewAt(state, NOW)).toEqual({
      recency: 4,
      frequency: 3,
      monetary: 3,
      segment: 'potential_loyalist',
      spend: 2,
    });
    expect(rfm.exact(state, NOW, parameters)).toEqual({ daysSinceLastOrder: 15, orders: 2, monetaryMinor: 180 });
  });

  test('is null before any order, after a refund without an order, and again once the only order is undone', () => {
    const order = orderEvent('a', 'paid', NOW, 120);
    const undoing = orderEvent('a', 'cancelled', NOW);
    for (const state of [rfm.initial, foldAt(NOW, undoing), foldAt(NOW, order, undoing), foldAt(NOW, undoing, order)]) {
      expect(viewAt(state, NOW)).toBeNull();
      expect(rfm.nextDueAt(state, NOW, parameters)).toBeNull();
      expect(rfm.exact(state, NOW, parameters)).toEqual({ daysSinceLastOrder: null, orders: 0, monetaryMinor: 0 });
    }
    expect(viewAt(foldAt(NOW, order), NOW)).not.toBeNull();
  });

  test('an order counts from its time to the ms before the same time a window later', () => {
    const state = foldAt(NOW, orderEvent('a', 'paid', NOW, 120));
    expect(viewAt(state, NOW + WINDOW_MS - 1)).toMatchObject({ frequency: 2, monetary: 3, spend: 1 });
    expect(viewAt(state, NOW + WINDOW_MS)).toEqual({
      recency: 1,
      frequency: 1,
      monetary: 1,
      segment: 'hibernating',
      spend: 0,
    });
  });

  test('a customer whose orders all left the ledger keeps a view of lowest scores', () => {
    const later = (NOW + 3 * WINDOW_MS) as TimeMs;
    const state = fold([
      { event: orderEvent('a', 'paid', NOW, 120), at: NOW },
      { event: orderEvent('b', 'cancelled', later), at: later },
    ]);
    expect(state.orders.map(([, orderId]) => orderId)).toEqual(['b']);
    expect(viewAt(state, later)).toMatchObject({ recency: 1, frequency: 1, monetary: 1, spend: 0 });
    expect(rfm.exact(state, later, parameters)).toMatchObject({ daysSinceLastOrder: 3 * DAYS, orders: 0 });
    expect(rfm.nextDueAt(state, later, parameters)).toBeNull();
  });

  test('undone orders that left the ledger leave no view', () => {
    const later = (NOW + 3 * WINDOW_MS) as TimeMs;
    const state = fold([
      { event: orderEvent('a', 'paid', NOW, 120), at: NOW },
      { event: orderEvent('a', 'refunded', NOW), at: NOW },
      { event: orderEvent('b', 'cancelled', later), at: later },
    ]);
    expect(viewAt(state, later)).toBeNull();
  });

  test('a spend band begins at its bound', () => {
    const spends = [49, 50, 149, 150].map((amountMinor) => {
      return viewAt(foldAt(NOW, orderEvent('a', 'paid', NOW, amountMinor)), NOW)?.spend;
    });
    expect(spends).toEqual([0, 1, 1, 2]);
  });

  test('an order a little in the future is 0 days ago', () => {
    const state = foldAt(NOW, orderEvent('a', 'paid', NOW + 60_000, 0));
    expect(rfm.exact(state, NOW, parameters)).toEqual({ daysSinceLastOrder: 0, orders: 1, monetaryMinor: 0 });
    expect(viewAt(state, NOW)).toMatchObject({ recency: 5, frequency: 2, monetary: 1 });
  });
});

describe('evolve', () => {
  test('gives back the very same state for a duplicate and for other events', () => {
    const order = { type: 'order', data: orderEvent('a', 'paid', NOW, 120) } as const;
    const state = foldAt(NOW, order.data);
    expect(rfm.evolve(state, order, NOW, parameters)).toBe(state);
    const identity = { eventId: 'i', occurredAt: NOW, traits: {}, consents: [], erasure: false };
    expect(rfm.evolve(state, { type: 'identity', data: identity }, NOW, parameters)).toBe(state);
  });

  test('refuses what the ledger refuses', () => {
    const tooOld = { type: 'order', data: orderEvent('a', 'paid', NOW - WINDOW_MS - 1, 1) } as const;
    expect(rfm.evolve(rfm.initial, tooOld, NOW, parameters)).toEqual(new Rejection('too-old'));
  });
});

const ascendingCuts = (values: fc.Arbitrary<number>): fc.Arbitrary<Cuts> =>
  fc.tuple(values, values, values, values).map((cuts) => {
    const [a, b, c, d] = cuts.toSorted((x, y) => x - y);
    return [a ?? 0, b ?? 0, c ?? 0, d ?? 0];
  });

/** Whole days, and quotients that multiplied by a day's ms again may round to another ms. */
const anyRecencyCut = fc.oneof(
  fc.nat(DAYS - 1),
  fc.nat(WINDOW_MS - 1).map((ms) => ms / DAY_MS),
  fc.nat(WINDOW_MS - 1).map((ms) => (ms / DAY_MS) * (1 - Number.EPSILON / 2)),
);

const anyParameters: fc.Arbitrary<RfmParameters> = fc.record({
  windowMs: fc.constant(WINDOW_MS),
  recencyDays: ascendingCuts(anyRecencyCut),
  frequencyOrders: ascendingCuts(fc.oneof(fc.nat(6), fc.double({ min: 0, max: 6, noNaN: true }))),
  monetaryMinor: ascendingCuts(fc.nat(2_000)),
  spendBandsMinor: fc
    .uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 4 })
    .map((b) => b.toSorted((x, y) => x - y)),
});

/** A history, and a time not before its last arrival. */
const historyAndTime = fc
  .tuple(orderHistories(fc, WINDOW_MS, 2 * WINDOW_MS), fc.nat(WINDOW_MS + 1))
  .map(([arrivals, more]) => ({
    arrivals,
    at: ((arrivals.at(-1)?.at ?? NOW) + more) as TimeMs,
  }));

describe('properties', () => {
  test('the fold equals the batch for any arrival within the window: shuffled, repeated, late', () => {
    fc.assert(
      fc.property(historyAndTime, anyParameters, ({ arrivals, at }, chosen) => {
        const events = arrivals.map(({ event }) => event);
        expect(viewAt(fold(arrivals, chosen), at, chosen)).toEqual(rfmViewOf(events, at, chosen));
      }),
      { numRuns: 1_000 },
    );
  });

  test('nextDueAt is the first ms at which the view differs, from any moment on', () => {
    fc.assert(
      fc.property(historyAndTime, anyParameters, ({ arrivals, at }, chosen) => {
        const state = fold(arrivals, chosen);
        const moments = momentsFrom(at, state, chosen).map((time) => ({ time, view: viewAt(state, time, chosen) }));
        for (const [index, { time, view }] of moments.entries()) {
          const changed = moments.slice(index).find((later) => !isDeepStrictEqual(later.view, view));
          expect(rfm.nextDueAt(state, time as TimeMs, chosen)).toBe(changed?.time ?? null);
        }
      }),
      { numRuns: 500 },
    );
  });
});

/** Every time from `at` on at which the view could change, with both neighbours, ascending. */
function momentsFrom(at: TimeMs, state: RfmState, { windowMs, recencyDays }: RfmParameters): readonly number[] {
  const orderTimes = [...state.orders.map(([at]) => at), state.lastSettledAt ?? 0];
  const changes = orderTimes.flatMap((time) => [
    time + windowMs,
    ...recencyDays.map((cut) => Math.round(time + cut * DAY_MS)),
  ]);
  const moments = [at, ...changes.flatMap((time) => [time - 1, time, time + 1])].filter((time) => time >= at);
  return [...new Set(moments)].sort((a, b) => a - b);
}

test('parametersOf takes the window in ms and the cuts as they are', () => {
  const policy = { rfm: { ...parameters, windowDays: 0.5 } } as unknown as Policy;
  expect(rfm.parametersOf(policy)).toEqual({ ...parameters, windowMs: DAY_MS / 2 });
});

describe('golden: CDNOW', () => {
  test.for(['1997-06-30', '1997-12-31'])(
    'every customer has the reference scores at %s, from his own orders',
    (date) => {
      const rows = readTable(`cdnow_sample_${date}.csv.gz`);
      const chosen: RfmParameters = {
        windowMs: 400 * DAY_MS,
        recencyDays: quantileCuts(rows.map((row) => Number(row['recency_days']))),
        frequencyOrders: quantileCuts(rows.map((row) => Number(row['orders']))),
        monetaryMinor: quantileCuts(rows.map((row) => Number(row['monetary_cents']))),
        spendBandsMinor: [],
      };
      const at = Date.parse(date) as TimeMs;
      const orders = Map.groupBy(ordersUpTo(at), ({ customerId }) => customerId);
      expect(orders.size).toBe(rows.length);

      for (const row of rows) {
        const events = (orders.get(row['customer_id']) ?? []).map(({ event }) => ({ event, at: event.occurredAt }));
        const state = fold(events, chosen);
        expect(rfm.exact(state, at, chosen)).toEqual({
          daysSinceLastOrder: Number(row['recency_days']),
          orders: Number(row['orders']),
          monetaryMinor: Number(row['monetary_cents']),
        });
        expect(viewAt(state, at, chosen)).toMatchObject({
          recency: Number(row['r_score']),
          frequency: Number(row['f_score']),
          monetary: Number(row['m_score']),
        });
      }
    },
  );
});

function ordersUpTo(at: TimeMs): readonly { customerId: string | undefined; event: OrderEvent }[] {
  return readTable('cdnow_sample.csv.gz')
    .map((row, index) => {
      const cents = Math.round(Number(row['spent']) * 100);
      const event = orderEvent(`o${index}`, 'paid', Date.parse(row['date'] ?? ''), cents);
      return { customerId: row['customer_id'], event };
    })
    .filter(({ event }) => event.occurredAt <= at);
}

function readTable(name: string): readonly Readonly<Record<string, string>>[] {
  const text = gunzipSync(readFileSync(new URL(`../../../golden/${name}`, import.meta.url))).toString();
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/);
  const columns = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
}
