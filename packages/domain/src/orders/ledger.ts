import type { OrderEvent } from '../events.ts';
import { toBaseMinor } from '../money.ts';
import { Rejection } from '../scores/score.ts';
import type { TimeMs } from '../time.ts';

/** Orders a ledger keeps for one customer; older ones are settled. Bounds a state: 40 kB with ids of ten characters. */
export const ORDERS_MAX = 1_000;

/** Part refunds kept for one order; a further one is refused as `refund-exceeds-order`. Bounds an entry. */
export const PART_REFUNDS_MAX = 100;

/**
 * What is known of one order, as it is stored: a tuple, because most of a customer's facets are orders. Amounts are minor
 * units of the base currency. Elements at the end that say nothing are left out: most orders are the first three.
 */
export type LedgerEntry = readonly [
  /** The order's time: the earliest of `placed` and `paid`. While neither has come: the earliest event's time. */
  at: TimeMs,
  orderId: string,
  /** Null while no `placed` has come. */
  placedMinor: number | null,
  /** Null while no `paid` has come. Wins over `placedMinor`. */
  paidMinor?: number | null,
  /** True once cancelled or refunded whole. */
  undone?: boolean,
  /** Ordered by refundId, null first. */
  partRefunds?: readonly PartRefund[],
];

export type PartRefund = readonly [refundId: string | null, amountMinor: number];

/** A customer's orders, netted: plain JSON, `orders` ascending by (at, orderId). */
export interface OrderLedger {
  readonly orders: readonly LedgerEntry[];
  /** The newest entry settled because there were more than `ORDERS_MAX`; nothing at or before it is accepted again. */
  readonly fullUpTo?: LedgerPosition;
}

export type LedgerPosition = readonly [at: TimeMs, orderId: string];

/** An order that counts: placed or paid, not undone, net of its part refunds. */
export interface StandingOrder {
  readonly orderId: string;
  readonly at: TimeMs;
  /** Minor units of the base currency, at least 0. */
  readonly netMinor: number;
}

export interface AppliedOrder {
  /** The same reference if the event changed nothing (a duplicate). */
  readonly ledger: OrderLedger;
  /** Entries that left the ledger, oldest first, standing or not (`standingOrderOf` tells). No event reaches them again. */
  readonly settled: readonly LedgerEntry[];
}

export const emptyLedger: OrderLedger = { orders: [] };

/**
 * The ledger after an order event, and the entries that are settled by it.
 *
 * First, entries whose time lies before `at - historyMs` are settled, so that the outcome depends on `at` alone and not
 * on when an event last came. Then the event is applied:
 *
 * - Idempotent by (orderId, status, refundId): of two events with the same key the first to arrive counts.
 * - `paid`'s amount wins over `placed`'s; the order's time is the earlier of the two.
 * - `cancelled` and `refunded` undo the whole order; the amount they carry is not read.
 * - `partially_refunded` subtracts. Part refunds that sum to a positive amount undo the order. One of 0 does nothing.
 * - Cancellations and refunds may come before their order: the entry is kept, pending, and nets when the order comes.
 *
 * Last, entries beyond the newest `ORDERS_MAX` are settled.
 *
 * The result is the same bytes for every order of arrival within the history, with three exceptions: two different
 * events with the same key (the first counts); part refunds of more than the order's amount (refused once an amount is
 * known, clamped to the amount if they came before it) or more than `PART_REFUNDS_MAX`; a customer with more than
 * `ORDERS_MAX` orders one of which has several events. An event that comes when its order is already settled opens a
 * new entry, so an order whose `placed` and `paid` lie a whole history apart is taken for two.
 *
 * @param at stream time, ms; the event may have happened before it, or a little after
 * @param historyMs how long an order stays in the ledger, ms
 * @returns `Rejection('too-old')` if the order is not in the ledger and the event is older than what the ledger keeps;
 *   `Rejection('refund-exceeds-order')` if part refunds would exceed the known amount or `PART_REFUNDS_MAX`
 */
export function applyOrder(
  ledger: OrderLedger,
  event: OrderEvent,
  at: TimeMs,
  historyMs: number,
): AppliedOrder | Rejection {
  const historyStart = at - historyMs;
  const expiredCount = countExpired(ledger.orders, historyStart);
  const kept = expiredCount === 0 ? ledger.orders : ledger.orders.slice(expiredCount);

  const index = kept.findIndex((entry) => entry[1] === event.orderId);
  const known = kept[index];
  if (known === undefined && isTooOld(event, historyStart, ledger.fullUpTo)) return new Rejection('too-old');
  const changed = known === undefined ? opened(event) : amended(known, event);
  if (changed instanceof Rejection) return changed;

  if (changed === known || changed === null) {
    if (expiredCount === 0) return { ledger, settled: NONE };
    return { ledger: ledgerOf(kept, ledger.fullUpTo), settled: ledger.orders.slice(0, expiredCount) };
  }
  const others = known === undefined ? kept : kept.toSpliced(index, 1);
  const orders = others.toSpliced(insertionIndex(others, changed), 0, changed);
  return settled(orders, ledger, expiredCount, historyStart);
}

/** The orders that count, ascending by (at, orderId). Cost: linear in the entries. */
export function standingOrders(ledger: OrderLedger): readonly StandingOrder[] {
  const orders: StandingOrder[] = [];
  for (const entry of ledger.orders) {
    const order = standingOrderOf(entry);
    if (order !== null) orders.push(order);
  }
  return orders;
}

/**
 * The entry as an order that counts; null if it is pending, undone or refunded whole in parts. A free order counts.
 * Entries are read by position here: to take them apart costs more, and this runs for every order at every event.
 */
export function standingOrderOf(entry: LedgerEntry): StandingOrder | null {
  const amountMinor = amountOf(entry);
  if (amountMinor === null || entry[4]) return null;
  const netMinor = Math.max(0, amountMinor - refundedMinorOf(entry));
  if (amountMinor > 0 && netMinor === 0) return null;
  return { orderId: entry[1], at: entry[0], netMinor };
}

const NONE: readonly LedgerEntry[] = [];

function ledgerOf(orders: readonly LedgerEntry[], fullUpTo: LedgerPosition | undefined): OrderLedger {
  return fullUpTo === undefined ? { orders } : { orders, fullUpTo };
}

function countExpired(entries: readonly LedgerEntry[], historyStart: number): number {
  const firstKept = entries.findIndex((entry) => entry[0] >= historyStart);
  return firstKept === -1 ? entries.length : firstKept;
}

function isTooOld(event: OrderEvent, historyStart: number, fullUpTo: LedgerPosition | undefined): boolean {
  if (event.occurredAt < historyStart) return true;
  return fullUpTo !== undefined && comparePositions([event.occurredAt, event.orderId], fullUpTo) <= 0;
}

/** The entry that an order's first event opens; null if the event says nothing. */
function opened(event: OrderEvent): LedgerEntry | Rejection | null {
  const blank: LedgerEntry = [event.occurredAt, event.orderId, null];
  const entry = amended(blank, event);
  return entry === blank ? null : entry;
}

/** The entry after an event of its order; the same reference if nothing changes. */
function amended(entry: LedgerEntry, event: OrderEvent): LedgerEntry | Rejection {
  const [heldAt, orderId, placedMinor, paidMinor = null, undone = false, partRefunds = NO_REFUNDS] = entry;
  switch (event.status) {
    case 'placed':
      if (placedMinor !== null) return entry;
      return entryOf(
        orderTime(entry, event),
        orderId,
        toBaseMinor(event.amountMinor, event.rate),
        paidMinor,
        undone,
        partRefunds,
      );
    case 'paid':
      if (paidMinor !== null) return entry;
      return entryOf(
        orderTime(entry, event),
        orderId,
        placedMinor,
        toBaseMinor(event.amountMinor, event.rate),
        undone,
        partRefunds,
      );
    // unify refuses both.
    case 'updated':
    case 'credited':
      return entry;
    case 'cancelled':
    case 'refunded': {
      const at = eventTime(entry, event);
      return undone && at === heldAt ? entry : entryOf(at, orderId, placedMinor, paidMinor, true, partRefunds);
    }
    case 'partially_refunded': {
      const refunds = withPartRefund(entry, partRefunds, event);
      if (refunds instanceof Rejection) return refunds;
      if (refunds === partRefunds) return entry;
      return entryOf(eventTime(entry, event), orderId, placedMinor, paidMinor, undone, refunds);
    }
  }
}

const NO_REFUNDS: readonly PartRefund[] = [];

/** The one form of an entry: the same order is the same bytes. */
function entryOf(
  at: TimeMs,
  orderId: string,
  placedMinor: number | null,
  paidMinor: number | null,
  undone: boolean,
  partRefunds: readonly PartRefund[],
): LedgerEntry {
  if (partRefunds.length > 0) return [at, orderId, placedMinor, paidMinor, undone, partRefunds];
  if (undone) return [at, orderId, placedMinor, paidMinor, undone];
  return paidMinor === null ? [at, orderId, placedMinor] : [at, orderId, placedMinor, paidMinor];
}

/** The order's part refunds after one more; the same reference if it is known or of 0. */
function withPartRefund(
  entry: LedgerEntry,
  partRefunds: readonly PartRefund[],
  event: OrderEvent,
): readonly PartRefund[] | Rejection {
  const { refundId } = event;
  const amountMinor = toBaseMinor(event.amountMinor, event.rate);
  if (amountMinor === 0 || partRefunds.some(([held]) => held === refundId)) return partRefunds;
  const orderMinor = amountOf(entry);
  const exceeds = orderMinor !== null && refundedMinorOf(entry) + amountMinor > orderMinor;
  if (exceeds || partRefunds.length >= PART_REFUNDS_MAX) return new Rejection('refund-exceeds-order');
  const following = partRefunds.findIndex(([held]) => precedes(refundId, held));
  return partRefunds.toSpliced(following === -1 ? partRefunds.length : following, 0, [refundId, amountMinor]);
}

/** The entry's time after `placed` or `paid`: the first of them replaces a pending entry's time. */
function orderTime(entry: LedgerEntry, event: OrderEvent): TimeMs {
  return isPending(entry) || event.occurredAt < entry[0] ? event.occurredAt : entry[0];
}

/** The entry's time after a cancellation or refund, which moves only a pending entry. */
function eventTime(entry: LedgerEntry, event: OrderEvent): TimeMs {
  return isPending(entry) && event.occurredAt < entry[0] ? event.occurredAt : entry[0];
}

function isPending(entry: LedgerEntry): boolean {
  return amountOf(entry) === null;
}

function amountOf(entry: LedgerEntry): number | null {
  return entry[3] ?? entry[2];
}

function refundedMinorOf(entry: LedgerEntry): number {
  let sum = 0;
  for (const refund of entry[5] ?? NO_REFUNDS) sum += refund[1];
  return sum;
}

function precedes(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === null && b !== null;
  return a < b;
}

/** Most orders are the newest, so the search goes from the end. */
function insertionIndex(entries: readonly LedgerEntry[], entry: LedgerEntry): number {
  return entries.findLastIndex((other) => comparePositions(other, entry) < 0) + 1;
}

type Positioned = readonly [at: TimeMs, orderId: string, ...unknown[]];

function comparePositions(a: Positioned, b: Positioned): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] === b[1]) return 0;
  return a[1] < b[1] ? -1 : 1;
}

/** Settles what is beyond the history (the event may have moved its order there), then what is beyond `ORDERS_MAX`. */
function settled(
  orders: readonly LedgerEntry[],
  before: OrderLedger,
  expiredBefore: number,
  historyStart: number,
): AppliedOrder {
  const expired = countExpired(orders, historyStart);
  const surplus = Math.max(0, orders.length - expired - ORDERS_MAX);
  const leaving = expired + surplus;
  const newestSurplus = surplus === 0 ? undefined : orders[leaving - 1];
  const fullUpTo = newestSurplus === undefined ? before.fullUpTo : laterOf(before.fullUpTo, newestSurplus);
  return {
    ledger: ledgerOf(leaving === 0 ? orders : orders.slice(leaving), fullUpTo),
    settled: [...before.orders.slice(0, expiredBefore), ...orders.slice(0, leaving)],
  };
}

function laterOf(a: LedgerPosition | undefined, [at, orderId]: LedgerEntry): LedgerPosition {
  return a !== undefined && comparePositions(a, [at, orderId]) > 0 ? a : [at, orderId];
}
