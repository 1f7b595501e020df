import type { OrderStatus, TimeMs } from '@tidemark/domain';

/** What a line, or several, say of an order. */
export interface OrderLine {
  /** Of the source, from 1, the header included; the first of several that make one order. */
  readonly line: number;
  readonly customerId: string;
  readonly occurredAt: TimeMs;
  readonly amountMinor: number;
  readonly currency: string;
  readonly status: OrderStatus;
  /** Null where the source has no ids. */
  readonly orderId: string | null;
}

const ROWS_INITIAL = 1_024;

type Column = Uint8Array | Uint32Array | Float64Array;

/** Orders in columns, in the source's order: 23 bytes an order, and a string for one that has an id of its own. */
export class OrderTable {
  /** By the index that `customerOf` holds. */
  readonly customers: string[] = [];
  readonly currencies: string[] = [];
  readonly statuses: OrderStatus[] = [];
  size = 0;
  line = new Uint32Array(ROWS_INITIAL);
  customerOf = new Uint32Array(ROWS_INITIAL);
  occurredAt = new Float64Array(ROWS_INITIAL);
  amountMinor = new Float64Array(ROWS_INITIAL);
  /** Indices into `currencies` and `statuses`, of which there are few. */
  currencyOf = new Uint8Array(ROWS_INITIAL);
  statusOf = new Uint8Array(ROWS_INITIAL);
  /** Empty while no order has an id. */
  readonly orderIds: (string | undefined)[] = [];
  readonly #customerIndex = new Map<string, number>();

  add(order: OrderLine): void {
    if (this.size === this.line.length) this.#grow();
    const at = this.size;
    this.line[at] = order.line;
    this.customerOf[at] = this.#indexOfCustomer(order.customerId);
    this.occurredAt[at] = order.occurredAt;
    this.amountMinor[at] = order.amountMinor;
    this.currencyOf[at] = indexIn(this.currencies, order.currency);
    this.statusOf[at] = indexIn(this.statuses, order.status);
    if (order.orderId !== null) this.orderIds[at] = order.orderId;
    this.size += 1;
  }

  /** The columns without their spare room, for a fingerprint. */
  columns(): readonly Column[] {
    const { line, customerOf, occurredAt, amountMinor, currencyOf, statusOf, size } = this;
    return [line, customerOf, occurredAt, amountMinor, currencyOf, statusOf].map((column) => column.subarray(0, size));
  }

  /** The least time of all orders; Infinity without any. */
  get firstAt(): TimeMs {
    let first = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.size; row++) first = Math.min(first, this.occurredAt[row] ?? first);
    return first as TimeMs;
  }

  countStatus(status: OrderStatus): number {
    const index = this.statuses.indexOf(status);
    let count = 0;
    for (let row = 0; row < this.size; row++) if (this.statusOf[row] === index) count += 1;
    return count;
  }

  /** The same without the orders for which `isKept` is false. */
  filter(isKept: (row: number) => boolean): OrderTable {
    const kept = new OrderTable();
    for (let row = 0; row < this.size; row++) if (isKept(row)) kept.add(this.get(row));
    return kept;
  }

  get(row: number): OrderLine {
    return {
      line: this.line[row] ?? 0,
      customerId: this.customers[this.customerOf[row] ?? 0] ?? '',
      occurredAt: (this.occurredAt[row] ?? 0) as TimeMs,
      amountMinor: this.amountMinor[row] ?? 0,
      currency: this.currencies[this.currencyOf[row] ?? 0] ?? '',
      status: this.statuses[this.statusOf[row] ?? 0] ?? 'placed',
      orderId: this.orderIds[row] ?? null,
    };
  }

  #indexOfCustomer(customerId: string): number {
    const known = this.#customerIndex.get(customerId);
    if (known !== undefined) return known;
    this.#customerIndex.set(customerId, this.customers.length);
    return this.customers.push(customerId) - 1;
  }

  #grow(): void {
    this.line = grown(this.line, new Uint32Array(this.size * 2));
    this.customerOf = grown(this.customerOf, new Uint32Array(this.size * 2));
    this.occurredAt = grown(this.occurredAt, new Float64Array(this.size * 2));
    this.amountMinor = grown(this.amountMinor, new Float64Array(this.size * 2));
    this.currencyOf = grown(this.currencyOf, new Uint8Array(this.size * 2));
    this.statusOf = grown(this.statusOf, new Uint8Array(this.size * 2));
  }
}

function grown<C extends Column>(from: C, to: C): C {
  to.set(from);
  return to;
}

function indexIn<Value>(values: Value[], value: Value): number {
  const index = values.indexOf(value);
  return index >= 0 ? index : values.push(value) - 1;
}
