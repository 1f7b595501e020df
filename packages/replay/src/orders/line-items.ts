import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import type { OrderStatus } from '@tidemark/domain';
import { minorDigitsOf } from '@tidemark/policy';
import type { LeftOutLine, LeftOutList } from './left-out-lines.ts';
import type { OrderLine, OrderTable } from './order-table.ts';

/** What became one order of several lines. */
export interface SummedLines {
  readonly lines: number;
  readonly orders: number;
}

/** Of these a customer's order has one event; a further line is a repeat. The others are told apart by their lines. */
const ONCE: readonly OrderStatus[] = ['placed', 'paid', 'credited'];
/** A negative amount of these may be a credit note. */
const SALES: readonly OrderStatus[] = ['placed', 'paid'];

/**
 * Makes orders of lines, in the file's order. Lines that follow each other, with the same `order_id`, customer, time,
 * status and currency, are the items of one order: their amounts are added up, those below 0 too. A line of an order that
 * was complete before is left out: whether it repeats another or belongs to the sum, nobody can know. A sum below 0 is a
 * credit note, whose id is the order's, or is left out.
 */
export class LineItems {
  readonly summed = { lines: 0, orders: 0 };
  readonly #orders: OrderTable;
  readonly #leftOut: LeftOutList;
  readonly #credits: boolean;
  readonly #complete = new Set<string>();
  #open: { readonly order: OrderLine; amountMinor: number; readonly lines: number[] } | null = null;

  /** @param credits whether a sum below 0 is a credit note; otherwise it is left out */
  constructor(orders: OrderTable, leftOut: LeftOutList, credits: boolean) {
    this.#orders = orders;
    this.#leftOut = leftOut;
    this.#credits = credits;
  }

  add(order: OrderLine): void {
    if (this.#open !== null && isSameOrder(this.#open.order, order)) {
      this.#open.amountMinor += order.amountMinor;
      this.#open.lines.push(order.line);
      return;
    }
    this.end();
    if (this.#isComplete(order)) {
      this.#leftOut.add(order.line, {
        reason: 'repeated-order',
        column: 'order_id',
        expected: 'an order that has not come before',
        found: order.orderId ?? '',
      });
      return;
    }
    this.#open = { order, amountMinor: order.amountMinor, lines: [order.line] };
  }

  /** Nothing follows that could belong to the last order. */
  end(): void {
    if (this.#open === null) return;
    const { lines } = this.#open;
    const order = this.#asCredit({ ...this.#open.order, amountMinor: this.#open.amountMinor });
    this.#open = null;
    const problem = problemOf(order, lines.length);
    if (problem !== null) {
      for (const line of lines) this.#leftOut.add(line, problem);
      return;
    }
    this.#orders.add(order);
    if (lines.length === 1) return;
    this.summed.orders += 1;
    this.summed.lines += lines.length;
  }

  #asCredit(order: OrderLine): OrderLine {
    if (order.amountMinor >= 0 || !this.#credits || !SALES.includes(order.status)) return order;
    return { ...order, status: 'credited', amountMinor: -order.amountMinor };
  }

  /** Remembers it, too. */
  #isComplete({ orderId, customerId, status }: OrderLine): boolean {
    if (orderId === null || !ONCE.includes(status)) return false;
    const key = JSON.stringify([orderId, customerId, status]);
    if (this.#complete.has(key)) return true;
    this.#complete.add(key);
    return false;
  }
}

function isSameOrder(a: OrderLine, b: OrderLine): boolean {
  return (
    a.orderId !== null &&
    a.orderId === b.orderId &&
    a.customerId === b.customerId &&
    a.occurredAt === b.occurredAt &&
    a.status === b.status &&
    a.currency === b.currency
  );
}

function problemOf({ amountMinor, currency }: OrderLine, lines: number): Omit<LeftOutLine, 'line'> | null {
  const digits = minorDigitsOf(currency) ?? 0;
  const major = (minor: number) => (minor / 10 ** digits).toFixed(digits);
  const what = lines === 1 ? 'an amount' : `a sum of ${lines} lines`;
  const wrong = { column: 'amount', found: major(amountMinor) };
  if (amountMinor < 0) return { ...wrong, reason: 'negative-amount', expected: `${what} of at least 0` };
  if (amountMinor <= AMOUNT_MINOR_MAX) return null;
  return { ...wrong, reason: 'amount', expected: `${what} of at most ${major(AMOUNT_MINOR_MAX)}` };
}
