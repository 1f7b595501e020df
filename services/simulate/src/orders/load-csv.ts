import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CUSTOMER_ID_BYTES_MAX, ORDER_STATUSES, type OrderStatus } from '@tidemark/domain';
import { minorDigitsOf } from '@tidemark/policy';
import { type CsvError, parse } from 'csv-parse';
import { DatasetError } from '../dataset-error.ts';
import { type BadLine, BadLineList, type BadLines } from './bad-lines.ts';
import { type OrderLine, OrderTable } from './order-table.ts';
import { parseAmountMinor, parseTime, TIME_EXPECTED } from './parse-values.ts';

export interface LoadedCsv {
  readonly orders: OrderTable;
  readonly badLines: BadLines;
}

const REQUIRED = ['customer_id', 'occurred_at', 'amount'] as const;
const OPTIONAL = ['order_id', 'currency', 'status'] as const;
type Column = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];
type ColumnIndex = ReadonlyMap<Column, number>;

const COLUMNS: readonly Column[] = [...REQUIRED, ...OPTIONAL];
const ORDER_ID_BYTES_MAX = 256;
/** A quotation mark that is never closed swallows lines up to here; then that is one bad line. */
const LINE_BYTES_MAX = 65_536;

/**
 * The orders of a CSV file (plain or .gz) with a header line; see `COLUMNS`. Lines that cannot be an order are listed
 * and left out. Throws `DatasetError` for a file that cannot be read or that lacks a required column.
 *
 * @param baseCurrency the currency of lines that name none
 */
export async function loadCsv(path: string, baseCurrency: string): Promise<LoadedCsv> {
  const orders = new OrderTable();
  const badLines = new BadLineList();
  let columns: ColumnIndex | undefined;
  let row = 0;
  let lastLine = 0;
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LINE_BYTES_MAX,
    on_skip: (error: CsvError | undefined) => {
      // An error may have several lines in it, and what is left of the last one may be a further error.
      const line = lineOf(error);
      if (line > lastLine) badLines.addRange(lastLine + 1, line, 'quotation marks in pairs, around whole values');
      lastLine = Math.max(lastLine, line);
      return undefined;
    },
    on_record: (fields: string[], { lines }) => {
      lastLine = lines;
      if (columns === undefined) {
        columns = findColumns(fields, path);
        return null;
      }
      row += 1;
      const line = parseLine(row, fields, columns, baseCurrency);
      if ('expected' in line) badLines.add(lines, line);
      else orders.add(line);
      return null;
    },
  });
  parser.resume();
  const steps = path.endsWith('.gz')
    ? [createReadStream(path), createGunzip(), parser]
    : [createReadStream(path), parser];
  await pipeline(steps).catch((error: unknown) => {
    throw error instanceof DatasetError ? error : unreadable(path, error);
  });
  if (columns === undefined) findColumns([], path);
  return { orders, badLines };
}

function findColumns(header: readonly string[], path: string): ColumnIndex {
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const repeated = COLUMNS.filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (missing.length > 0 || repeated.length > 0) {
    const fault = missing.length > 0 ? `no ${missing.join(', ')}` : `${repeated.join(', ')} twice`;
    const found = header.length === 0 ? 'an empty file' : `${JSON.stringify(header.join(',').slice(0, 200))}`;
    throw new DatasetError(
      'data-set-header',
      `cannot use ${path}: expected a first line that names the columns ${REQUIRED.join(', ')} ` +
        `(optional: ${OPTIONAL.join(', ')}), separated by commas; found ${found}: ${fault}. Add or rename columns`,
    );
  }
  return new Map(COLUMNS.filter((name) => names.includes(name)).map((name) => [name, names.indexOf(name)]));
}

/** The order of a line, or what is wrong with it. */
function parseLine(
  row: number,
  fields: readonly string[],
  columns: ColumnIndex,
  baseCurrency: string,
): OrderLine | Omit<BadLine, 'line'> {
  const textOf = (column: Column) => fields[columns.get(column) ?? -1]?.trim() ?? '';
  const wrong = (column: Column, expected: string) => ({ column, expected, found: textOf(column) });

  const customerId = textOf('customer_id');
  if (!isId(customerId, CUSTOMER_ID_BYTES_MAX)) {
    return wrong('customer_id', `an id of 1 to ${CUSTOMER_ID_BYTES_MAX} bytes`);
  }
  const occurredAt = parseTime(textOf('occurred_at'));
  if (occurredAt === null) return wrong('occurred_at', TIME_EXPECTED);

  const currency = textOf('currency') || baseCurrency;
  const digits = minorDigitsOf(currency);
  if (digits === null) return wrong('currency', 'an ISO 4217 code in capitals, such as USD');
  const amountMinor = parseAmountMinor(textOf('amount'), digits);
  if (amountMinor === null) {
    return wrong(
      'amount',
      `a decimal number, at least 0, with at most ${digits} decimals (${currency}), such as 12.50`,
    );
  }
  const status = (textOf('status').toLowerCase() || 'placed') as OrderStatus;
  if (!ORDER_STATUSES.includes(status)) return wrong('status', `one of ${ORDER_STATUSES.join(', ')}`);

  const orderId = textOf('order_id') || null;
  if (orderId !== null && !isId(orderId, ORDER_ID_BYTES_MAX)) {
    return wrong('order_id', `an id of at most ${ORDER_ID_BYTES_MAX} bytes`);
  }
  if (orderId === null && UNDOING.includes(status)) return wrong('order_id', `the id of the order that is ${status}`);
  return { row, customerId, occurredAt, amountMinor, currency, status, orderId };
}

const UNDOING: readonly OrderStatus[] = ['cancelled', 'refunded', 'partially_refunded'];

function isId(text: string, bytesMax: number): boolean {
  return text !== '' && text.length <= bytesMax && Buffer.byteLength(text) <= bytesMax;
}

function lineOf(error: CsvError | undefined): number {
  const lines: unknown = error?.['lines'];
  return typeof lines === 'number' ? lines : 0;
}

function unreadable(path: string, cause: unknown): DatasetError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  if (isMissing) {
    return new DatasetError(
      'data-set-missing',
      `expected a file of orders at ${path}, found none. Check the path`,
      cause,
    );
  }
  const what = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot read ${path}: expected a CSV file; ${what}. Check the file and its permissions`;
  return new DatasetError('data-set-unreadable', message, cause);
}
