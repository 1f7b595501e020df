import { createHash } from 'node:crypto';
import type { OrderEventStatus, RawRecord } from '@tidemark/contracts';
import type { OrderStatus, TimeMs } from '@tidemark/domain';
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

/** @param repeat see `numberRepeats` */
export function orderRecord(orders: OrderTable, row: number, customerId: string, repeat: number): RawRecord {
  const status = orders.statuses[orders.statusOf[row] ?? 0] ?? 'placed';
  const occurredAt = (orders.occurredAt[row] ?? 0) as TimeMs;
  const amountMinor = orders.amountMinor[row] ?? 0;
  const sourceRow = orders.row[row] ?? 0;
  return {
    recordType: 'order-event',
    value: {
      eventId: `order-${sourceRow}`,
      customerId,
      occurredAt,
      orderId: orders.orderIds[row] ?? madeUpId(customerId, occurredAt, amountMinor, repeat),
      status: WIRE_STATUS[status],
      amountMinor,
      currency: orders.currencies[orders.currencyOf[row] ?? 0] ?? '',
      refundId: status === 'partially_refunded' ? `row-${sourceRow}` : null,
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
