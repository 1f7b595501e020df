import type { OrderEvent, OrderStatus, TimelineEvent } from '../events.ts';
import { groupBy } from '../group-by.ts';
import { AMOUNT_MINOR_MAX, BASE_RATE, toBaseMinor } from '../money.ts';
import type { TimeMs } from '../time.ts';
import type { StandingOrder } from './ledger-entry.ts';

/** A credit note that counts. */
export interface Credit {
  readonly at: TimeMs;
  /** Minor units of the base currency, at least 0. */
  readonly minor: number;
}

/** The order events of all that arrived, in order of arrival. */
export function ordersIn(
  epochs: readonly { readonly arrivals: readonly { readonly event: TimelineEvent }[] }[],
): readonly OrderEvent[] {
  const arrivals = epochs.flatMap((epoch) => epoch.arrivals);
  return arrivals.flatMap(({ event }) => (event.type === 'order' ? [event.data] : []));
}

/**
 * The orders that count, of a customer's whole history of order events in their order of arrival, ascending by (at,
 * orderId): the plain definition that `applyOrder` must agree with. Repeats may be among the events.
 */
export function netOrders(events: readonly OrderEvent[], baseCurrency: string): readonly StandingOrder[] {
  const orders: StandingOrder[] = [];
  for (const [orderId, eventsOfOrder] of eventsById(events, (event) => event.status !== 'credited')) {
    const order = netOrder(orderId, eventsOfOrder, baseCurrency);
    if (order !== null) orders.push(order);
  }
  return orders.sort((a, b) => a.at - b.at || (a.orderId < b.orderId ? -1 : 1));
}

/** The credit notes of the same history, in any order. */
export function netCredits(events: readonly OrderEvent[], baseCurrency: string): readonly Credit[] {
  const credits = [...eventsById(events, (event) => event.status === 'credited').values()];
  return credits.flatMap((repeats) => {
    const said = greatest(repeats);
    if (said === null) return [];
    return [{ at: said.occurredAt, minor: inBase(said.amountMinor, rateOf(repeats, said.currency, baseCurrency)) }];
  });
}

function netOrder(orderId: string, events: readonly OrderEvent[], baseCurrency: string): StandingOrder | null {
  const of = (status: OrderStatus) => events.filter((event) => event.status === status);
  const sales = [...of('placed'), ...of('paid')];
  const said = greatest(of('updated')) ?? greatest(of('paid')) ?? greatest(of('placed'));
  if (sales.length === 0 || said === null || of('refunded').length > 0) return null;
  const newest = (status: OrderStatus) => Math.max(...of(status).map((event) => event.occurredAt));
  if (of('cancelled').length > 0 && newest('cancelled') >= newest('paid')) return null;

  const { amountMinor, currency } = said;
  const refunds = groupBy(of('partially_refunded'), refundKeyOf);
  const counted = [...refunds.values()].flatMap((repeats) => greatest(repeats) ?? []);
  const sameMinor = sumOf(counted.filter((refund) => refund.currency === currency).map((refund) => refund.amountMinor));
  const otherMinor = sumOf(
    counted.filter((refund) => refund.currency !== currency).map((refund) => inBase(refund.amountMinor, refund.rate)),
  );
  const leftMinor = inBase(Math.max(0, amountMinor - sameMinor), rateOf(events, currency, baseCurrency));
  const isRefunded = amountMinor <= sameMinor || (otherMinor > 0 && leftMinor <= otherMinor);
  if (amountMinor > 0 && isRefunded) return null;
  const at = Math.min(...sales.map((event) => event.occurredAt)) as TimeMs;
  return { orderId, at, netMinor: Math.max(0, leftMinor - otherMinor) };
}

function refundKeyOf({ refundId, eventId }: OrderEvent): string {
  return JSON.stringify(refundId === null ? { eventId } : { refundId });
}

/** Part refunds of 0 say nothing. */
function eventsById(events: readonly OrderEvent[], isWanted: (event: OrderEvent) => boolean) {
  const telling = events.filter((event) => event.status !== 'partially_refunded' || event.amountMinor > 0);
  return groupBy(telling.filter(isWanted), (event) => event.orderId);
}

/** By (occurredAt, amount, currency); the first of equals. */
function greatest(events: readonly OrderEvent[]): OrderEvent | null {
  const [first] = events.toSorted(
    (a, b) => b.occurredAt - a.occurredAt || b.amountMinor - a.amountMinor || compare(b.currency, a.currency),
  );
  return first ?? null;
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function rateOf(events: readonly OrderEvent[], currency: string, baseCurrency: string): string {
  if (currency === baseCurrency) return BASE_RATE;
  const [first] = events.filter((event) => event.currency === currency).toSorted((a, b) => a.occurredAt - b.occurredAt);
  return first?.rate ?? BASE_RATE;
}

function inBase(amountMinor: number, rate: string): number {
  return Math.min(toBaseMinor(amountMinor, rate), AMOUNT_MINOR_MAX);
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
