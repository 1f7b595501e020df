/**
 * One order, or one credit note, by all its events. What is kept of them is a greatest or a least of something, so that
 * their order of arrival does not matter.
 */
import type { OrderEvent } from '../events.ts';
import { Rejection } from '../facets/score.ts';
import { AMOUNT_MINOR_MAX, BASE_RATE, toBaseMinor } from '../money.ts';
import type { TimeMs } from '../time.ts';
import { PART_REFUNDS_OF_ORDER_MAX } from './bounds.ts';

/** Null is the base currency. */
export type Currency = string | null;

export interface Order {
  readonly orderId: string;
  readonly isCredit: boolean;
  /**
   * The earliest of `placed` and `paid`; of a credit note, when its amount was said. While the order has not come, the
   * newest event's time, so that each waits for a whole history.
   */
  readonly at: TimeMs;
  /** False while neither `placed` nor `paid` has come. */
  readonly hasCome: boolean;
  /** Null while no event has said it. */
  readonly amount: Amount | null;
  readonly paidAt: TimeMs | null;
  readonly cancelledAt: TimeMs | null;
  readonly isRefunded: boolean;
  /** Ascending by key. */
  readonly refunds: readonly PartRefund[];
  /** Of every currency but the base in which something was said, ascending by it. */
  readonly rates: readonly Rate[];
  /** What but part refunds waits for the order to come, ascending by status; empty where origins are not kept. */
  readonly waiting: readonly Waiting[];
}

/** The order's amount before those refunds that come as refunds. */
export interface Amount {
  readonly saidBy: keyof typeof PRECEDENCE;
  readonly at: TimeMs;
  readonly minor: number;
  readonly currency: Currency;
}

/** As it came: it may be more than what is left of the order. */
export interface PartRefund {
  readonly key: string;
  readonly at: TimeMs;
  readonly minor: number;
  readonly currency: Currency;
  readonly rate: string;
  /** Where its raw record stands; undefined where the order has come, or origins are not kept. */
  readonly origin: string | null | undefined;
}

/** The rate of the event with the least time in that currency. */
export interface Rate {
  readonly currency: string;
  readonly at: TimeMs;
  readonly rate: string;
}

export type Waiting = readonly [status: string, origin: string | null];

/** What an order that says nothing yet becomes by its first event. */
export function unknownOrder({ orderId, status, occurredAt }: OrderEvent): Order {
  return {
    orderId,
    isCredit: status === 'credited',
    at: occurredAt,
    hasCome: false,
    amount: null,
    paidAt: null,
    cancelledAt: null,
    isRefunded: false,
    refunds: NONE,
    rates: NONE,
    waiting: NONE,
  };
}

/**
 * The order after one of its events; the same reference if that changes nothing.
 *
 * @param origin where the event's raw record stands; kept while the order has not come. Undefined: not kept
 */
export function withEvent(
  order: Order,
  event: OrderEvent,
  baseCurrency: string,
  origin: string | null | undefined,
): Order | Rejection {
  if (isEmptyRefund(event)) return order;
  const told = withStatement(order, event, baseCurrency, origin);
  if (told instanceof Rejection) return told;
  const rates = withRate(order.rates, event, baseCurrency);
  if (told.hasCome) {
    const refunds = order.hasCome || told.refunds.length === 0 ? told.refunds : told.refunds.map(withoutOrigin);
    const isWhole = rates === told.rates && refunds === told.refunds && told.waiting.length === 0;
    return isWhole ? told : { ...told, rates, refunds, waiting: NONE };
  }
  const at = laterOf(told.at, event.occurredAt);
  const waiting = told === order || origin === undefined ? told.waiting : withWaiting(told.waiting, event, origin);
  if (told === order && rates === order.rates && at === order.at) return order;
  return { ...told, at, rates, waiting };
}

/** A part refund of 0 says nothing: shops send them for goods that come back without money. */
export function isEmptyRefund({ status, amountMinor }: OrderEvent): boolean {
  return status === 'partially_refunded' && amountMinor === 0;
}

/** What tells part refunds of one order apart. */
export function refundKeyOf({ refundId, eventId }: OrderEvent): string {
  return refundId === null ? `e:${eventId}` : `r:${refundId}`;
}

export function currencyOf({ currency }: OrderEvent, baseCurrency: string): Currency {
  return currency === baseCurrency ? null : currency;
}

/** An order that stands is one that has come and is not undone: cancelled, or refunded, whole or in parts. */
export function isUndone(order: Order): boolean {
  const { amount, cancelledAt, paidAt } = order;
  if (order.isRefunded) return true;
  if (cancelledAt !== null && (paidAt === null || paidAt <= cancelledAt)) return true;
  return amount !== null && balanceOf(order, amount).isRefundedInParts;
}

export interface Balance {
  /** Minor units of the base currency, at least 0. */
  readonly netMinor: number;
  /** The amount is above 0 and part refunds leave nothing of it. */
  readonly isRefundedInParts: boolean;
  /** Part refunds are more than the amount. */
  readonly isExceeded: boolean;
}

/** Refunds in the amount's currency are netted there, before it is converted; others in the base, each at its own rate. */
export function balanceOf({ refunds, rates }: Order, amount: Amount): Balance {
  let leftMinor = amount.minor;
  let refundedBaseMinor = 0;
  for (const refund of refunds) {
    if (refund.currency === amount.currency) leftMinor -= refund.minor;
    else refundedBaseMinor += inBase(refund.minor, refund.rate);
  }
  const leftBaseMinor = inBase(Math.max(0, leftMinor), rateIn(rates, amount.currency));
  const isUsedUp = leftMinor <= 0 || (refundedBaseMinor > 0 && refundedBaseMinor >= leftBaseMinor);
  return {
    netMinor: Math.max(0, leftBaseMinor - refundedBaseMinor),
    isRefundedInParts: amount.minor > 0 && isUsedUp,
    isExceeded: leftMinor < 0 || refundedBaseMinor > leftBaseMinor,
  };
}

function inBase(minor: number, rate: string): number {
  return Math.min(toBaseMinor(minor, rate), AMOUNT_MINOR_MAX);
}

function rateIn(rates: readonly Rate[], currency: Currency): string {
  return currency === null ? BASE_RATE : (rates.find((held) => held.currency === currency)?.rate ?? BASE_RATE);
}

/** Of two statements of an amount the one of higher precedence counts. */
const PRECEDENCE = { placed: 0, paid: 1, updated: 2, credited: 3 } as const;

/** One list for all: most orders have nothing in any of theirs. */
const NONE: readonly never[] = [];

function withStatement(
  order: Order,
  event: OrderEvent,
  baseCurrency: string,
  origin: string | null | undefined,
): Order | Rejection {
  const { status, occurredAt } = event;
  switch (status) {
    case 'placed':
    case 'paid': {
      const amount = greaterAmount(order.amount, amountIn(event, status, baseCurrency), baseCurrency);
      const at = order.hasCome && order.at < occurredAt ? order.at : occurredAt;
      const paidAt = status === 'paid' ? laterOf(order.paidAt, occurredAt) : order.paidAt;
      const isKnown = order.hasCome && amount === order.amount && at === order.at && paidAt === order.paidAt;
      return isKnown ? order : { ...order, at, hasCome: true, amount, paidAt };
    }
    case 'credited': {
      const amount = greaterAmount(order.amount, amountIn(event, status, baseCurrency), baseCurrency);
      return amount === order.amount ? order : { ...order, at: amount.at, hasCome: true, amount };
    }
    case 'updated': {
      const amount = greaterAmount(order.amount, amountIn(event, status, baseCurrency), baseCurrency);
      return amount === order.amount ? order : { ...order, amount };
    }
    case 'cancelled': {
      const cancelledAt = laterOf(order.cancelledAt, occurredAt);
      return cancelledAt === order.cancelledAt ? order : { ...order, cancelledAt };
    }
    case 'refunded':
      return order.isRefunded ? order : { ...order, isRefunded: true };
    case 'partially_refunded': {
      const refunds = withPartRefund(order.refunds, event, baseCurrency, order.hasCome ? undefined : origin);
      if (refunds instanceof Rejection) return refunds;
      return refunds === order.refunds ? order : { ...order, refunds };
    }
  }
}

function laterOf(a: TimeMs | null, b: TimeMs): TimeMs {
  return a === null || b > a ? b : a;
}

function amountIn(event: OrderEvent, saidBy: Amount['saidBy'], baseCurrency: string): Amount {
  return { saidBy, at: event.occurredAt, minor: event.amountMinor, currency: currencyOf(event, baseCurrency) };
}

function greaterAmount(held: Amount | null, said: Amount, baseCurrency: string): Amount {
  if (held === null) return said;
  const ahead = PRECEDENCE[said.saidBy] - PRECEDENCE[held.saidBy];
  return ahead > 0 || (ahead === 0 && isGreater(said, held, baseCurrency)) ? said : held;
}

type Said = Pick<Amount, 'at' | 'minor' | 'currency'>;

function isGreater(a: Said, b: Said, baseCurrency: string): boolean {
  if (a.at !== b.at) return a.at > b.at;
  if (a.minor !== b.minor) return a.minor > b.minor;
  return (a.currency ?? baseCurrency) > (b.currency ?? baseCurrency);
}

/** The refunds after one more; the same reference if a greater or equal one of its key is there. */
function withPartRefund(
  refunds: readonly PartRefund[],
  event: OrderEvent,
  baseCurrency: string,
  origin: string | null | undefined,
): readonly PartRefund[] | Rejection {
  const { occurredAt, amountMinor, rate } = event;
  const key = refundKeyOf(event);
  const refund = { key, at: occurredAt, minor: amountMinor, currency: currencyOf(event, baseCurrency), rate, origin };
  const held = refunds.find((other) => other.key === key);
  if (held === undefined && refunds.length >= PART_REFUNDS_OF_ORDER_MAX) return new Rejection('too-many-refunds');
  if (held !== undefined && !isGreater(refund, held, baseCurrency)) return refunds;
  return placed(refunds, refund, (other) => other.key, key);
}

function withoutOrigin(refund: PartRefund): PartRefund {
  return { ...refund, origin: undefined };
}

/** The rates after an event of any status; the same reference if they stay. */
function withRate(
  rates: readonly Rate[],
  { currency, occurredAt, rate }: OrderEvent,
  baseCurrency: string,
): readonly Rate[] {
  if (currency === baseCurrency) return rates;
  const held = rates.find((other) => other.currency === currency);
  if (held !== undefined && held.at <= occurredAt) return rates;
  return placed(rates, { currency, at: occurredAt, rate }, (other) => other.currency, currency);
}

function withWaiting(waiting: readonly Waiting[], event: OrderEvent, origin: string | null): readonly Waiting[] {
  if (event.status === 'partially_refunded') return waiting;
  return placed(waiting, [event.status, origin], ([other]) => other, event.status);
}

/** The list, ascending by key, with an element in the place of the one with its key, if there is one. */
function placed<T>(list: readonly T[], element: T, keyOf: (element: T) => string, key: string): readonly T[] {
  const following = list.findIndex((other) => keyOf(other) >= key);
  const next = list[following];
  if (next === undefined) return [...list, element];
  return list.toSpliced(following, keyOf(next) === key ? 1 : 0, element);
}
