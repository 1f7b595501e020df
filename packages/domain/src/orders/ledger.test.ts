import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OrderEvent } from '../events.ts';
import { Rejection } from '../facets/score.ts';
import { DAY_MS, type TimeMs } from '../time.ts';
import { netCredits, netOrders } from './batch.ts';
import { ORDERS_MAX, PART_REFUNDS_OF_CUSTOMER_MAX, PART_REFUNDS_OF_ORDER_MAX } from './bounds.ts';
import { applyOrder, emptyLedger, type OrderLedger } from './ledger.ts';
import {
  creditMinorOf,
  isWaiting,
  type LedgerEntry,
  originsIn,
  type StandingOrder,
  standingOrderOf,
} from './ledger-entry.ts';
import { BASE_CURRENCY, inCurrency, ledgerRules, orderEvent, orderHistories } from './order-histories.testing.ts';

const HISTORY_MS = 100 * DAY_MS;
const RULES = ledgerRules(HISTORY_MS);
const NOW = (1_000 * DAY_MS) as TimeMs;

interface Folded {
  readonly ledger: OrderLedger;
  readonly settled: readonly LedgerEntry[];
  readonly rejections: readonly string[];
  readonly notes: readonly (string | null)[];
}

function fold(events: readonly OrderEvent[], at: TimeMs = NOW): Folded {
  return foldArrivals(events.map((event) => ({ event, at })));
}

/** Folds as the pipeline does: through JSON, and over values that nobody may change. */
function foldArrivals(arrivals: readonly { event: OrderEvent; at: TimeMs }[]): Folded {
  let ledger = emptyLedger;
  const settled: LedgerEntry[] = [];
  const rejections: string[] = [];
  const notes: (string | null)[] = [];
  for (const { event, at } of arrivals) {
    const applied = applyOrder(frozen(JSON.parse(JSON.stringify(ledger))), event, at, RULES, ORIGIN);
    if (applied instanceof Rejection) rejections.push(applied.reason);
    else {
      ledger = applied.ledger;
      settled.push(...applied.settled);
      notes.push(applied.note);
    }
  }
  return { ledger, settled, rejections, notes };
}

const ORIGIN = 'orders:7';

function standingOrders(ledger: OrderLedger): readonly StandingOrder[] {
  return ledger.orders.flatMap((entry) => standingOrderOf(entry) ?? []);
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
const updated = (orderId: string, amountMinor: number, at = NOW - 500) =>
  orderEvent(orderId, 'updated', at, amountMinor);
const credited = (orderId: string, amountMinor: number, at = NOW - 400) =>
  orderEvent(orderId, 'credited', at, amountMinor);

/** All orders in which the events may come. */
function permutationsOf<T>(list: readonly T[]): readonly (readonly T[])[] {
  if (list.length < 2) return [list];
  return list.flatMap((first, index) => permutationsOf(list.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

function expectNets(events: readonly OrderEvent[], expected: readonly number[]): void {
  for (const permutation of permutationsOf(events)) expect(netsOf(permutation)).toEqual(expected);
}

function creditsOf(events: readonly OrderEvent[]): readonly number[] {
  return fold(events).ledger.orders.flatMap((entry) => creditMinorOf(entry) ?? []);
}

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

describe("an order's amount", () => {
  test('is that of the newest update, late and early ones alike', () => {
    expectNets([placed('a', 500), updated('a', 700, NOW - 20), updated('a', 600, NOW - 30)], [700]);
    expectNets([placed('a', 500), paid('a', 450, NOW), updated('a', 700, NOW - 5_000)], [700]);
  });

  test('is that of the newest payment where no update says it, else that of the newest placing', () => {
    expectNets([placed('a', 900, NOW - 1), paid('a', 500, NOW - 20), paid('a', 400, NOW - 10)], [400]);
    expectNets([placed('a', 500, NOW - 20), placed('a', 400, NOW - 10)], [400]);
  });

  test('is the greater of two that were said of one time, and of equal ones that of the later currency code', () => {
    expectNets([updated('a', 500), updated('a', 600), placed('a', 1)], [600]);
    const inYen = inCurrency(placed('a', 500), 'JPY', '0.5');
    expectNets([inYen, inCurrency(inYen, 'EUR', '3')], [250]);
    expectNets([inYen, placed('a', 500)], [500]);
  });

  test('may be 0 by an update, which leaves a free order', () => {
    expectNets([paid('a', 500), updated('a', 0)], [0]);
  });

  test('is before refunds: an update does not take back what was refunded', () => {
    expectNets([paid('a', 500), partRefund('a', 100, 'r'), updated('a', 450)], [350]);
  });

  test('of an order that was only updated counts when the order comes', () => {
    expectNets([updated('a', 450)], []);
    expectNets([updated('a', 450), placed('a', 500)], [450]);
  });
});

describe("an order's currency", () => {
  const yen = (event: OrderEvent, rate = '0.67') => inCurrency(event, 'JPY', rate);

  test('100 JPY refunded 50 and 50 leave nothing: refunds are netted before conversion', () => {
    expectNets([yen(paid('a', 100)), yen(partRefund('a', 50, 'r1')), yen(partRefund('a', 50, 'r2'))], []);
    expectNets([yen(paid('a', 101)), yen(partRefund('a', 50, 'r1')), yen(partRefund('a', 50, 'r2'))], [1]);
  });

  test('has one rate, that of the first event in it: a refund at another rate leaves nothing either', () => {
    expectNets([yen(paid('a', 1_000)), yen(partRefund('a', 1_000, 'r'), '0.9')], []);
    expectNets([yen(paid('a', 1_000, NOW - 10)), yen(partRefund('a', 500, 'r', NOW - 5), '0.9')], [335]);
    expectNets([yen(paid('a', 1_000, NOW - 10)), yen(cancelled('a', NOW - 20), '0.9')], [900]);
  });

  test('has the rate that was folded first where two events have the same time: here the order of arrival matters', () => {
    const [first, second] = [yen(placed('a', 1_000, NOW), '0.5'), yen(paid('a', 1_000, NOW), '0.25')];
    expect(netsOf([first, second])).toEqual([500]);
    expect(netsOf([second, first])).toEqual([250]);
  });

  test('at a rate of 1 is still its own: what it is refunded later, at another rate, is netted in it', () => {
    expectNets([yen(paid('a', 1_000), '1'), yen(partRefund('a', 999, 'r'), '0.5')], [1]);
  });

  test('of refunds in others matters not: they go through the base, each at its own rate', () => {
    const refunds = [partRefund('a', 100, 'r1'), inCurrency(partRefund('a', 100, 'r2'), 'EUR', '1.08')];
    expectNets([yen(paid('a', 1_000)), ...refunds], [670 - 100 - 108]);
    expectNets([yen(paid('a', 200)), partRefund('a', 134, 'r1')], []);
    expectNets([yen(paid('a', 200)), partRefund('a', 133, 'r1')], [1]);
  });

  test('changes with the update that says the amount', () => {
    const refund = yen(partRefund('a', 100, 'r'));
    expectNets([yen(placed('a', 1_000)), refund, updated('a', 800)], [800 - 67]);
  });

  test('never makes more of an amount than orders may have', () => {
    const most = 1_000_000_000_000;
    expectNets([yen(updated('a', most), '1'), yen(placed('a', 1, NOW - 5_000), '3')], [most]);
  });

  test('whose smallest unit is worth nothing in the base leaves an order that stands', () => {
    expectNets([yen(paid('a', 1), '0.0061')], [0]);
    expectNets([yen(paid('a', 1), '0.0061'), partRefund('a', 1, 'r')], []);
  });
});

describe('a payment and a cancellation', () => {
  test('a payment that happened after the cancellation overrules it, whichever comes first', () => {
    expectNets([placed('a', 500, NOW - 30), cancelled('a', NOW - 20), paid('a', 500, NOW - 10)], [500]);
  });

  test('a cancellation at or after the newest payment undoes the order', () => {
    expectNets([placed('a', 500, NOW - 30), paid('a', 500, NOW - 20), cancelled('a', NOW - 20)], []);
    const newer = [cancelled('a', NOW - 30), paid('a', 500, NOW - 20), cancelled('a', NOW - 10)];
    expectNets(newer, []);
    expectNets([...newer, paid('a', 500, NOW - 5)], [500]);
  });

  test('a whole refund is final', () => {
    expectNets([paid('a', 500, NOW - 20), refunded('a', NOW - 15), paid('a', 500, NOW - 10)], []);
  });

  test('placing an order again does not take its cancellation back', () => {
    expectNets([placed('a', 500, NOW - 30), cancelled('a', NOW - 20), placed('a', 500, NOW - 10)], []);
  });
});

describe('part refunds', () => {
  test('beyond the amount are clamped, not refused, whenever they come', () => {
    const events = [placed('a', 500), partRefund('a', 300, 'r1'), partRefund('a', 201, 'r2')];
    for (const permutation of permutationsOf(events)) expect(fold(permutation).rejections).toEqual([]);
    expectNets(events, []);
    expectNets([placed('a', 2_750), partRefund('a', 3_000, 'r')], []);
  });

  test('are kept as they came: an amount that grows counts what they leave of it', () => {
    expectNets([placed('a', 500), partRefund('a', 700, 'r'), updated('a', 1_000)], [300]);
  });

  test('beyond a free order leave it standing', () => {
    expectNets([paid('a', 0), partRefund('a', 5, 'r')], [0]);
  });

  test('without refundId are told apart by eventId', () => {
    const again = { ...partRefund('a', 100, null), eventId: 'again' };
    expectNets([placed('a', 500), partRefund('a', 100, null), again], [300]);
    expectNets([placed('a', 500), again, again], [400]);
  });

  test('with the id of another refund’s event are others', () => {
    const named = { ...partRefund('a', 100, null), eventId: 'x' };
    expectNets([placed('a', 500), named, partRefund('a', 50, 'x')], [350]);
  });

  test('of one refundId count as the newest says', () => {
    expectNets([placed('a', 500), partRefund('a', 100, 'r', NOW - 20), partRefund('a', 80, 'r', NOW - 10)], [420]);
  });

  test('are a hundred an order at most: the next is refused, and one of them again is not', () => {
    const parts = Array.from({ length: PART_REFUNDS_OF_ORDER_MAX + 1 }, (_, index) => partRefund('a', 1, `r${index}`));
    const { ledger, rejections } = fold([placed('a', 500), ...parts, ...parts.slice(0, PART_REFUNDS_OF_ORDER_MAX)]);
    expect(rejections).toEqual(['too-many-refunds']);
    expect(standingOrders(ledger).map((order) => order.netMinor)).toEqual([500 - PART_REFUNDS_OF_ORDER_MAX]);
  });

  test('are two thousand a customer at most: the next is refused, whatever its order, until an order of them is forgotten', () => {
    const refunds = Array.from({ length: PART_REFUNDS_OF_CUSTOMER_MAX }, (_, index) =>
      partRefund(`o${index % 40}`, 1, `r${index}`, NOW + (index % 40)),
    );
    const further = [partRefund('o0', 1, 'further'), partRefund('other', 1, 'further')];
    const ledger = [placed('o0', 500), ...refunds].reduce((before, event) => {
      const applied = applyOrder(before, event, NOW, RULES, ORIGIN);
      return applied instanceof Rejection ? before : applied.ledger;
    }, emptyLedger);
    for (const event of further) {
      expect(applyOrder(ledger, event, NOW, RULES, ORIGIN)).toEqual(new Rejection('too-many-refunds'));
    }
    const repeat = applyOrder(ledger, refunds[0] ?? partRefund('', 0, ''), NOW, RULES, ORIGIN);
    expect(repeat).toMatchObject({ note: 'repeat' });
    const later = (NOW + HISTORY_MS) as TimeMs;
    const room = applyOrder(ledger, partRefund('other', 1, 'further', later), later, RULES, ORIGIN);
    expect(room).toHaveProperty('settled.length', 1);
  });

  test('of 0 leave no trace', () => {
    expect(fold([partRefund('a', 0, 'r')]).ledger).toEqual(emptyLedger);
    expect(fold([placed('a', 5), inCurrency(partRefund('a', 0, 'r'), 'JPY', '2')])).toMatchObject({
      ledger: fold([placed('a', 5)]).ledger,
      notes: [null, 'zero-refund'],
    });
  });
});

describe('a credit note', () => {
  test('is no order, and takes its amount off', () => {
    const events = [placed('a', 500), credited('c', 120)];
    expect(netsOf(events)).toEqual([500]);
    expect(creditsOf(events)).toEqual([120]);
  });

  test('counts once by its id, as the newest says, in its own currency at the rate of its first event', () => {
    const first = inCurrency(credited('c', 100, NOW - 20), 'JPY', '0.5');
    const second = inCurrency(credited('c', 300, NOW - 10), 'JPY', '0.9');
    for (const events of permutationsOf([first, second, first])) expect(creditsOf(events)).toEqual([150]);
    expect(creditsOf([first, credited('c', 0, NOW)])).toEqual([0]);
  });

  test('with the id of an order is told from it', () => {
    const events = [placed('a', 500, NOW), credited('a', 120, NOW), partRefund('a', 100, 'r', NOW)];
    for (const permutation of permutationsOf(events)) {
      expect(netsOf(permutation)).toEqual([400]);
      expect(creditsOf(permutation)).toEqual([120]);
      expect(fold(permutation).ledger).toEqual(fold(events).ledger);
    }
  });

  test('leaves the ledger by its own time', () => {
    const at = (NOW + HISTORY_MS) as TimeMs;
    const gone = foldArrivals([
      { event: credited('c', 5, NOW - 1), at: NOW },
      { event: placed('a', 5, at), at },
    ]);
    expect(gone.settled.map(creditMinorOf)).toEqual([5]);
    expect(fold([credited('c', 5, NOW - HISTORY_MS - 1)]).rejections).toEqual(['too-old']);
  });
});

describe('duplicates', () => {
  test('a duplicate gives back the very same ledger', () => {
    const events = [
      ...[placed('a', 400), paid('a', 400), updated('a', 400), partRefund('a', 9, 'r'), cancelled('a')],
      ...[inCurrency(partRefund('a', 9, 'yen'), 'JPY', '2'), credited('c', 5), updated('waits', 5), refunded('a')],
    ];
    const { ledger } = fold(events);
    for (const event of events) {
      const applied = applyOrder(ledger, { ...event, eventId: 'again' }, NOW, RULES, 'orders:8');
      expect(applied).toEqual({ ledger, settled: [], note: 'repeat' });
      expect(applied).toHaveProperty(
        'ledger',
        expect.toSatisfy((same) => same === ledger),
      );
    }
  });

  test('of an amount that does not count any more gives it back, too', () => {
    const { ledger, notes } = fold([placed('a', 500), paid('a', 450), placed('a', 500)]);
    expect(ledger).toEqual(fold([placed('a', 500), paid('a', 450)]).ledger);
    expect(notes).toEqual([null, null, 'superseded-amount']);
  });
});

describe('what changed less than it says has a note', () => {
  const noteOnLast = (...events: readonly OrderEvent[]) => fold(events).notes.at(-1);

  test('none where all of it counts', () => {
    const life = [placed('a', 500), paid('a', 500), updated('a', 450), partRefund('a', 9, 'r'), cancelled('a', NOW)];
    expect(fold([...life, paid('a', 450, NOW + 1), refunded('a'), credited('c', 5)]).notes).toEqual(
      Array.from({ length: 8 }, () => null),
    );
    expect(noteOnLast(paid('a', 500), placed('a', 500))).toBeNull();
  });

  test('superseded-amount: an amount that does not count, at once or any more', () => {
    expect(noteOnLast(paid('a', 450), placed('a', 500))).toBe('superseded-amount');
    expect(noteOnLast(placed('a', 500, NOW), placed('a', 400, NOW - 1))).toBe('superseded-amount');
    expect(noteOnLast(placed('a', 500), updated('a', 400), paid('a', 500))).toBe('superseded-amount');
    expect(noteOnLast(placed('a', 500), updated('a', 400, NOW), updated('a', 300, NOW - 1))).toBe('superseded-amount');
    expect(noteOnLast(placed('a', 500), partRefund('a', 9, 'r', NOW), partRefund('a', 8, 'r'))).toBe(
      'superseded-amount',
    );
    expect(noteOnLast(credited('c', 9, NOW), credited('c', 8))).toBe('superseded-amount');
  });

  test('already-undone: whatever comes for an order that is undone and stays so', () => {
    for (const undoing of [cancelled('a', NOW - 50), refunded('a')]) {
      const more = [cancelled('a', NOW), partRefund('a', 5, 'r'), updated('a', 9), placed('a', 500, NOW - 2_000)];
      for (const event of more) expect(noteOnLast(placed('a', 500), undoing, event)).toBe('already-undone');
      expect(noteOnLast(undoing, placed('a', 500))).toBe('already-undone');
    }
    const partly = [placed('a', 500), partRefund('a', 500, 'r1')];
    expect(noteOnLast(...partly, partRefund('a', 5, 'r2'))).toBe('already-undone');
    expect(noteOnLast(placed('a', 500), cancelled('a', NOW), cancelled('a', NOW - 1))).toBe('already-undone');
    expect(noteOnLast(placed('a', 500), refunded('a'), paid('a', 500, NOW))).toBe('already-undone');
  });

  test('overruled-cancellation: a cancellation before the newest payment', () => {
    expect(noteOnLast(paid('a', 500, NOW), cancelled('a', NOW - 1))).toBe('overruled-cancellation');
    const overruled = [paid('a', 500, NOW), cancelled('a', NOW - 1)];
    expect(noteOnLast(...overruled, cancelled('a', NOW - 2))).toBe('overruled-cancellation');
  });

  test('refund-clamped: part refunds beyond the amount, by the refund or by the amount that comes after it', () => {
    expect(noteOnLast(placed('a', 500), partRefund('a', 501, 'r'))).toBe('refund-clamped');
    expect(noteOnLast(placed('a', 500), partRefund('a', 500, 'r'))).toBeNull();
    expect(noteOnLast(partRefund('a', 501, 'r'), placed('a', 500))).toBe('refund-clamped');
    expect(noteOnLast(placed('a', 500), partRefund('a', 400, 'r'), updated('a', 399))).toBe('refund-clamped');
    expect(noteOnLast(paid('a', 0), partRefund('a', 1, 'r'))).toBe('refund-clamped');
  });

  test('zero-refund: a part refund or a credit note of nothing', () => {
    expect(noteOnLast(placed('a', 500), partRefund('a', 0, 'r'))).toBe('zero-refund');
    expect(noteOnLast(credited('c', 0))).toBe('zero-refund');
  });

  test('waits-for-order: what comes for an order that has not come', () => {
    for (const event of [cancelled('a'), refunded('a'), updated('a', 5), partRefund('a', 5, 'r')]) {
      expect(noteOnLast(event)).toBe('waits-for-order');
      expect(noteOnLast(placed('a', 500), event)).toBeNull();
    }
  });
});

describe('what waits for its order', () => {
  const stored = (...events: readonly OrderEvent[]) => fold(events).ledger.orders.map(originsIn);

  test('keeps the origins of its events, each once, until the order comes', () => {
    const events = [partRefund('a', 5, 'r1'), partRefund('a', 6, 'r2'), updated('a', 9), refunded('a'), cancelled('a')];
    expect(stored(...events, ...events)).toEqual([Array.from(events, () => ORIGIN)]);
    const { orders } = fold([...events, placed('a', 500)]).ledger;
    expect(orders.map(isWaiting)).toEqual([false]);
    expect(JSON.stringify(orders)).not.toContain(ORIGIN);
  });

  test('leaves a history after the newest of it', () => {
    const at = (NOW + HISTORY_MS) as TimeMs;
    const arrivals = [
      { event: partRefund('a', 5, 'r1', NOW - 10), at: NOW },
      { event: partRefund('a', 6, 'r2', NOW), at: NOW },
      { event: partRefund('a', 7, 'r3', NOW - 20), at: NOW },
      { event: placed('b', 1, at), at },
    ];
    expect(foldArrivals(arrivals).settled).toEqual([]);
    const later = foldArrivals([...arrivals, { event: placed('c', 1, at + 1), at: (at + 1) as TimeMs }]);
    expect(later.settled.map(([, orderId]) => orderId)).toEqual(['a']);
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

  test('an order that counts is not moved out of the history: a placing or payment from before it is refused', () => {
    for (const sale of [placed, paid]) {
      const events = [paid('a', 5, NOW - HISTORY_MS), sale('a', 7, NOW - HISTORY_MS - 1)];
      for (const permutation of permutationsOf(events)) {
        const { ledger, settled, rejections } = fold(permutation);
        expect(rejections).toEqual(['too-old']);
        expect(settled).toEqual([]);
        expect(standingOrders(ledger)).toEqual([{ orderId: 'a', at: NOW - HISTORY_MS, netMinor: 5 }]);
      }
    }
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
    const newest = netOrders(events, BASE_CURRENCY).slice(-ORDERS_MAX);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        let ledger = emptyLedger;
        let gone = 0;
        for (const event of shuffled) {
          const applied = applyOrder(ledger, event, NOW, RULES);
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
      expect(applyOrder(ledger, event, NOW, RULES)).toEqual(new Rejection('too-old'));
    }
    expect(applyOrder(ledger, paid('z', 1, NOW), NOW, RULES)).not.toBeInstanceOf(Rejection);
  });

  test('never goes back in what it refuses, not even when an order moves to an older time and is settled', () => {
    const moved = applyOrder(ledger, placed(`o${ORDERS_MAX}`, 1, NOW - 50), NOW, RULES);
    if (moved instanceof Rejection) throw new TypeError('expected the order to move');
    const next = applyOrder(moved.ledger, paid('z', 1, NOW + 5_000), NOW, RULES);
    if (next instanceof Rejection) throw new TypeError('expected room for one more');
    expect(next.settled.map(([, orderId]) => orderId)).toEqual([`o${ORDERS_MAX}`]);
    expect(next.ledger.fullUpTo).toEqual([NOW, 'o0']);
  });
});

describe('in the store', () => {
  const storedAs = (...events: readonly OrderEvent[]) => JSON.stringify(fold(events).ledger.orders);
  const at = NOW - 1_000;

  test('an order is as long as what is known of it', () => {
    const late = NOW - 600;
    expect(storedAs(placed('a', 500))).toBe(`[[${at},"a",500]]`);
    expect(storedAs(paid('a', 500))).toBe(`[[${NOW - 900},"a",500,0]]`);
    expect(storedAs(placed('a', 500), paid('a', 450))).toBe(`[[${at},"a",450,100]]`);
    expect(storedAs(credited('a', 500))).toBe(`[[${NOW - 400},"a",500,"credit"]]`);
    expect(storedAs(placed('a', 500), cancelled('a', late))).toBe(
      `[[${at},"a",null,null,{"amountMinor":500,"cancelledAt":${late}}]]`,
    );
    expect(storedAs(placed('a', 500), refunded('a'))).toBe(
      `[[${at},"a",null,null,{"amountMinor":500,"refunded":true}]]`,
    );
    expect(storedAs(placed('a', 500), updated('a', 400, late))).toBe(`[[${at},"a",400,null,{"updatedAt":${late}}]]`);
    expect(storedAs(placed('a', 500), placed('a', 400, late))).toBe(`[[${at},"a",400,null,{"placedAt":${late}}]]`);
    expect(storedAs(placed('a', 500), partRefund('a', 9, 'r'), partRefund('a', 1, null))).toBe(
      `[[${at},"a",490,null,{"amountMinor":500,"refunds":[["e:a/partially_refunded//${late}",${late},1],["r:r",${late},9]]}]]`,
    );
    expect(storedAs(partRefund('a', 9, 'r'))).toBe(
      `[[${late},"a",null,null,{"refunds":[["r:r",${late},9,null,null,"orders:7"]],"waiting":[]}]]`,
    );
  });

  test('a currency and its rates are there only where they are not those of the base', () => {
    const inYen = inCurrency(placed('a', 500), 'JPY', '0.67');
    expect(storedAs(inYen)).toBe(
      `[[${at},"a",335,null,{"amountMinor":500,"currency":"JPY","rates":[["JPY","0.67"]]}]]`,
    );
    const refund = inCurrency(partRefund('a', 9, 'r'), 'JPY', '0.7');
    expect(storedAs(placed('a', 500), refund)).toBe(
      `[[${at},"a",494,null,{"amountMinor":500,"refunds":[["r:r",${NOW - 600},9,"JPY","0.7"]],"rates":[["JPY","0.7",${NOW - 600}]]}]]`,
    );
  });

  test('a ledger that was never full says nothing of it', () => {
    expect(Object.keys(fold([placed('a', 500)]).ledger)).toEqual(['orders']);
  });
});

describe('incremental equals batch', () => {
  test('for any arrival within the history: shuffled, repeated, late, in any currency, refunds before orders', () => {
    fc.assert(
      fc.property(orderHistories(fc, HISTORY_MS, 3 * HISTORY_MS), (arrivals) => {
        const events = arrivals.map(({ event }) => event);
        const { ledger, settled, rejections } = foldArrivals(arrivals);
        const entries = [...settled, ...ledger.orders];
        const standing = entries.flatMap((entry) => standingOrderOf(entry) ?? []);
        standing.sort((a, b) => a.at - b.at || (a.orderId < b.orderId ? -1 : 1));
        expect(rejections).toEqual([]);
        expect(standing).toEqual(netOrders(events, BASE_CURRENCY));
        const credits = entries.flatMap((entry) => {
          const minor = creditMinorOf(entry);
          return minor === null ? [] : [{ at: entry[0], minor }];
        });
        const inOrder = (a: { at: number; minor: number }, b: typeof a) => a.at - b.at || a.minor - b.minor;
        expect(credits.sort(inOrder)).toEqual(netCredits(events, BASE_CURRENCY).toSorted(inOrder));
      }),
      { numRuns: 400 },
    );
  });

  test('and the ledger is the same bytes', () => {
    const shuffledTwice = orderHistories(fc, HISTORY_MS, HISTORY_MS / 2, 'occurrence').chain((arrivals) => {
      const events = arrivals.map(({ event }) => event);
      return fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length }));
    });
    fc.assert(
      fc.property(shuffledTwice, ([events, shuffled]) => {
        const at = HISTORY_MS as TimeMs;
        expect(JSON.stringify(fold(shuffled, at).ledger)).toBe(JSON.stringify(fold(events, at).ledger));
      }),
      { numRuns: 200 },
    );
  });
});
