import { createHash, type Hash } from 'node:crypto';
import type { RawTopic } from '@tidemark/contracts';
import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { orderByTime, type RowsByTime } from './order-by-time.ts';
import type { SummedLines } from './orders/line-items.ts';
import { numberRepeats } from './orders/number-repeats.ts';
import { orderRecord } from './orders/order-record.ts';
import type { OrderTable } from './orders/order-table.ts';
import type { RawEvent } from './raw-event.ts';
import type { ReplaySource } from './replay-source.ts';
import { simulatedRecord, simulatedTopic } from './simulated/simulated-record.ts';
import type { SimulatedKind, SimulatedTable } from './simulated/simulated-table.ts';

/** Of the orders' hash, in the ids of events. */
const FILE_DIGITS = 8;

/**
 * Orders, and the events simulated around them, in order of (occurredAt, orders first, source row). The same files and
 * options give the same data set, event for event.
 */
export class Dataset implements ReplaySource {
  readonly name: string;
  readonly fingerprint: string;
  readonly summed: SummedLines;
  readonly #orders: OrderTable;
  readonly #simulated: SimulatedTable | null;
  readonly #byTime: RowsByTime;
  /** How many orders without an id are alike up to here, by order. */
  readonly #repeat: Uint32Array;
  /** How the ids of its events begin: what the data set holds, then its line, keep them apart from any producer's. */
  readonly #eventIds: string;

  constructor(name: string, orders: OrderTable, simulated: SimulatedTable | null, summed: SummedLines) {
    this.name = name;
    this.summed = summed;
    this.#orders = orders;
    this.#simulated = simulated;
    this.#byTime = orderByTime(orders.size + (simulated?.size ?? 0), (row) => this.#timeOf(row));
    this.#repeat = numberRepeats(orders, this.#byTime.rows);
    const hash = hashOf(orders);
    // The same ids, whether something is simulated around the orders or not.
    this.#eventIds = `replay-${hash.copy().digest('hex').slice(0, FILE_DIGITS)}-`;
    for (const column of simulated?.columns() ?? []) hash.update(column);
    this.fingerprint = hash.digest('hex');
  }

  get size(): number {
    return this.#byTime.rows.length;
  }

  get orders(): number {
    return this.#orders.size;
  }

  /** How many of the orders are credit notes. */
  get credits(): number {
    return this.#orders.countStatus('credited');
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

  get firstDay(): TimeMs {
    return (this.#byTime.firstDay * DAY_MS) as TimeMs;
  }

  get lastDay(): TimeMs {
    return (this.firstDay + (this.#byTime.dayBounds.length - 2) * DAY_MS) as TimeMs;
  }

  customerId(customer: number): string {
    const id = this.#orders.customers[customer];
    if (id === undefined) throw new RangeError(`expected a customer below ${this.customers}, found ${customer}`);
    return id;
  }

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

  customerIdAt(place: number): string {
    return this.customerId(this.customerAt(place));
  }

  recordAt(place: number): RawEvent {
    const row = this.#rowAt(place);
    if (this.#simulated === null || row < this.#orders.size) {
      return orderRecord(this.#orders, row, this.#eventIds, this.#repeat[row] ?? 1);
    }
    return simulatedRecord(this.#simulated, row - this.#orders.size, this.#eventIds, this.customerIdAt(place));
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

function hashOf(orders: OrderTable): Hash {
  const hash = createHash('sha256');
  const { customers, currencies, statuses, orderIds, size } = orders;
  hash.update(JSON.stringify({ layout: 2, size, customers: customers.length, currencies, statuses }));
  for (const customer of customers) hash.update(`${customer}\n`);
  for (let row = 0; row < orderIds.length; row++) hash.update(`${orderIds[row] ?? ''}\n`);
  for (const column of orders.columns()) hash.update(column);
  return hash;
}
