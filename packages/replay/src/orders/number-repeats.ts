import type { OrderTable } from './order-table.ts';

/**
 * For each order without an id: the how-manieth it is, from 1, of those with the same customer, time and amount. Real
 * data has such orders (CDNOW 255), and each counts.
 *
 * @param rowsByTime the orders' rows, and perhaps greater ones, by (time, row)
 */
export function numberRepeats(orders: OrderTable, rowsByTime: Uint32Array): Uint32Array {
  const numbers = new Uint32Array(orders.size);
  let alike = new Map<string, number>();
  let time = Number.NaN;
  for (const row of rowsByTime) {
    if (row >= orders.size || orders.orderIds[row] !== undefined) continue;
    const occurredAt = orders.occurredAt[row] ?? 0;
    if (occurredAt !== time) {
      alike = new Map();
      time = occurredAt;
    }
    const key = `${orders.customerOf[row]}/${orders.amountMinor[row]}`;
    const number = (alike.get(key) ?? 0) + 1;
    alike.set(key, number);
    numbers[row] = number;
  }
  return numbers;
}
