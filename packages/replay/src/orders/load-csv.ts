import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type CsvError, parse } from 'csv-parse';
import { DatasetError } from '../dataset-error.ts';
import { decodeText } from './decode-text.ts';
import type { LeftOutList } from './left-out-lines.ts';
import { LineItems, type SummedLines } from './line-items.ts';
import { type ColumnIndex, findColumns } from './order-columns.ts';
import { OrderTable } from './order-table.ts';
import { type LineRules, parseLine } from './parse-line.ts';

export interface CsvOptions extends LineRules {
  /** A name that `TextDecoder` knows; null: UTF-8. A byte order mark wins over either. */
  readonly encoding: string | null;
  /** Whether amounts below 0 are credit notes. */
  readonly credits: boolean;
}

export interface LoadedCsv {
  readonly orders: OrderTable;
  readonly summed: SummedLines;
}

/** A quotation mark that is never closed swallows lines up to here; then that is one bad line. */
const LINE_BYTES_MAX = 65_536;

/**
 * The orders of a CSV file (plain or .gz) with a header line; see `OrderColumn`. Lines that are no order go to `leftOut`.
 * Throws `DatasetError` for a file that cannot be read or that lacks a required column.
 */
export async function loadCsv(path: string, options: CsvOptions, leftOut: LeftOutList): Promise<LoadedCsv> {
  const orders = new OrderTable();
  const items = new LineItems(orders, leftOut, options.credits);
  let columns: ColumnIndex | undefined;
  let lastLine = 0;
  const leaveOutUpTo = (line: number) => {
    if (line > lastLine) leftOut.addRange(lastLine + 1, line);
    lastLine = Math.max(lastLine, line);
  };
  const parser = parse({
    relax_column_count: true,
    // A mark within a value, as in O"Brien, is a part of it.
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LINE_BYTES_MAX,
    on_skip: (error: CsvError | undefined) => {
      // An error may have several lines in it, and what is left of the last one may be a further error.
      leaveOutUpTo(lineOf(error));
      return undefined;
    },
    on_record: (fields: string[], { lines }) => {
      if (fields.some(hasSwallowedLines)) {
        leaveOutUpTo(lines);
        return null;
      }
      lastLine = lines;
      if (columns === undefined) {
        columns = findColumns(fields, path);
        return null;
      }
      const order = parseLine(lines, fields, columns, options);
      if ('reason' in order) leftOut.add(lines, order);
      else items.add(order);
      return null;
    },
  });
  parser.resume();
  const file = createReadStream(path);
  const decode = decodeText(path, options.encoding);
  const isPacked = path.endsWith('.gz');
  const reading = isPacked ? pipeline(file, createGunzip(), decode, parser) : pipeline(file, decode, parser);
  await reading.catch((error: unknown) => {
    throw error instanceof DatasetError ? error : unreadable(path, error);
  });
  if (columns === undefined) findColumns([], path);
  items.end();
  return { orders, summed: items.summed };
}

/**
 * Whether a value is what the parser made of a mark that opens it and is closed behind a line break, not at a value's end:
 * then it has the line break before that mark.
 */
function hasSwallowedLines(field: string): boolean {
  if (!field.startsWith('"')) return false;
  const lineBreak = field.lastIndexOf('\n');
  return lineBreak >= 0 && lineBreak < field.lastIndexOf('"');
}

function lineOf(error: CsvError | undefined): number {
  const lines: unknown = error?.['lines'];
  return typeof lines === 'number' ? lines : 0;
}

function unreadable(path: string, cause: unknown): DatasetError {
  const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
  if (isMissing) {
    return new DatasetError('data-set-missing', `expected a file of orders at ${path}, found none. Check the path`, {
      cause,
    });
  }
  const what = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot read ${path}: expected a CSV file; ${what}. Check the file and its permissions`;
  return new DatasetError('data-set-unreadable', message, { cause });
}
