import type { OrderEvent } from '../events.ts';
import type { StandingOrder } from './ledger.ts';

/**
 * The orders that count, of a customer's whole history of order events, ascending by (at, orderId): the plain
 * definition that `applyOrder` must agree with. Duplicates may be among the events; of two with the same (orderId,
 * status, refundId) the first counts. Part refunds beyond the order's amount are clamped to it.
 */
export function netOrders(events: readonly OrderEvent[]): readonly StandingOrder[] {
  const orders: StandingOrder[] = [];
  for (const [orderId, eventsOfOrder] of Map.groupBy(withoutDuplicates(events), (event) => event.orderId)) {
    const order = netOrder(orderId, eventsOfOrder);
    if (order !== null) orders.push(order);
  }
  return orders.sort((a, b) => a.at - b.at || (a.orderId < b.orderId ? -1 : 1));
}

function netOrder(orderId: string, events: readonly OrderEvent[]): StandingOrder | null {
  const sales = events.filter((event) => event.status === 'placed' || event.status === 'paid');
  const earliest = sales.reduce<OrderEvent | null>((a, b) => (a === null || b.occurredAt < a.occurredAt ? b : a), null);
  if (earliest === null) return null;
  if (events.some((event) => event.status === 'cancelled' || event.status === 'refunded')) return null;

  const amountMinor = (sales.find((event) => event.status === 'paid') ?? earliest).amountMinor;
  const refundedMinor = events
    .filter((event) => event.status === 'partially_refunded')
    .reduce((sum, event) => sum + event.amountMinor, 0);
  const netMinor = Math.max(0, amountMinor - refundedMinor);
  return amountMinor > 0 && netMinor === 0 ? null : { orderId, at: earliest.occurredAt, netMinor };
}

function withoutDuplicates(events: readonly OrderEvent[]): readonly OrderEvent[] {
  const first = new Map<string, OrderEvent>();
  for (const event of events) {
    const key = JSON.stringify([event.orderId, event.status, event.refundId]);
    if (!first.has(key)) first.set(key, event);
  }
  return [...first.values()];
}
