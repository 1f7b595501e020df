import type { OrderEvent } from '../events.ts';
import { type EffectNote, Rejection } from '../facets/score.ts';
import type { CommonPolicy } from '../policy.ts';
import { DAY_MS, type TimeMs } from '../time.ts';
import { ORDERS_MAX, PART_REFUNDS_OF_CUSTOMER_MAX } from './bounds.ts';
import { effectNoteOf } from './effect.ts';
import { countPartRefunds, entryOf, type LedgerEntry, orderOf } from './ledger-entry.ts';
import { type Order, unknownOrder, withEvent } from './order.ts';

/** What of the policy is the same in every ledger. */
export interface LedgerRules {
  /** How long an order stays in the ledger, ms. */
  readonly historyMs: number;
  /** ISO 4217 code. */
  readonly baseCurrency: string;
}

export function ledgerRulesOf({ orders, currency }: CommonPolicy): LedgerRules {
  return { historyMs: Math.round(orders.historyDays * DAY_MS), baseCurrency: currency.base };
}

/** A customer's orders, netted: plain JSON, `orders` ascending by (at, orderId). */
export interface OrderLedger {
  readonly orders: readonly LedgerEntry[];
  /** The newest entry settled because there were more than `ORDERS_MAX`; nothing at or before it is accepted again. */
  readonly fullUpTo?: LedgerPosition;
}

export type LedgerPosition = readonly [at: TimeMs, orderId: string];

export interface AppliedOrder {
  /** The same reference if the event changed nothing (a duplicate). */
  readonly ledger: OrderLedger;
  /** Entries that left the ledger, oldest first, standing or not (`standingOrderOf` tells). No event reaches them again. */
  readonly settled: readonly LedgerEntry[];
  /** Why the event changed less than it says; null where it did not. */
  readonly note: EffectNote | null;
}

export const emptyLedger: OrderLedger = { orders: [] };

/**
 * The ledger after an order event, and the entries that are settled by it.
 *
 * First, entries whose time lies before `at - historyMs` are settled, so that the outcome depends on `at` alone and not
 * on when an event last came. Then the event is applied:
 *
 * - The amount is that of `updated`, else of `paid`, else of `placed`; of several of one status, that of the greatest
 *   (occurredAt, amount, currency). It is that before refunds. The order's time is the earliest of `placed` and `paid`;
 *   `updated` alone leaves it waiting.
 * - Amounts are kept in their own currency. Its rate is that of the order's event in that currency with the least
 *   occurredAt, whatever its status.
 * - `cancelled` undoes the order unless a `paid` happened later; `refunded` undoes it for good. What they carry as amount
 *   is not read.
 * - `partially_refunded` subtracts, once a `refundId`, without one once an `eventId`; of several with the same, the greatest
 *   (occurredAt, amount, currency) counts. Refunds are kept as they came. What is more than the amount does not count, and
 *   refunds that leave nothing of a positive amount undo the order. One of 0 does nothing.
 * - `placed` and `paid` from before the history are refused, for a known order, too: they would move it there, where it is
 *   forgotten.
 * - `credited` is a credit note, told from orders by its status and from others by its `orderId`; its amount and rate are
 *   found as an order's. It is no order: it takes its amount off the sum at its own time.
 * - All but `placed`, `paid` and `credited` may come before their order: they wait, and count when it comes.
 *
 * Last, entries beyond the newest `ORDERS_MAX` are settled.
 *
 * The result is the same bytes for every order of arrival within the history, with these exceptions: two events of an
 * order with the same currency and occurredAt, but other rates (the first counts); more part refunds than an order or a
 * customer may have (the first count); a customer with more than `ORDERS_MAX` entries one of which has several events; the origins
 * of what waits. An event that comes when its order is already settled opens a new entry, so an order whose `placed` and
 * `paid` lie a whole history apart is taken for two.
 *
 * @param at stream time, ms; the event may have happened before it, or a little after
 * @param origin where the event's raw record stands, kept while it waits for its order; undefined: not kept
 * @returns `Rejection('too-old')` if the event is older than what the ledger keeps, and the order is not in the ledger or
 *   would be moved by it; `Rejection('too-many-refunds')` for a part refund beyond `PART_REFUNDS_OF_ORDER_MAX` or
 *   `PART_REFUNDS_OF_CUSTOMER_MAX`
 */
export function applyOrder(
  ledger: OrderLedger,
  event: OrderEvent,
  at: TimeMs,
  { historyMs, baseCurrency }: LedgerRules,
  origin?: string | null,
): AppliedOrder | Rejection {
  const historyStart = at - historyMs;
  const expiredCount = countExpired(ledger.orders, historyStart);
  const kept = expiredCount === 0 ? ledger.orders : ledger.orders.slice(expiredCount);

  const index = indexOf(kept, event);
  const known = kept[index];
  if (isTooOld(event, known, historyStart, ledger.fullUpTo)) return new Rejection('too-old');
  const before = known === undefined ? unknownOrder(event) : orderOf(known);
  const after = withEvent(before, event, baseCurrency, origin);
  if (after instanceof Rejection) return after;
  if (hasOneMoreRefund(before, after) && countPartRefunds(kept) >= PART_REFUNDS_OF_CUSTOMER_MAX) {
    return new Rejection('too-many-refunds');
  }
  const note = effectNoteOf(before, after, event, baseCurrency);

  if (after === before) {
    if (expiredCount === 0) return { ledger, settled: NONE, note };
    return { ledger: ledgerOf(kept, ledger.fullUpTo), settled: ledger.orders.slice(0, expiredCount), note };
  }
  const changed = entryOf(after);
  const others = known === undefined ? kept : kept.toSpliced(index, 1);
  const place = insertionIndex(others, changed);
  const orders = place === others.length ? [...others, changed] : others.toSpliced(place, 0, changed);
  return { ...settled(orders, ledger, expiredCount), note };
}

const NONE: readonly LedgerEntry[] = [];

function ledgerOf(orders: readonly LedgerEntry[], fullUpTo: LedgerPosition | undefined): OrderLedger {
  return fullUpTo === undefined ? { orders } : { orders, fullUpTo };
}

function countExpired(entries: readonly LedgerEntry[], historyStart: number): number {
  let count = 0;
  for (const [at] of entries) {
    if (at >= historyStart) break;
    count++;
  }
  return count;
}

/** Of the entry that the event is about; -1 where there is none. Orders and credit notes have ids of their own. */
function indexOf(entries: readonly LedgerEntry[], { orderId, status }: OrderEvent): number {
  const isCredit = status === 'credited';
  let index = entries.length - 1;
  for (; index >= 0; index--) {
    const entry = entries[index] as LedgerEntry;
    if (entry[1] === orderId && (entry[3] === 'credit') === isCredit) break;
  }
  return index;
}

function isTooOld(
  event: OrderEvent,
  known: LedgerEntry | undefined,
  historyStart: number,
  fullUpTo: LedgerPosition | undefined,
): boolean {
  const { status, occurredAt } = event;
  if (known !== undefined) return occurredAt < historyStart && (status === 'placed' || status === 'paid');
  if (occurredAt < historyStart) return true;
  return fullUpTo !== undefined && comparePositions([event.occurredAt, event.orderId], fullUpTo) <= 0;
}

function hasOneMoreRefund(before: Order, after: Order): boolean {
  return after.refunds.length > before.refunds.length;
}

/** Most orders are the newest, so the search goes from the end. */
function insertionIndex(entries: readonly LedgerEntry[], entry: LedgerEntry): number {
  let index = entries.length;
  while (index > 0 && compareEntries(entries[index - 1] as LedgerEntry, entry) >= 0) index--;
  return index;
}

/** An order comes before the credit note that has its time and id. */
function compareEntries(a: LedgerEntry, b: LedgerEntry): number {
  return comparePositions(a, b) || (b[3] === 'credit' ? -1 : 1);
}

type Positioned = readonly [at: TimeMs, orderId: string, ...unknown[]];

function comparePositions(a: Positioned, b: Positioned): number {
  if (a[0] !== b[0]) return a[0] - b[0];
  if (a[1] === b[1]) return 0;
  return a[1] < b[1] ? -1 : 1;
}

/** Settles what is beyond `ORDERS_MAX`. */
function settled(
  orders: readonly LedgerEntry[],
  before: OrderLedger,
  expiredBefore: number,
): Omit<AppliedOrder, 'note'> {
  const surplus = Math.max(0, orders.length - ORDERS_MAX);
  if (surplus + expiredBefore === 0) return { ledger: ledgerOf(orders, before.fullUpTo), settled: NONE };
  const newestSurplus = surplus === 0 ? undefined : orders[surplus - 1];
  const fullUpTo = newestSurplus === undefined ? before.fullUpTo : laterOf(before.fullUpTo, newestSurplus);
  return {
    ledger: ledgerOf(surplus === 0 ? orders : orders.slice(surplus), fullUpTo),
    settled: [...before.orders.slice(0, expiredBefore), ...orders.slice(0, surplus)],
  };
}

function laterOf(a: LedgerPosition | undefined, [at, orderId]: LedgerEntry): LedgerPosition {
  return a !== undefined && comparePositions(a, [at, orderId]) > 0 ? a : [at, orderId];
}
