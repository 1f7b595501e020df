import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderEvent } from '../../events.ts';
import { type Arrival, ledgerRules, orderEvent, orderHistories } from '../../orders/order-histories.testing.ts';
import type { Policy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { Noted, Rejection, stateOf } from '../score.ts';
import type { Cuts } from '../section.ts';
import { rfmViewOf } from './batch.ts';
import { quantileCuts } from './quantile-cuts.ts';
import { rfm as facet, type RfmParameters, type RfmState } from './rfm.ts';

const { score: rfm } = facet;

const DAYS = 100;
const WINDOW_MS = DAYS * DAY_MS;
const HISTORY_MS = 1.2 * WINDOW_MS;
const NOW = (1_000 * DAY_MS) as TimeMs;

const parameters: RfmParameters = {
  ledger: ledgerRules(HISTORY_MS),
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

describe('the ledger’s history, longer than the window', () => {
  const order = orderEvent('a', 'paid', NOW, 120);
  const days = (count: number) => (NOW + count * DAY_MS) as TimeMs;
  const window = (count: number): RfmParameters => ({ ...parameters, windowMs: count * DAY_MS });

  test('nets a refund after 40 days with a window of 30, and a longer window brings back what is left', () => {
    const refund = orderEvent('a', 'partially_refunded', days(40), 20, 'r');
    const newer = orderEvent('b', 'paid', days(41), 7);
    const arrivals = [order, refund, newer].map((event) => ({ event, at: event.occurredAt }));
    const state = fold(arrivals, window(30));
    expect(rfm.exact(state, days(41), window(30))).toMatchObject({ orders: 1, monetaryMinor: 7 });
    expect(rfm.exact(state, days(41), window(60))).toMatchObject({ orders: 2, monetaryMinor: 107 });
  });

  test('keeps a customer’s view when what was left of it is refunded, but not their order', () => {
    const undoing = orderEvent('a', 'refunded', days(40));
    const state = fold(
      [order, undoing].map((event) => ({ event, at: event.occurredAt })),
      window(30),
    );
    expect(viewAt(state, days(40), window(30))).toBeNull();
  });
});

describe('a credit note', () => {
  const credit = (id: string, amountMinor: number, at = NOW as number) => orderEvent(id, 'credited', at, amountMinor);

  test('is taken off the window’s sum, and is no order in recency or frequency', () => {
    const order = orderEvent('a', 'paid', NOW - 15 * DAY_MS, 500);
    const [without, with_] = [foldAt(NOW, order), foldAt(NOW, order, credit('c', 120))];
    expect(rfm.exact(with_, NOW, parameters)).toEqual({ ...rfm.exact(without, NOW, parameters), monetaryMinor: 380 });
  });

  test('counts from its own time to the ms before the same time a window later', () => {
    const order = orderEvent('a', 'paid', NOW + 10, 500);
    const state = foldAt(NOW, order, credit('c', 120, NOW));
    const sums = [NOW + WINDOW_MS - 1, NOW + WINDOW_MS, NOW + WINDOW_MS + 10].map((at) => {
      return rfm.exact(state, at as TimeMs, parameters)['monetaryMinor'];
    });
    expect(sums).toEqual([380, 500, 0]);
  });

  test('leaves a sum of at least 0, and what is beyond it counts against later orders', () => {
    const state = foldAt(NOW, orderEvent('a', 'paid', NOW, 100), credit('c', 150));
    expect(rfm.exact(state, NOW, parameters)['monetaryMinor']).toBe(0);
    expect(viewAt(state, NOW)).toMatchObject({ frequency: 2, monetary: 1, spend: 0 });
    const more = foldAt(NOW, orderEvent('a', 'paid', NOW, 100), credit('c', 150), orderEvent('b', 'paid', NOW, 80));
    expect(rfm.exact(more, NOW, parameters)['monetaryMinor']).toBe(30);
  });

  test('alone gives no view', () => {
    const state = foldAt(NOW, credit('c', 150));
    expect(viewAt(state, NOW)).toBeNull();
    expect(rfm.nextDueAt(state, NOW, parameters)).toBeNull();
  });

  test('that leaves the window raises the sum again, at its own ms', () => {
    const state = foldAt(NOW, credit('c', 150, NOW - 50 * DAY_MS), orderEvent('a', 'paid', NOW - 60, 250));
    const raisedAt = NOW + 50 * DAY_MS;
    expect([raisedAt - 1, raisedAt].map((at) => viewAt(state, at)?.monetary)).toEqual([2, 4]);
    const notOfRecency = { ...parameters, recencyDays: [97, 97, 97, 97] as const };
    expect(rfm.nextDueAt(state, NOW, notOfRecency)).toBe(raisedAt);
  });

  test('that leaves with an order of its amount changes no sum for a moment', () => {
    const events = [orderEvent('a', 'paid', NOW, 250), credit('c', 250), orderEvent('b', 'paid', NOW + 5, 60)];
    const state = foldAt(NOW, ...events);
    const frequencyOnly = {
      ...parameters,
      recencyDays: [97, 97, 97, 97] as const,
      frequencyOrders: [5, 5, 5, 5] as const,
    };
    expect(rfm.nextDueAt(state, (NOW + 98 * DAY_MS) as TimeMs, frequencyOnly)).toBe(NOW + 5 + WINDOW_MS);
  });
});

describe('what waits for its order in vain', () => {
  const due = NOW + HISTORY_MS + 1;
  const waits = [
    orderEvent('a', 'partially_refunded', NOW - 10, 5, 'r'),
    orderEvent('a', 'cancelled', NOW),
    orderEvent('b', 'updated', NOW, 5),
  ];

  function foldWithOrigins(events: readonly OrderEvent[], state = rfm.initial): RfmState {
    return events.reduce((before, data, index) => {
      const next = stateOf(rfm.evolve(before, { type: 'order', data }, NOW, parameters, `orders:${index}`));
      return next instanceof Rejection ? before : next;
    }, state);
  }

  test('is let go a history after it happened, to the ms, with a letter for each event', () => {
    const state = foldWithOrigins(waits);
    expect(rfm.nextExpiryAt?.(state, NOW, parameters)).toBe(due);
    expect(rfm.expire?.(state, (due - 1) as TimeMs, parameters)).toBeNull();
    expect(rfm.expire?.(state, due as TimeMs, parameters)).toEqual({
      state: rfm.initial,
      letters: ['orders:1', 'orders:0', 'orders:2'].map((origin) => ({ reason: 'order-unknown', origin })),
    });
  });

  test('takes no timer more once it is let go, and none where its order came', () => {
    const gone = rfm.expire?.(foldWithOrigins(waits), due as TimeMs, parameters)?.state ?? rfm.initial;
    expect(rfm.nextExpiryAt?.(gone, due as TimeMs, parameters)).toBeNull();
    const orders = ['a', 'b'].map((id) => orderEvent(id, 'placed', NOW - 20, 500));
    const known = foldWithOrigins([...waits, ...orders]);
    expect(rfm.nextExpiryAt?.(known, NOW, parameters)).toBeNull();
    expect(rfm.expire?.(known, due as TimeMs, parameters)).toBeNull();
    expect(JSON.stringify(known)).not.toContain('orders:');
  });

  test('leaves orders alone, which are settled by the next event', () => {
    const state = foldWithOrigins([orderEvent('o', 'placed', NOW, 7), ...waits]);
    expect(rfm.expire?.(state, due as TimeMs, parameters)?.state).toEqual(
      foldWithOrigins([orderEvent('o', 'placed', NOW, 7)]),
    );
  });

  test('is let go at once where a shorter history says so', () => {
    const shorter = { ...parameters, ledger: ledgerRules(DAY_MS) };
    const at = (NOW + 2 * DAY_MS) as TimeMs;
    expect(rfm.nextExpiryAt?.(foldWithOrigins(waits), at, shorter)).toBe(at + 1);
    expect(rfm.expire?.(foldWithOrigins(waits), at, shorter)?.letters).toHaveLength(3);
  });

  test('has its letters, too, where it leaves a full ledger', () => {
    const orders = Array.from({ length: 1_000 }, (_, index) => orderEvent(`o${index}`, 'paid', NOW + index + 1, 1));
    const state = foldWithOrigins([...waits, ...orders]);
    expect(state.orders).toHaveLength(1_000);
    expect(rfm.nextExpiryAt?.(state, NOW, parameters)).toBe(NOW + 1);
    const expired = rfm.expire?.(state, (NOW + 1) as TimeMs, parameters);
    expect(expired?.letters.map(({ origin }) => origin)).toEqual(['orders:1', 'orders:0', 'orders:2']);
    expect(expired?.state).toEqual({ orders: state.orders, fullUpTo: state.fullUpTo });
  });

  test('is let go 200 events at a step, the next a ms later, until none is left', () => {
    const refunds = Array.from({ length: 450 }, (_, index) =>
      orderEvent(`o${index % 5}`, 'partially_refunded', NOW, 5, `r${index}`),
    );
    let state = foldWithOrigins(refunds);
    let at: TimeMs | null | undefined = NOW;
    const steps: (readonly [at: number, origins: readonly (string | null)[]])[] = [];
    while (at) {
      at = rfm.nextExpiryAt?.(state, at, parameters);
      const expired = at ? rfm.expire?.(state, at, parameters) : null;
      if (!at || !expired) break;
      steps.push([at, expired.letters.map(({ origin }) => origin)]);
      state = expired.state;
    }
    expect(steps.map(([time, origins]) => [time, origins.length])).toEqual([
      [due, 200],
      [due + 1, 200],
      [due + 2, 50],
    ]);
    const told = steps.flatMap(([, origins]) => origins);
    expect(new Set(told)).toEqual(new Set(refunds.map((_, index) => `orders:${index}`)));
    expect(state).toEqual(rfm.initial);
  });

  test('names no origin where there is none', () => {
    const state = foldAt(NOW, ...waits);
    expect(rfm.expire?.(state, due as TimeMs, parameters)?.letters[0]).toEqual({
      reason: 'order-unknown',
      origin: null,
    });
  });
});

describe('evolve', () => {
  test('gives back the very same state for a duplicate and for other events', () => {
    const order = { type: 'order', data: orderEvent('a', 'paid', NOW, 120) } as const;
    const state = foldAt(NOW, order.data);
    const again = rfm.evolve(state, order, NOW, parameters);
    expect(again).toEqual(new Noted(state, 'repeat'));
    expect(again instanceof Noted && again.state === state).toBe(true);
    const identity = { eventId: 'i', occurredAt: NOW, traits: {}, consents: [], erasure: false };
    expect(rfm.evolve(state, { type: 'identity', data: identity }, NOW, parameters)).toBe(state);
  });

  test('refuses what the ledger refuses', () => {
    const tooOld = { type: 'order', data: orderEvent('a', 'paid', NOW - HISTORY_MS - 1, 1) } as const;
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
  ledger: fc.constant(ledgerRules(HISTORY_MS)),
  windowMs: fc.constantFrom(WINDOW_MS, WINDOW_MS / 2, HISTORY_MS),
  recencyDays: ascendingCuts(anyRecencyCut),
  frequencyOrders: ascendingCuts(fc.oneof(fc.nat(6), fc.double({ min: 0, max: 6, noNaN: true }))),
  monetaryMinor: ascendingCuts(fc.nat(2_000)),
  spendBandsMinor: fc
    .uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 4 })
    .map((b) => b.toSorted((x, y) => x - y)),
});

/** A history, and a time not before its last arrival. */
const historyAndTime = fc
  .tuple(orderHistories(fc, HISTORY_MS, 2 * HISTORY_MS), fc.nat(WINDOW_MS + 1))
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
      { numRuns: 400 },
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
      { numRuns: 200 },
    );
  });
});

test('each statement that waits in vain has one letter, and none that is netted has', () => {
  fc.assert(
    fc.property(orderHistories(fc, HISTORY_MS, HISTORY_MS), (arrivals) => {
      let state = rfm.initial;
      const letters: unknown[] = [];
      const expire = (at: TimeMs) => {
        const expired = rfm.expire?.(state, at, parameters) ?? null;
        if (expired === null) return;
        state = expired.state;
        letters.push(...expired.letters.map(({ origin }) => origin));
      };
      arrivals.forEach(({ event, at }, index) => {
        expire(at);
        const next = stateOf(rfm.evolve(state, { type: 'order', data: event }, at, parameters, `orders:${index}`));
        if (!(next instanceof Rejection)) state = next;
      });
      const last = arrivals.at(-1)?.at ?? NOW;
      for (let at = rfm.nextExpiryAt?.(state, last, parameters) ?? null; at !== null; ) {
        expire(at);
        at = rfm.nextExpiryAt?.(state, at, parameters) ?? null;
      }
      const told = (orderId: string) => letters.filter((origin) => orderOf(arrivals, origin) === orderId).length;
      const ids = new Set(arrivals.map(({ event }) => event.orderId));
      expect([...ids].map((id) => [id, told(id)])).toEqual([...ids].map((id) => [id, waitingOf(arrivals, id)]));
    }),
    { numRuns: 200 },
  );
});

/** Of an order that is not a credit note; its event is found by the origin's offset. */
function orderOf(arrivals: readonly Arrival[], origin: unknown): string | undefined {
  return arrivals[Number(String(origin).split(':')[1])]?.event.orderId;
}

/** How many statements of an order wait for it when everything has come. */
function waitingOf(arrivals: readonly Arrival[], orderId: string): number {
  const events = arrivals.map(({ event }) => event).filter((event) => event.orderId === orderId);
  if (events.some(({ status }) => status === 'placed' || status === 'paid')) return 0;
  const waiting = events
    .filter(({ status, amountMinor }) => status !== 'credited' && (status !== 'partially_refunded' || amountMinor > 0))
    .map(({ status, refundId, eventId }) => {
      return status === 'partially_refunded' ? `${status} ${refundId === null ? `by ${eventId}` : refundId}` : status;
    });
  return new Set(waiting).size;
}

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

test('parametersOf takes window and history in ms, the base currency, and the cuts as they are', () => {
  const policy = {
    currency: { base: 'EUR' },
    orders: { historyDays: 1.5 },
    rfm: { ...parameters, windowDays: 0.5 },
  } as unknown as Policy;
  const ledger = { historyMs: 1.5 * DAY_MS, baseCurrency: 'EUR' };
  expect(rfm.parametersOf(policy)).toEqual({ ...parameters, ledger, windowMs: DAY_MS / 2 });
});

describe('golden: CDNOW', () => {
  test.for(['1997-06-30', '1997-12-31'])(
    'every customer has the reference scores at %s, from their own orders',
    (date) => {
      const rows = readTable(`cdnow_sample_${date}.csv.gz`);
      const chosen: RfmParameters = {
        ledger: ledgerRules(400 * DAY_MS),
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
