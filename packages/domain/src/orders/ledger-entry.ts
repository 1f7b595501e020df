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
  /** What counts: minor units of the base currency, net of part refunds; null where the order waits or is undone. */
  netMinor: number | null,
  /** Ms from the order's time to the newest `paid`; null where none has come. A credit note says so in this place. */
  paidAfterMs?: number | 'credit' | null,
  details?: EntryDetails,
];

/** What most orders do not have. Currencies and rates are named where they are not those of the base. */
export interface EntryDetails {
  /** The amount, in minor units of its own currency, where it is not what counts. */
  readonly amountMinor?: number;
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
  /** There while the order has not come; the origins of part refunds stand beside them. */
  readonly waiting?: readonly Waiting[];
}

/** Currency and rate are null where they are those of the base and an origin follows. */
export type StoredRefund = readonly [
  key: string,
  at: TimeMs,
  minor: number,
  currency?: string | null,
  rate?: string | null,
  origin?: string | null,
];

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
 * Entries are read by position here: to take them apart costs more, and this runs for every order at every event. So
 * nothing is netted or converted here either: `entryOf` does it once, when an event changes the order.
 */
export function standingOrderOf(entry: LedgerEntry): StandingOrder | null {
  const netMinor = entry[2];
  if (netMinor === null || entry[3] === 'credit') return null;
  return { orderId: entry[1], at: entry[0], netMinor };
}

/** What a credit note takes off, in minor units of the base currency; null for an order. */
export function creditMinorOf(entry: LedgerEntry): number | null {
  return entry[3] === 'credit' ? entry[2] : null;
}

/** Whether the entry waits for an order that has not come. */
export function isWaiting(entry: LedgerEntry): boolean {
  return entry[4]?.waiting !== undefined;
}

/** The origins of what waits in the entry, those of part refunds last; none where its order has come. */
export function originsIn(entry: LedgerEntry): readonly (string | null)[] {
  const { waiting, refunds = NONE } = entry[4] ?? NO_DETAILS;
  if (waiting === undefined) return NONE;
  const ofRefunds = refunds.map((refund) => refund[5]).filter((origin) => origin !== undefined);
  return [...waiting.map(([, origin]) => origin), ...ofRefunds];
}

export function countPartRefunds(entries: readonly LedgerEntry[]): number {
  return entries.reduce((count, entry) => count + (entry[4]?.refunds?.length ?? 0), 0);
}

export function orderOf([at, orderId, netMinor, paidAfterMs = null, details = NO_DETAILS]: LedgerEntry): Order {
  const isCredit = paidAfterMs === 'credit';
  const paidAt = typeof paidAfterMs === 'number' ? ((at + paidAfterMs) as TimeMs) : null;
  const { currency = null, placedAt, updatedAt, cancelledAt = null, refunds, rates, waiting } = details;
  const amountMinor = details.amountMinor ?? netMinor;
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

function refundOf([key, at, minor, currency, rate, origin]: StoredRefund): PartRefund {
  return { key, at, minor, currency: currency ?? null, rate: rate ?? BASE_RATE, origin };
}

/** The one form of an order: the same order is the same bytes. */
export function entryOf(order: Order): LedgerEntry {
  const { at, orderId, amount, paidAt } = order;
  const netMinor = netMinorOf(order);
  const paidAfterMs = order.isCredit ? 'credit' : paidAt === null ? null : paidAt - at;
  const details = isPlain(order) ? null : detailsOf(order, amount?.minor === netMinor ? undefined : amount?.minor);
  if (details !== null) return [at, orderId, netMinor, paidAfterMs, details];
  return paidAfterMs === null ? [at, orderId, netMinor] : [at, orderId, netMinor, paidAfterMs];
}

function netMinorOf(order: Order): number | null {
  if (!order.hasCome || order.amount === null || isUndone(order)) return null;
  return balanceOf(order, order.amount).netMinor;
}

/** Most orders are: there is nothing to look for in them. */
function isPlain({ at, hasCome, amount, cancelledAt, isRefunded, refunds, rates }: Order): boolean {
  if (!hasCome || cancelledAt !== null || isRefunded || refunds.length > 0 || rates.length > 0) return false;
  return amount?.saidBy === 'paid' || (amount?.saidBy !== 'updated' && amount?.at === at);
}

function detailsOf(order: Order, amountMinor: number | undefined): EntryDetails | null {
  const { at, amount, cancelledAt, isRefunded, refunds, rates, hasCome, waiting } = order;
  const details: Writable<EntryDetails> = {};
  if (amountMinor !== undefined) details.amountMinor = amountMinor;
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

function storedRefund({ key, at, minor, currency, rate, origin }: PartRefund): StoredRefund {
  if (origin !== undefined) return [key, at, minor, currency, currency === null ? null : rate, origin];
  return currency === null ? [key, at, minor] : [key, at, minor, currency, rate];
}

function storedRate({ currency, at, rate }: Rate, orderAt: TimeMs): StoredRate {
  return at === orderAt ? [currency, rate] : [currency, rate, at];
}
