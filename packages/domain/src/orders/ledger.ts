import type { OrderEvent } from '../events.ts';
import { Rejection } from '../scores/score.ts';
import type { TimeMs } from '../time.ts';

/** Orders a ledger keeps for one customer; older ones are settled. Bounds a state: 100 kB with ids of ten characters. */
export const ORDERS_MAX = 1_000;

/** Part refunds kept for one order; a further one is refused as `refund-exceeds-order`. Bounds an entry. */
export const PART_REFUNDS_MAX = 100;

/** What is known of one order. Amounts are minor units of the base currency. */
export interface LedgerEntry {
  readonly orderId: string;
  /** The order's time: the earliest of `placed` and `paid`. While neither has come: the earliest event's time. */
  readonly at: TimeMs;
  /** Null while no `placed` has come. */
  readonly placedMinor: number | null;
  /** Null while no `paid` has come. Wins over `placedMinor`. */
  readonly paidMinor: number | null;
  /** True once cancelled or refunded whole. */
  readonly undone: boolean;
  /** Ordered by refundId, null first. */
  readonly partRefunds: readonly PartRefund[];
}

export interface PartRefund {
  readonly refundId: string | null;
  readonly amountMinor: number;
}

/** A customer's orders, netted: plain JSON, entries ascending by (at, orderId). */
export interface OrderLedger {
  readonly entries: readonly LedgerEntry[];
  /** The newest entry settled because there were more than `ORDERS_MAX`; nothing at or before it is accepted again. */
  readonly fullUpTo: LedgerPosition | null;
}

export interface LedgerPosition {
  readonly at: TimeMs;
  readonly orderId: string;
}

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

export const emptyLedger: OrderLedger = { entries: [], fullUpTo: null };

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
  const expiredCount = countExpired(ledger.entries, historyStart);
  const kept = expiredCount === 0 ? ledger.entries : ledger.entries.slice(expiredCount);

  const index = kept.findIndex((entry) => entry.orderId === event.orderId);
  const known = kept[index];
  if (known === undefined && isTooOld(event, historyStart, ledger.fullUpTo)) return new Rejection('too-old');
  const changed = known === undefined ? opened(event) : amended(known, event);
  if (changed instanceof Rejection) return changed;

  if (changed === known || changed === null) {
    if (expiredCount === 0) return { ledger, settled: NONE };
    return { ledger: { entries: kept, fullUpTo: ledger.fullUpTo }, settled: ledger.entries.slice(0, expiredCount) };
  }
  const others = known === undefined ? kept : kept.toSpliced(index, 1);
  const entries = others.toSpliced(insertionIndex(others, changed), 0, changed);
  return settled(entries, ledger, expiredCount, historyStart);
}

/** The orders that count, ascending by (at, orderId). Cost: linear in the entries. */
export function standingOrders(ledger: OrderLedger): readonly StandingOrder[] {
  const orders: StandingOrder[] = [];
  for (const entry of ledger.entries) {
    const order = standingOrderOf(entry);
    if (order !== null) orders.push(order);
  }
  return orders;
}

/** The entry as an order that counts; null if it is pending, undone or refunded whole in parts. A free order counts. */
export function standingOrderOf(entry: LedgerEntry): StandingOrder | null {
  const amountMinor = amountOf(entry);
  if (amountMinor === null || entry.undone) return null;
  const netMinor = Math.max(0, amountMinor - refundedMinorOf(entry));
  if (amountMinor > 0 && netMinor === 0) return null;
  return { orderId: entry.orderId, at: entry.at, netMinor };
}

const NONE: readonly LedgerEntry[] = [];

function countExpired(entries: readonly LedgerEntry[], historyStart: number): number {
  const firstKept = entries.findIndex((entry) => entry.at >= historyStart);
  return firstKept === -1 ? entries.length : firstKept;
}

function isTooOld(event: OrderEvent, historyStart: number, fullUpTo: LedgerPosition | null): boolean {
  if (event.occurredAt < historyStart) return true;
  return fullUpTo !== null && comparePositions({ at: event.occurredAt, orderId: event.orderId }, fullUpTo) <= 0;
}

/** The entry that an order's first event opens; null if the event says nothing. */
function opened(event: OrderEvent): LedgerEntry | Rejection | null {
  const blank: LedgerEntry = {
    orderId: event.orderId,
    at: event.occurredAt,
    placedMinor: null,
    paidMinor: null,
    undone: false,
    partRefunds: [],
  };
  const entry = amended(blank, event);
  return entry === blank ? null : entry;
}

/** The entry after an event of its order; the same reference if nothing changes. */
function amended(entry: LedgerEntry, event: OrderEvent): LedgerEntry | Rejection {
  switch (event.status) {
    case 'placed':
      if (entry.placedMinor !== null) return entry;
      return { ...entry, at: orderTime(entry, event), placedMinor: event.amountBaseMinor };
    case 'paid':
      if (entry.paidMinor !== null) return entry;
      return { ...entry, at: orderTime(entry, event), paidMinor: event.amountBaseMinor };
    case 'cancelled':
    case 'refunded': {
      const at = eventTime(entry, event);
      return entry.undone && at === entry.at ? entry : { ...entry, at, undone: true };
    }
    case 'partially_refunded':
      return withPartRefund(entry, event);
  }
}

function withPartRefund(entry: LedgerEntry, event: OrderEvent): LedgerEntry | Rejection {
  const { refundId, amountBaseMinor: amountMinor } = event;
  if (amountMinor === 0 || entry.partRefunds.some((refund) => refund.refundId === refundId)) return entry;
  const orderMinor = amountOf(entry);
  const exceeds = orderMinor !== null && refundedMinorOf(entry) + amountMinor > orderMinor;
  if (exceeds || entry.partRefunds.length >= PART_REFUNDS_MAX) return new Rejection('refund-exceeds-order');
  const following = entry.partRefunds.findIndex((refund) => precedes(refundId, refund.refundId));
  const index = following === -1 ? entry.partRefunds.length : following;
  const partRefunds = entry.partRefunds.toSpliced(index, 0, { refundId, amountMinor });
  return { ...entry, at: eventTime(entry, event), partRefunds };
}

/** The entry's time after `placed` or `paid`: the first of them replaces a pending entry's time. */
function orderTime(entry: LedgerEntry, event: OrderEvent): TimeMs {
  return isPending(entry) || event.occurredAt < entry.at ? event.occurredAt : entry.at;
}

/** The entry's time after a cancellation or refund, which moves only a pending entry. */
function eventTime(entry: LedgerEntry, event: OrderEvent): TimeMs {
  return isPending(entry) && event.occurredAt < entry.at ? event.occurredAt : entry.at;
}

function isPending(entry: LedgerEntry): boolean {
  return amountOf(entry) === null;
}

function amountOf(entry: LedgerEntry): number | null {
  return entry.paidMinor ?? entry.placedMinor;
}

function refundedMinorOf(entry: LedgerEntry): number {
  let sum = 0;
  for (const refund of entry.partRefunds) sum += refund.amountMinor;
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

function comparePositions(a: LedgerPosition, b: LedgerPosition): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.orderId === b.orderId) return 0;
  return a.orderId < b.orderId ? -1 : 1;
}

/** Settles what is beyond the history (the event may have moved its order there), then what is beyond `ORDERS_MAX`. */
function settled(
  entries: readonly LedgerEntry[],
  before: OrderLedger,
  expiredBefore: number,
  historyStart: number,
): AppliedOrder {
  const expired = countExpired(entries, historyStart);
  const surplus = Math.max(0, entries.length - expired - ORDERS_MAX);
  const leaving = expired + surplus;
  const newestSurplus = surplus === 0 ? undefined : entries[leaving - 1];
  return {
    ledger: {
      entries: leaving === 0 ? entries : entries.slice(leaving),
      fullUpTo: newestSurplus === undefined ? before.fullUpTo : laterOf(before.fullUpTo, newestSurplus),
    },
    settled: [...before.entries.slice(0, expiredBefore), ...entries.slice(0, leaving)],
  };
}

function laterOf(a: LedgerPosition | null, { at, orderId }: LedgerPosition): LedgerPosition {
  return a !== null && comparePositions(a, { at, orderId }) > 0 ? a : { at, orderId };
}
