import { BASE_RATE } from '../money.ts';
import type { TimeMs } from '../time.ts';
import { type Amount, balanceOf, isUndone, type Order, type PartRefund, type Rate, type Waiting } from './order.ts';

/**
 * An order as it is stored: a tuple, because most of a customer's facets are orders. Elements at the end that say nothing
 * are left out: most orders are the first three, and one has one form only.
 */
export type LedgerEntry = readonly [
  /** The order's time; see `Order`. */
  at: TimeMs,
  orderId: string,
  /** Minor units of the amount's currency; null while no event has said it. */
  amountMinor: number | null,
  /** Ms from the order's time to the newest `paid`; null where none has come. A credit note says so in this place. */
  paidAfterMs?: number | 'credit' | null,
  details?: EntryDetails,
];

/** What most orders do not have. Currencies and rates are named where they are not those of the base. */
export interface EntryDetails {
  /** The amount's. */
  readonly currency?: string;
  /** The time of the `placed` that says the amount, where it is not the order's. */
  readonly placedAt?: TimeMs;
  /** The time of the `updated` that says the amount. */
  readonly updatedAt?: TimeMs;
  readonly cancelledAt?: TimeMs;
  readonly refunded?: true;
  readonly refunds?: readonly StoredRefund[];
  readonly rates?: readonly StoredRate[];
  /** There while the order has not come. */
  readonly waiting?: readonly Waiting[];
}

export type StoredRefund = readonly [key: string, at: TimeMs, minor: number, currency?: string, rate?: string];

/** The time is left out where it is the order's. */
export type StoredRate = readonly [currency: string, rate: string, at?: TimeMs];

/** An order that counts: placed or paid, not undone, net of its part refunds. */
export interface StandingOrder {
  readonly orderId: string;
  readonly at: TimeMs;
  /** Minor units of the base currency, at least 0. */
  readonly netMinor: number;
}

/**
 * The entry as an order that counts; null if it waits for its order, is undone, or is a credit note. A free order counts.
 * Entries are read by position here: to take them apart costs more, and this runs for every order at every event.
 */
export function standingOrderOf(entry: LedgerEntry): StandingOrder | null {
  if (entry[4] !== undefined) return standingOf(orderOf(entry));
  const amountMinor = entry[2];
  if (amountMinor === null || entry[3] === 'credit') return null;
  return { orderId: entry[1], at: entry[0], netMinor: amountMinor };
}

/** What a credit note takes off, in minor units of the base currency; null for an order. */
export function creditMinorOf(entry: LedgerEntry): number | null {
  if (entry[3] !== 'credit') return null;
  if (entry[4] === undefined) return entry[2];
  const order = orderOf(entry);
  return order.amount === null ? null : balanceOf(order, order.amount).netMinor;
}

/** What waits for an order that has not come; null for one that has. */
export function waitingIn(entry: LedgerEntry): readonly Waiting[] | null {
  return entry[4]?.waiting ?? null;
}

function standingOf(order: Order): StandingOrder | null {
  const { orderId, at, amount, hasCome, isCredit } = order;
  if (!hasCome || isCredit || amount === null || isUndone(order)) return null;
  return { orderId, at, netMinor: balanceOf(order, amount).netMinor };
}

export function orderOf([at, orderId, amountMinor, paidAfterMs = null, details = NO_DETAILS]: LedgerEntry): Order {
  const isCredit = paidAfterMs === 'credit';
  const paidAt = typeof paidAfterMs === 'number' ? ((at + paidAfterMs) as TimeMs) : null;
  const { currency = null, placedAt, updatedAt, cancelledAt = null, refunds, rates, waiting } = details;
  const said: Pick<Amount, 'saidBy' | 'at'> = isCredit
    ? { saidBy: 'credited', at }
    : updatedAt !== undefined
      ? { saidBy: 'updated', at: updatedAt }
      : paidAt !== null
        ? { saidBy: 'paid', at: paidAt }
        : { saidBy: 'placed', at: placedAt ?? at };
  return {
    orderId,
    isCredit,
    at,
    hasCome: waiting === undefined,
    amount: amountMinor === null ? null : { ...said, minor: amountMinor, currency },
    paidAt,
    cancelledAt,
    isRefunded: details.refunded === true,
    refunds: refunds?.map(refundOf) ?? NONE,
    rates: rates?.map(([inCurrency, rate, rateAt = at]) => ({ currency: inCurrency, at: rateAt, rate })) ?? NONE,
    waiting: waiting ?? NONE,
  };
}

const NO_DETAILS: EntryDetails = {};
const NONE: readonly never[] = [];

function refundOf([key, at, minor, currency, rate]: StoredRefund): PartRefund {
  return { key, at, minor, currency: currency ?? null, rate: rate ?? BASE_RATE };
}

/** The one form of an order: the same order is the same bytes. */
export function entryOf(order: Order): LedgerEntry {
  const { at, orderId, amount, paidAt } = order;
  const amountMinor = amount === null ? null : amount.minor;
  const paidAfterMs = order.isCredit ? 'credit' : paidAt === null ? null : paidAt - at;
  const details = isPlain(order) ? null : detailsOf(order);
  if (details !== null) return [at, orderId, amountMinor, paidAfterMs, details];
  return paidAfterMs === null ? [at, orderId, amountMinor] : [at, orderId, amountMinor, paidAfterMs];
}

/** Most orders are: there is nothing to look for in them. */
function isPlain({ at, hasCome, amount, cancelledAt, isRefunded, refunds, rates }: Order): boolean {
  if (!hasCome || cancelledAt !== null || isRefunded || refunds.length > 0 || rates.length > 0) return false;
  return amount?.saidBy === 'paid' || (amount?.saidBy !== 'updated' && amount?.at === at);
}

function detailsOf({ at, amount, cancelledAt, isRefunded, refunds, rates, hasCome, waiting }: Order) {
  const details: Writable<EntryDetails> = {};
  if (amount !== null && amount.currency !== null) details.currency = amount.currency;
  if (amount?.saidBy === 'placed' && amount.at !== at) details.placedAt = amount.at;
  if (amount?.saidBy === 'updated') details.updatedAt = amount.at;
  if (cancelledAt !== null) details.cancelledAt = cancelledAt;
  if (isRefunded) details.refunded = true;
  if (refunds.length > 0) details.refunds = refunds.map(storedRefund);
  if (rates.length > 0) details.rates = rates.map((rate) => storedRate(rate, at));
  if (!hasCome) details.waiting = waiting;
  return Object.keys(details).length === 0 ? null : details;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function storedRefund({ key, at, minor, currency, rate }: PartRefund): StoredRefund {
  return currency === null ? [key, at, minor] : [key, at, minor, currency, rate];
}

function storedRate({ currency, at, rate }: Rate, orderAt: TimeMs): StoredRate {
  return at === orderAt ? [currency, rate] : [currency, rate, at];
}
