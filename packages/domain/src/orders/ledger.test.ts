import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderEvent } from '../events.ts';
import { Rejection } from '../scores/score.ts';
import { DAY_MS, type TimeMs } from '../time.ts';
import { netOrders } from './batch.ts';
import {
  applyOrder,
  emptyLedger,
  type LedgerEntry,
  ORDERS_MAX,
  type OrderLedger,
  PART_REFUNDS_MAX,
  type StandingOrder,
  standingOrderOf,
  standingOrders,
} from './ledger.ts';
import { orderEvent, orderHistories } from './order-histories.testing.ts';

const HISTORY_MS = 100 * DAY_MS;
const NOW = (1_000 * DAY_MS) as TimeMs;

interface Folded {
  readonly ledger: OrderLedger;
  readonly settled: readonly LedgerEntry[];
  readonly rejections: readonly string[];
}

function fold(events: readonly OrderEvent[], at: TimeMs = NOW): Folded {
  return foldArrivals(events.map((event) => ({ event, at })));
}

/** Folds as the pipeline does: through JSON, and over values that nobody may change. */
function foldArrivals(arrivals: readonly { event: OrderEvent; at: TimeMs }[]): Folded {
  let ledger = emptyLedger;
  const settled: LedgerEntry[] = [];
  const rejections: string[] = [];
  for (const { event, at } of arrivals) {
    const applied = applyOrder(frozen(JSON.parse(JSON.stringify(ledger))), event, at, HISTORY_MS);
    if (applied instanceof Rejection) rejections.push(applied.reason);
    else {
      ledger = applied.ledger;
      settled.push(...applied.settled);
    }
  }
  return { ledger, settled, rejections };
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

function netsOf(events: readonly OrderEvent[], at: TimeMs = NOW): readonly number[] {
  return standingOrders(fold(events, at).ledger).map((order) => order.netMinor);
}

const placed = (orderId: string, amountMinor: number, at = NOW - 1_000) =>
  orderEvent(orderId, 'placed', at, amountMinor);
const paid = (orderId: string, amountMinor: number, at = NOW - 900) => orderEvent(orderId, 'paid', at, amountMinor);
const cancelled = (orderId: string, at = NOW - 800) => orderEvent(orderId, 'cancelled', at);
const refunded = (orderId: string, at = NOW - 700) => orderEvent(orderId, 'refunded', at);
const partRefund = (orderId: string, amountMinor: number, refundId: string | null, at = NOW - 600) =>
  orderEvent(orderId, 'partially_refunded', at, amountMinor, refundId);

describe('what stands', () => {
  test('an order stands once placed or paid', () => {
    expect(netsOf([placed('a', 500)])).toEqual([500]);
    expect(netsOf([paid('a', 500)])).toEqual([500]);
  });

  test('the paid amount wins over the placed one, whichever comes first', () => {
    expect(netsOf([placed('a', 500), paid('a', 450)])).toEqual([450]);
    expect(netsOf([paid('a', 450), placed('a', 500)])).toEqual([450]);
  });

  test("an order's time is the earlier of placed and paid, whichever comes first", () => {
    const [early, late] = [placed('a', 500, NOW - 20), paid('a', 500, NOW - 10)];
    for (const events of [
      [early, late],
      [late, early],
    ]) {
      expect(standingOrders(fold(events).ledger)).toEqual([{ orderId: 'a', at: NOW - 20, netMinor: 500 }]);
    }
  });

  test("an order's time is not moved by its refunds, even if they happened before it", () => {
    const [refund, order] = [partRefund('a', 1, 'r', NOW - 20), paid('a', 500, NOW - 10)];
    for (const events of [
      [refund, order],
      [order, refund],
    ]) {
      expect(standingOrders(fold(events).ledger)).toEqual([{ orderId: 'a', at: NOW - 10, netMinor: 499 }]);
    }
  });

  test('a cancellation and a refund undo the whole order, before or after it, whatever amount they carry', () => {
    const partlyNamed = orderEvent('a', 'refunded', NOW - 5, 1);
    for (const undoing of [cancelled('a'), refunded('a'), partlyNamed]) {
      expect(netsOf([placed('a', 500), undoing])).toEqual([]);
      expect(netsOf([undoing, placed('a', 500)])).toEqual([]);
    }
  });

  test('part refunds subtract, each refund once', () => {
    const events = [
      placed('a', 500),
      partRefund('a', 100, 'r1'),
      partRefund('a', 50, 'r2'),
      partRefund('a', 100, 'r1'),
    ];
    expect(netsOf(events)).toEqual([350]);
  });

  test('part refunds of the whole amount undo the order', () => {
    expect(netsOf([placed('a', 500), partRefund('a', 200, 'r1'), partRefund('a', 300, 'r2')])).toEqual([]);
  });

  test('an order of amount 0 stands, and a part refund of 0 leaves it standing', () => {
    expect(netsOf([placed('a', 0)])).toEqual([0]);
    expect(netsOf([placed('a', 0), partRefund('a', 0, null)])).toEqual([0]);
    expect(netsOf([paid('a', 0), placed('a', 500)])).toEqual([0]);
  });

  test('orders are listed by time, then by id', () => {
    const events = [placed('c', 1, 9 + NOW), placed('b', 2, 5 + NOW), placed('a', 3, 9 + NOW), placed('d', 4, 1 + NOW)];
    expect(standingOrders(fold(events).ledger).map((order) => order.orderId)).toEqual(['d', 'b', 'a', 'c']);
  });
});

describe('refunds beyond the amount: here the order of arrival matters', () => {
  test('a part refund beyond what is left of a known order is refused, and the ledger stays', () => {
    const { ledger, rejections } = fold([placed('a', 500), partRefund('a', 300, 'r1'), partRefund('a', 201, 'r2')]);
    expect(rejections).toEqual(['refund-exceeds-order']);
    expect(standingOrders(ledger).map((order) => order.netMinor)).toEqual([200]);
  });

  test('part refunds that came before the order are clamped to its amount', () => {
    const { ledger, rejections } = fold([partRefund('a', 300, 'r1'), partRefund('a', 201, 'r2'), placed('a', 500)]);
    expect(rejections).toEqual([]);
    expect(standingOrders(ledger)).toEqual([]);
  });

  test('an amount that shrinks below the part refunds clamps them too', () => {
    expect(netsOf([placed('a', 500), partRefund('a', 300, 'r1'), paid('a', 200)])).toEqual([]);
  });

  test('a net amount lies between 0 and the amount, in any order of any part refunds', () => {
    const refunds = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 6 });
    fc.assert(
      fc.property(refunds, fc.integer({ min: 0, max: 500 }), fc.nat(6), (amounts, orderMinor, position) => {
        const parts = amounts.map((amountMinor, index) => partRefund('a', amountMinor, `r${index}`));
        const { ledger, rejections } = fold(parts.toSpliced(position, 0, placed('a', orderMinor)));
        const before = amounts.slice(0, position).reduce((sum, amountMinor) => sum + amountMinor, 0);
        const all = amounts.reduce((sum, amountMinor) => sum + amountMinor, 0);
        const net = standingOrders(ledger)[0]?.netMinor ?? 0;
        expect(net).toBeGreaterThanOrEqual(Math.max(0, orderMinor - all));
        expect(net).toBeLessThanOrEqual(Math.max(0, orderMinor - before));
        if (all <= orderMinor) expect([net, rejections]).toEqual([orderMinor - all, []]);
      }),
    );
  });

  test(`an order keeps ${PART_REFUNDS_MAX} part refunds and refuses the next`, () => {
    const parts = Array.from({ length: PART_REFUNDS_MAX + 1 }, (_, index) => partRefund('a', 1, `r${index}`));
    const { ledger, rejections } = fold([placed('a', 500), ...parts]);
    expect(rejections).toEqual(['refund-exceeds-order']);
    expect(standingOrders(ledger).map((order) => order.netMinor)).toEqual([500 - PART_REFUNDS_MAX]);
  });
});

describe('duplicates', () => {
  test('a duplicate gives back the very same ledger', () => {
    const events = [placed('a', 500), paid('a', 450), partRefund('a', 9, null), cancelled('a'), refunded('a')];
    const { ledger } = fold(events);
    for (const event of events) {
      const applied = applyOrder(ledger, { ...event, eventId: 'again' }, NOW, HISTORY_MS);
      expect(applied).toEqual({ ledger, settled: [] });
      expect(applied).toHaveProperty(
        'ledger',
        expect.toSatisfy((same) => same === ledger),
      );
    }
  });

  test('of two events with the same order, status and refund the first counts: here the order of arrival matters', () => {
    expect(netsOf([placed('a', 500), placed('a', 700)])).toEqual([500]);
    expect(netsOf([placed('a', 500), partRefund('a', 10, 'r'), partRefund('a', 20, 'r')])).toEqual([490]);
  });

  test('a part refund of 0 leaves no trace', () => {
    expect(fold([partRefund('a', 0, 'r')]).ledger).toEqual(emptyLedger);
  });
});

describe('what is settled', () => {
  test('an order stays for exactly the history, then is handed back with the next event', () => {
    const first = placed('a', 500, NOW);
    const atEnd = foldArrivals([
      { event: first, at: NOW },
      { event: placed('b', 1, NOW + HISTORY_MS), at: (NOW + HISTORY_MS) as TimeMs },
    ]);
    expect(atEnd.settled).toEqual([]);
    const after = foldArrivals([
      { event: first, at: NOW },
      { event: placed('b', 1, NOW + HISTORY_MS), at: (NOW + HISTORY_MS + 1) as TimeMs },
    ]);
    expect(after.settled.map(standingOrderOf)).toEqual([{ orderId: 'a', at: NOW, netMinor: 500 }]);
    expect(standingOrders(after.ledger).map((order) => order.orderId)).toEqual(['b']);
  });

  test('a duplicate settles too, and so does an event of the order that is settled by it', () => {
    const arrivals = [
      { event: placed('a', 1, NOW), at: NOW },
      { event: placed('b', 2, NOW + 10), at: NOW },
    ];
    const again = foldArrivals([
      ...arrivals,
      { event: placed('b', 2, NOW + 10), at: (NOW + HISTORY_MS + 5) as TimeMs },
    ]);
    expect([again.settled.length, again.ledger.orders.length]).toEqual([1, 1]);
    const late = foldArrivals([...arrivals, { event: cancelled('a', NOW + 20), at: (NOW + HISTORY_MS + 5) as TimeMs }]);
    expect(late.settled.map(standingOrderOf)).toEqual([{ orderId: 'a', at: NOW, netMinor: 1 }]);
  });

  test('an event that moves its order out of the history settles it', () => {
    const { ledger, settled } = fold([paid('a', 5, NOW - HISTORY_MS), placed('a', 5, NOW - HISTORY_MS - 1)]);
    expect(ledger.orders).toEqual([]);
    expect(settled.map(standingOrderOf)).toEqual([{ orderId: 'a', at: NOW - HISTORY_MS - 1, netMinor: 5 }]);
  });

  test('an event older than the history is refused, unless its order is there', () => {
    expect(fold([placed('a', 5, NOW - HISTORY_MS)]).rejections).toEqual([]);
    expect(fold([placed('a', 5, NOW - HISTORY_MS - 1)]).rejections).toEqual(['too-old']);
    expect(fold([cancelled('a', NOW - HISTORY_MS - 1)]).rejections).toEqual(['too-old']);
    expect(fold([paid('a', 5), cancelled('a', NOW - HISTORY_MS - 1)]).rejections).toEqual([]);
  });

  test(`the newest ${ORDERS_MAX} orders stay, whatever the order of arrival; older ones are settled, then refused`, () => {
    const events = Array.from({ length: ORDERS_MAX + 10 }, (_, index) =>
      placed(`o${index}`, 1, NOW - 5 * (index >> 1)),
    );
    const newest = netOrders(events).slice(-ORDERS_MAX);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        let ledger = emptyLedger;
        let gone = 0;
        for (const event of shuffled) {
          const applied = applyOrder(ledger, event, NOW, HISTORY_MS);
          if (applied instanceof Rejection) expect(applied.reason).toBe('too-old');
          else ledger = applied.ledger;
          gone += applied instanceof Rejection ? 1 : applied.settled.length;
        }
        expect(standingOrders(ledger)).toEqual(newest);
        expect(gone).toBe(10);
      }),
      { numRuns: 5 },
    );
  });
});

describe('a full ledger', () => {
  const fill = Array.from({ length: ORDERS_MAX + 1 }, (_, index) => paid(`o${index}`, 1, NOW + index));
  const { ledger, settled } = foldArrivals(fill.map((event) => ({ event, at: NOW })));

  test('hands back the oldest order, and refuses it and what is older for ever', () => {
    expect(settled.map(([, orderId]) => orderId)).toEqual(['o0']);
    for (const event of [fill[0] ?? paid('', 0), cancelled('o0', NOW), paid('z', 1, NOW - 1), paid('a', 1, NOW)]) {
      expect(applyOrder(ledger, event, NOW, HISTORY_MS)).toEqual(new Rejection('too-old'));
    }
    expect(applyOrder(ledger, paid('z', 1, NOW), NOW, HISTORY_MS)).not.toBeInstanceOf(Rejection);
  });

  test('never goes back in what it refuses, not even when an order moves to an older time and is settled', () => {
    const moved = applyOrder(ledger, placed(`o${ORDERS_MAX}`, 1, NOW - 50), NOW, HISTORY_MS);
    if (moved instanceof Rejection) throw new TypeError('expected the order to move');
    const next = applyOrder(moved.ledger, paid('z', 1, NOW + 5_000), NOW, HISTORY_MS);
    if (next instanceof Rejection) throw new TypeError('expected room for one more');
    expect(next.settled.map(([, orderId]) => orderId)).toEqual([`o${ORDERS_MAX}`]);
    expect(next.ledger.fullUpTo).toEqual([NOW, 'o0']);
  });
});

describe('in the store', () => {
  const storedAs = (...events: readonly OrderEvent[]) => JSON.stringify(fold(events).ledger.orders);
  const at = NOW - 1_000;

  test('an order is as long as what is known of it', () => {
    expect(storedAs(placed('a', 500))).toBe(`[[${at},"a",500]]`);
    expect(storedAs(placed('a', 500), paid('a', 450))).toBe(`[[${at},"a",500,450]]`);
    expect(storedAs(placed('a', 500), cancelled('a'))).toBe(`[[${at},"a",500,null,true]]`);
    expect(storedAs(placed('a', 500), partRefund('a', 9, 'r'), partRefund('a', 1, null))).toBe(
      `[[${at},"a",500,null,false,[[null,1],["r",9]]]]`,
    );
  });

  test('a ledger that was never full says nothing of it', () => {
    expect(Object.keys(fold([placed('a', 500)]).ledger)).toEqual(['orders']);
  });
});

describe('incremental equals batch', () => {
  const batchOf = (events: readonly OrderEvent[]): readonly StandingOrder[] => netOrders(events);

  test('for any arrival within the history: shuffled, repeated, late, refunds before orders', () => {
    fc.assert(
      fc.property(orderHistories(fc, HISTORY_MS, 3 * HISTORY_MS), (arrivals) => {
        const { ledger, settled, rejections } = foldArrivals(arrivals);
        const standing = [...settled.map(standingOrderOf).filter((order) => order !== null), ...standingOrders(ledger)];
        standing.sort((a, b) => a.at - b.at || (a.orderId < b.orderId ? -1 : 1));
        expect(rejections).toEqual([]);
        expect(standing).toEqual(batchOf(arrivals.map(({ event }) => event)));
      }),
      { numRuns: 1_000 },
    );
  });

  test('and the ledger is the same bytes', () => {
    const shuffledTwice = orderHistories(fc, HISTORY_MS, HISTORY_MS / 2).chain((arrivals) => {
      const events = arrivals.map(({ event }) => event);
      return fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }));
    });
    fc.assert(
      fc.property(shuffledTwice, ([events, shuffled]) => {
        const at = HISTORY_MS as TimeMs;
        expect(JSON.stringify(fold(shuffled, at).ledger)).toBe(JSON.stringify(fold(events, at).ledger));
      }),
      { numRuns: 500 },
    );
  });
});
