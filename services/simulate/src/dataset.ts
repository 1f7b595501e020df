import { createHash } from 'node:crypto';
import type { RawRecord, RawTopic } from '@tidemark/contracts';
import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { orderByTime, type RowsByTime } from './order-by-time.ts';
import type { BadLines } from './orders/bad-lines.ts';
import { numberRepeats } from './orders/number-repeats.ts';
import { orderRecord } from './orders/order-record.ts';
import type { OrderTable } from './orders/order-table.ts';
import { simulatedRecord, simulatedTopic } from './simulated/simulated-record.ts';
import type { SimulatedKind, SimulatedTable } from './simulated/simulated-table.ts';

/**
 * Orders, and the events simulated around them, in order of (occurredAt, orders first, source row). The same files and
 * options give the same data set, event for event.
 */
export class Dataset {
  readonly name: string;
  readonly badLines: BadLines;
  /** SHA-256 of all that it holds, 64 hex digits. */
  readonly fingerprint: string;
  readonly #orders: OrderTable;
  readonly #simulated: SimulatedTable | null;
  readonly #byTime: RowsByTime;
  /** How many orders without an id are alike up to here, by order. */
  readonly #repeat: Uint32Array;

  constructor(name: string, orders: OrderTable, simulated: SimulatedTable | null, badLines: BadLines) {
    this.name = name;
    this.badLines = badLines;
    this.#orders = orders;
    this.#simulated = simulated;
    this.#byTime = orderByTime(orders.size + (simulated?.size ?? 0), (row) => this.#timeOf(row));
    this.#repeat = numberRepeats(orders, this.#byTime.rows);
    this.fingerprint = fingerprintOf(orders, simulated);
  }

  get size(): number {
    return this.#byTime.rows.length;
  }

  get orders(): number {
    return this.#orders.size;
  }

  get customers(): number {
    return this.#orders.customers.length;
  }

  get simulated(): number {
    return this.#simulated?.size ?? 0;
  }

  get simulatedByKind(): Readonly<Partial<Record<SimulatedKind, number>>> {
    return this.#simulated?.countByKind() ?? {};
  }

  /** Start of the UTC day of the first event. */
  get firstDay(): TimeMs {
    return (this.#byTime.firstDay * DAY_MS) as TimeMs;
  }

  /** Start of the UTC day of the last event. */
  get lastDay(): TimeMs {
    return (this.firstDay + (this.#byTime.dayBounds.length - 2) * DAY_MS) as TimeMs;
  }

  customerId(customer: number): string {
    const id = this.#orders.customers[customer];
    if (id === undefined) throw new RangeError(`expected a customer below ${this.customers}, found ${customer}`);
    return id;
  }

  /** The places, in the data set's order, of the events of the UTC day that starts at `day`; `from` = `to` if none. */
  placesOfDay(day: TimeMs): { readonly from: number; readonly to: number } {
    const { firstDay, dayBounds } = this.#byTime;
    const index = Math.floor(day / DAY_MS) - firstDay;
    if (index < 0) return { from: 0, to: 0 };
    const from = dayBounds[index] ?? this.size;
    return { from, to: dayBounds[index + 1] ?? this.size };
  }

  topicAt(place: number): RawTopic {
    const row = this.#rowAt(place);
    if (this.#simulated === null || row < this.#orders.size) return 'orders';
    return simulatedTopic(this.#simulated, row - this.#orders.size);
  }

  customerAt(place: number): number {
    const row = this.#rowAt(place);
    const customer =
      this.#orders.size <= row ? this.#simulated?.customerOf[row - this.#orders.size] : this.#orders.customerOf[row];
    return customer ?? 0;
  }

  recordAt(place: number): RawRecord {
    const row = this.#rowAt(place);
    const customerId = this.customerId(this.customerAt(place));
    if (this.#simulated === null || row < this.#orders.size) {
      return orderRecord(this.#orders, row, customerId, this.#repeat[row] ?? 1);
    }
    return simulatedRecord(this.#simulated, row - this.#orders.size, customerId);
  }

  #rowAt(place: number): number {
    const row = this.#byTime.rows[place];
    if (row === undefined) throw new RangeError(`expected a place below ${this.size}, found ${place}`);
    return row;
  }

  #timeOf(row: number): number {
    const time = row < this.#orders.size ? this.#orders.occurredAt[row] : this.#simulated?.at[row - this.#orders.size];
    return time ?? 0;
  }
}

function fingerprintOf(orders: OrderTable, simulated: SimulatedTable | null): string {
  const hash = createHash('sha256');
  const { customers, currencies, statuses, orderIds, size } = orders;
  hash.update(JSON.stringify({ layout: 1, size, customers: customers.length, currencies, statuses }));
  for (const customer of customers) hash.update(`${customer}\n`);
  for (let row = 0; row < orderIds.length; row++) hash.update(`${orderIds[row] ?? ''}\n`);
  for (const column of [...orders.columns(), ...(simulated?.columns() ?? [])]) hash.update(column);
  return hash.digest('hex');
}
