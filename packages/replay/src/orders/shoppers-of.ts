import { DAY_MS } from '@tidemark/domain';
import { orderByTime } from '../order-by-time.ts';
import type { Shoppers, Span } from '../simulated/shopper.ts';
import type { OrderTable } from './order-table.ts';

export interface Shopping {
  readonly shoppers: Shoppers;
  /** From the first order's UTC day to the end of the last one's, or to `end`. */
  readonly span: Span;
  /** Orders placed or paid: events that undo one do not count. */
  readonly orders: number;
}

/** Who ordered when; all of it before `end`. */
export function shoppersOf(orders: OrderTable, end = Number.POSITIVE_INFINITY): Shopping {
  const { rows, firstDay, dayBounds } = orderByTime(orders.size, (row) => orders.occurredAt[row] ?? 0);
  const counts = orders.statuses.map((status) => status === 'placed' || status === 'paid');
  const placed = rows.filter((row) => counts[orders.statusOf[row] ?? 0]);

  // All times in one array, a customer's side by side; `ends` says where.
  const ends = new Uint32Array(orders.customers.length + 1);
  for (const row of placed)
    ends[(orders.customerOf[row] ?? 0) + 1] = (ends[(orders.customerOf[row] ?? 0) + 1] ?? 0) + 1;
  for (let i = 1; i < ends.length; i++) ends[i] = (ends[i] ?? 0) + (ends[i - 1] ?? 0);
  const times = new Float64Array(placed.length);
  const next = ends.slice();
  for (const row of placed) {
    const customer = orders.customerOf[row] ?? 0;
    const slot = next[customer] ?? 0;
    times[slot] = orders.occurredAt[row] ?? 0;
    next[customer] = slot + 1;
  }
  const shoppers: Shoppers = {
    count: orders.customers.length,
    at: (index) => {
      return { index, id: orders.customers[index] ?? '', orderTimes: times.subarray(ends[index], ends[index + 1]) };
    },
  };
  const span = { start: firstDay * DAY_MS, end: Math.min((firstDay + dayBounds.length - 1) * DAY_MS, end) };
  return { shoppers, span, orders: placed.length };
}
