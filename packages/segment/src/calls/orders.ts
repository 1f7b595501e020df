import type { OrderEventStatus } from '@tidemark/contracts';
import { Refusal } from '../outcome.ts';
import { readId } from '../values/ids.ts';
import { firstOf, type JsonObject } from '../values/texts.ts';
import type { Call } from './map-call.ts';
import { amountOf, digitsFor, readCurrency } from './order-amount.ts';
import { readItems } from './order-items.ts';

/** What is written where the amount of an event decides nothing. */
const NO_AMOUNT = 0;

/** `status`: what the event's name says. A refund with an amount is one of a part. */
export function addOrder(call: Call, status: OrderEventStatus, properties: JsonObject): void {
  const { source, messageId, who, draft } = call;
  const orderId = readOrderId(call, properties);
  const currency = readCurrency(properties['currency'], source);
  const digits = digitsFor(currency, source);
  const { lines, items, dropped } = readItems(properties['products'], digits);
  draft.warn('items-dropped', dropped);
  const amountMinor = amountOf(properties, lines, source.orderAmount, digits);
  const isPart = status === 'REFUNDED' && amountMinor !== null;
  if (amountMinor === null && (status === 'PLACED' || status === 'UPDATED' || lines.length > 0)) {
    throw new Refusal('invalid-field', 'properties.total', `an amount in ${source.orderAmount.join(', ')}`, 'none');
  }
  draft.addOrder({
    orderId,
    status: isPart ? 'PARTIALLY_REFUNDED' : status,
    amountMinor: amountMinor ?? NO_AMOUNT,
    currency,
    refundId: isPart
      ? (readId(firstOf(properties, ['refund_id', 'refundId']), 'properties.refund_id') ?? messageId)
      : null,
    items,
    marginMinor: null,
  });
  if (who.ownLink !== null) draft.addIdentity({ linkedCustomerId: who.ownLink, isOwnLink: true });
}

function readOrderId({ source, messageId }: Call, properties: JsonObject): string {
  const orderId = readId(firstOf(properties, ['order_id', 'orderId']), 'properties.order_id');
  if (orderId !== null) return orderId;
  if (source.orderId === 'message_id') return messageId;
  throw new Refusal('missing-order-id', 'properties.order_id', "the order's id", 'what programs write for none');
}
