import { basename } from 'node:path';
import { Dataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';
import type { BadLines } from './orders/bad-lines.ts';
import { loadCdnow } from './orders/load-cdnow.ts';
import { loadCsv } from './orders/load-csv.ts';
import type { OrderTable } from './orders/order-table.ts';
import { shoppersOf } from './orders/shoppers-of.ts';
import { simulatedTotal, simulateEvents } from './simulated/simulate-events.ts';

export type DatasetSource =
  | { readonly kind: 'cdnow' | 'cdnow-sample' }
  /** A CSV file, plain or .gz. */
  | { readonly kind: 'csv'; readonly path: string };

export interface DatasetOptions {
  readonly source: DatasetSource;
  /** Whether events are simulated around the orders. */
  readonly simulated: boolean;
  /** ISO 4217; of orders in a CSV file that name no currency. */
  readonly baseCurrency: string;
}

const NO_BAD_LINES: BadLines = { total: 0, examples: [] };

/** Reads the orders and simulates the rest. Throws `DatasetError`. */
export async function openDataset({ source, simulated, baseCurrency }: DatasetOptions): Promise<Dataset> {
  if (source.kind !== 'csv') {
    return datasetOf(
      source.kind === 'cdnow' ? 'CDNOW' : 'CDNOW sample',
      loadCdnow(source.kind),
      simulated,
      NO_BAD_LINES,
    );
  }
  const { orders, badLines } = await loadCsv(source.path, baseCurrency);
  if (orders.size === 0) throw noOrders(source.path, badLines);
  return datasetOf(basename(source.path), orders, simulated, badLines);
}

function datasetOf(name: string, orders: OrderTable, simulated: boolean, badLines: BadLines): Dataset {
  if (!simulated) return new Dataset(name, orders, null, badLines);
  const { shoppers, span, orders: ordersPlaced } = shoppersOf(orders);
  return new Dataset(name, orders, simulateEvents(shoppers, span, simulatedTotal(ordersPlaced)), badLines);
}

function noOrders(path: string, { total, examples }: BadLines): DatasetError {
  const [first] = examples;
  const example =
    first === undefined
      ? ''
      : `, such as line ${first.line}, ${first.column}: expected ${first.expected}, found ${first.found}`;
  const message = `cannot use ${path}: expected at least one order, found none and ${total} bad lines${example}. Mend the file`;
  return new DatasetError('data-set-empty', message);
}
