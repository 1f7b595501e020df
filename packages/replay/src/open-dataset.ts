import { basename } from 'node:path';
import type { Policy, TimeMs } from '@tidemark/domain';
import { Dataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import { LEFT_OUT_REASONS, type LeftOutLine, type LeftOutLines, LeftOutList } from './orders/left-out-lines.ts';
import type { SummedLines } from './orders/line-items.ts';
import { loadCdnow } from './orders/load-cdnow.ts';
import { type CsvOptions, loadCsv } from './orders/load-csv.ts';
import type { OrderTable } from './orders/order-table.ts';
import { shoppersOf } from './orders/shoppers-of.ts';
import { simulatedTotal, simulateEvents } from './simulated/simulate-events.ts';

export type OrdersSource = { readonly kind: 'cdnow' | 'cdnow-sample' } | CsvSource;

/** A CSV file, plain or .gz. Where nothing is said it is UTF-8, and amounts below 0 are left out; see `CsvOptions`. */
export interface CsvSource extends Partial<Pick<CsvOptions, 'encoding' | 'credits'>> {
  readonly kind: 'csv';
  readonly path: string;
  /** Says the currency of lines that name none, and the first time that counts. */
  readonly policy: Pick<Policy, 'currency' | 'events'>;
}

export interface LoadOptions {
  readonly source: OrdersSource;
  /** Hears of every line that is left out, in the order in which that is found. */
  readonly onLeftOut?: (line: LeftOutLine) => void;
}

export interface DatasetOptions {
  /** Whether events are simulated around the orders. */
  readonly simulated: boolean;
  /** Orders from then on are left out; absent: none. */
  readonly end?: TimeMs;
}

/** Orders of a source, all of them; what of it is left out, and why. */
export class LoadedOrders {
  readonly name: string;
  readonly #summed: SummedLines;
  readonly #orders: OrderTable;
  readonly #leftOut: LeftOutList;

  constructor(name: string, orders: OrderTable, leftOut: LeftOutList, summed: SummedLines) {
    this.name = name;
    this.#summed = summed;
    this.#orders = orders;
    this.#leftOut = leftOut;
  }

  get leftOut(): LeftOutLines {
    return this.#leftOut;
  }

  /** When the first order was made; there is at least one. */
  get firstAt(): TimeMs {
    return this.#orders.firstAt;
  }

  /** To be called once: orders from the end on are left out from then on. Throws `DatasetError` where none is before it. */
  dataset({ simulated, end }: DatasetOptions): Dataset {
    const orders = end === undefined ? this.#orders : this.#before(end);
    if (orders.size === 0) throw noOrders(this.name, this.#leftOut);
    if (!simulated) return new Dataset(this.name, orders, null, this.#summed);
    const { shoppers, span, orders: ordersPlaced } = shoppersOf(orders, end);
    const events = simulateEvents(shoppers, span, simulatedTotal(ordersPlaced));
    return new Dataset(this.name, orders, events, this.#summed);
  }

  #before(end: TimeMs): OrderTable {
    const orders = this.#orders;
    const isBefore = (row: number) => (orders.occurredAt[row] ?? 0) < end;
    let isAll = true;
    for (let row = 0; row < orders.size; row++) {
      if (isBefore(row)) continue;
      isAll = false;
      const { line, occurredAt } = orders.get(row);
      const expected = `a time before ${isoOf(end)}, where this replay ends`;
      this.#leftOut.add(line, { reason: 'after-end', column: 'occurred_at', expected, found: isoOf(occurredAt) });
    }
    return isAll ? orders : orders.filter(isBefore);
  }
}

/** Reads orders. Throws `DatasetError`. */
export async function loadOrders({ source, onLeftOut }: LoadOptions): Promise<LoadedOrders> {
  const leftOut = new LeftOutList(onLeftOut);
  if (source.kind !== 'csv') {
    const name = source.kind === 'cdnow' ? 'CDNOW' : 'CDNOW sample';
    return new LoadedOrders(name, loadCdnow(source.kind), leftOut, { lines: 0, orders: 0 });
  }
  const { path, policy, encoding = null, credits = false } = source;
  const rules = { baseCurrency: policy.currency.base, earliestAt: policy.events.earliestAt, encoding, credits };
  const { orders, summed } = await loadCsv(path, rules, leftOut);
  if (orders.size === 0) throw noOrders(path, leftOut);
  return new LoadedOrders(basename(path), orders, leftOut, summed);
}

/** Reads the orders and simulates the rest. Throws `DatasetError`. */
export async function openDataset(options: LoadOptions & DatasetOptions): Promise<Dataset> {
  return (await loadOrders(options)).dataset(options);
}

function noOrders(place: string, { total, byReason }: LeftOutLines): DatasetError {
  const groups = [...byReason].map(
    ([
      reason,
      {
        lines,
        examples: [first],
      },
    ]) => {
      const where =
        first === undefined ? '' : ` (line ${first.line}: expected ${first.expected}, found ${first.found})`;
      return `${lines} since ${LEFT_OUT_REASONS[reason]}${where}`;
    },
  );
  const found = ['none', ...(total === 0 ? [] : [`${total} lines left out: ${groups.join('; ')}`])].join(' and ');
  return new DatasetError(
    'data-set-empty',
    `cannot use ${place}: expected at least one order, found ${found}. Mend the file`,
  );
}

function isoOf(time: number): string {
  return new Date(time).toISOString();
}
