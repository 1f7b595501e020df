import type { OrderEvent } from '../events.ts';
import type { EffectNote } from '../facets/score.ts';
import { balanceOf, currencyOf, isEmptyRefund, isUndone, type Order, refundKeyOf } from './order.ts';

/** Why an event changed less of its order than it says; null where it did not. */
export function effectNoteOf(before: Order, after: Order, event: OrderEvent, baseCurrency: string): EffectNote | null {
  if (isEmptyRefund(event)) return 'zero-refund';
  if (after === before) return noteOnNoChange(after, event, baseCurrency);
  if (!after.hasCome) return 'waits-for-order';
  const isNowUndone = isUndone(after);
  if (isNowUndone && isUndone(before)) return 'already-undone';
  if (event.status === 'cancelled' && !isNowUndone) return 'overruled-cancellation';
  if (!isCounted(after, event, baseCurrency)) return 'superseded-amount';
  if (isExceeded(after) && (event.status === 'partially_refunded' || !isExceeded(before))) return 'refund-clamped';
  return event.status === 'credited' && before.amount === null && event.amountMinor === 0 ? 'zero-refund' : null;
}

function noteOnNoChange(order: Order, event: OrderEvent, baseCurrency: string): EffectNote {
  if (event.status !== 'cancelled') return isCounted(order, event, baseCurrency) ? 'repeat' : 'superseded-amount';
  if (event.occurredAt === order.cancelledAt) return 'repeat';
  return isUndone(order) ? 'already-undone' : 'overruled-cancellation';
}

/** The amount that the event says is the one that counts; an undoing says none. */
function isCounted(order: Order, event: OrderEvent, baseCurrency: string): boolean {
  if (event.status === 'cancelled' || event.status === 'refunded') return true;
  const counted =
    event.status === 'partially_refunded'
      ? order.refunds.find(({ key }) => key === refundKeyOf(event))
      : (order.amount ?? undefined);
  return counted?.minor === event.amountMinor && counted.currency === currencyOf(event, baseCurrency);
}

function isExceeded(order: Order): boolean {
  return order.refunds.length > 0 && order.amount !== null && balanceOf(order, order.amount).isExceeded;
}
