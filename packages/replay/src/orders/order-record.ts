import { createHash } from 'node:crypto';
import type { OrderEventStatus } from '@tidemark/contracts';
import type { OrderStatus, TimeMs } from '@tidemark/domain';
import type { RawEvent } from '../raw-event.ts';
import type { OrderTable } from './order-table.ts';

const WIRE_STATUS: Readonly<Record<OrderStatus, OrderEventStatus>> = {
  placed: 'PLACED',
  paid: 'PAID',
  cancelled: 'CANCELLED',
  refunded: 'REFUNDED',
  partially_refunded: 'PARTIALLY_REFUNDED',
  updated: 'UPDATED',
  credited: 'CREDITED',
};

const ORDER_ID_BYTES_MAX = 256;

/**
 * @param eventIds how the ids of the data set's events begin
 * @param repeat see `numberRepeats`
 */
export function orderRecord(orders: OrderTable, row: number, eventIds: string, repeat: number): RawEvent {
  const { line, customerId, occurredAt, amountMinor, currency, status, orderId } = orders.get(row);
  const eventId = `${eventIds}${line}`;
  return {
    recordType: 'order-event',
    value: {
      eventId,
      customerId,
      occurredAt,
      orderId: orderId ?? madeUpId(customerId, occurredAt, amountMinor, repeat),
      status: WIRE_STATUS[status],
      amountMinor,
      currency,
      refundId: status === 'partially_refunded' ? eventId : null,
      items: [],
      marginMinor: null,
    },
  };
}

/** An order without an id is known by what it is, so that the same file always says the same order. */
function madeUpId(customerId: string, occurredAt: TimeMs, amountMinor: number, repeat: number): string {
  const rest = `/${new Date(occurredAt).toISOString()}/${amountMinor}/${repeat}`;
  if (Buffer.byteLength(customerId) + rest.length <= ORDER_ID_BYTES_MAX) return customerId + rest;
  return createHash('sha256').update(customerId).digest('hex') + rest;
}
