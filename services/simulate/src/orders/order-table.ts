import type { OrderStatus, TimeMs } from '@tidemark/domain';

/** What a line says of an order. */
export interface OrderLine {
  /** In the source, from 1, lines without an order included. */
  readonly row: number;
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
  row = new Uint32Array(ROWS_INITIAL);
  customerOf = new Uint32Array(ROWS_INITIAL);
  occurredAt = new Float64Array(ROWS_INITIAL);
  amountMinor = new Float64Array(ROWS_INITIAL);
  /** Indices into `currencies` and `statuses`, of which there are few. */
  currencyOf = new Uint8Array(ROWS_INITIAL);
  statusOf = new Uint8Array(ROWS_INITIAL);
  /** Empty while no order has an id. */
  readonly orderIds: (string | undefined)[] = [];
  readonly #customerIndex = new Map<string, number>();

  add(line: OrderLine): void {
    if (this.size === this.row.length) this.#grow();
    const at = this.size;
    this.row[at] = line.row;
    this.customerOf[at] = this.#indexOfCustomer(line.customerId);
    this.occurredAt[at] = line.occurredAt;
    this.amountMinor[at] = line.amountMinor;
    this.currencyOf[at] = indexIn(this.currencies, line.currency);
    this.statusOf[at] = indexIn(this.statuses, line.status);
    if (line.orderId !== null) this.orderIds[at] = line.orderId;
    this.size += 1;
  }

  /** The columns without their spare room, for a fingerprint. */
  columns(): readonly Column[] {
    const { row, customerOf, occurredAt, amountMinor, currencyOf, statusOf, size } = this;
    return [row, customerOf, occurredAt, amountMinor, currencyOf, statusOf].map((column) => column.subarray(0, size));
  }

  #indexOfCustomer(customerId: string): number {
    const known = this.#customerIndex.get(customerId);
    if (known !== undefined) return known;
    this.#customerIndex.set(customerId, this.customers.length);
    return this.customers.push(customerId) - 1;
  }

  #grow(): void {
    this.row = grown(this.row, new Uint32Array(this.size * 2));
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
