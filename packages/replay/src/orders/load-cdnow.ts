import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DatasetError } from '../dataset-error.ts';
import { OrderTable } from './order-table.ts';
import { parseAmountMinor, parseTime } from './parse-values.ts';

const FILES = {
  cdnow: new URL('../../data/cdnow_master.csv.gz', import.meta.url),
  'cdnow-sample': new URL('../../data/cdnow_sample.csv.gz', import.meta.url),
};

/** The bundled orders: real ones, of the shop CDNOW, in dollars. See `data/README.md`. */
export function loadCdnow(which: keyof typeof FILES): OrderTable {
  const path = fileURLToPath(FILES[which]);
  const [header = '', ...lines] = read(path).trimEnd().split('\n');
  const columns = header.split(',');
  const [customer, date, spent] = ['customer_id', 'date', 'spent'].map((name) => columns.indexOf(name));
  const orders = new OrderTable();
  for (const [i, line] of lines.entries()) {
    const fields = line.split(',');
    const customerId = fields[customer ?? -1];
    const occurredAt = parseTime(fields[date ?? -1] ?? '');
    const amountMinor = parseAmountMinor(fields[spent ?? -1] ?? '', 2);
    if (!customerId || occurredAt === null || amountMinor === null) {
      throw unreadable(path, `expected customer_id, date and spent in line ${i + 2}, found other values`);
    }
    orders.add({ line: i + 2, customerId, occurredAt, amountMinor, currency: 'USD', status: 'placed', orderId: null });
  }
  return orders;
}

function read(path: string): string {
  try {
    return gunzipSync(readFileSync(path)).toString('utf8');
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(path: string, what: string, cause?: unknown): DatasetError {
  const message = `cannot read the bundled data set ${path}: ${what}. Restore the file from the repository`;
  return new DatasetError('data-set-unreadable', message, { cause });
}
