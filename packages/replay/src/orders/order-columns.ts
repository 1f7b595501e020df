import { DatasetError } from '../dataset-error.ts';

const REQUIRED = ['customer_id', 'occurred_at', 'amount'] as const;
const OPTIONAL = ['order_id', 'currency', 'status'] as const;
const COLUMNS = [...REQUIRED, ...OPTIONAL] as const;
export type OrderColumn = (typeof COLUMNS)[number];
/** Where in a line each column is. */
export type ColumnIndex = ReadonlyMap<OrderColumn, number>;

/** What a file may separate by that is read as one column. */
const OTHER_SEPARATORS = { ';': 'semicolons', '\t': 'tabs', '|': 'bars' } as const;

/** Reads the header line. Throws a `DatasetError` for one that lacks a required column, or has one twice. */
export function findColumns(header: readonly string[], path: string): ColumnIndex {
  const names = header.map((name) => name.trim().toLowerCase());
  const missing = REQUIRED.filter((name) => !names.includes(name));
  const repeated = COLUMNS.filter((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (missing.length > 0 || repeated.length > 0) {
    const fault = missing.length > 0 ? `no ${missing.join(', ')}` : `${repeated.join(', ')} twice`;
    const found = header.length === 0 ? 'an empty file' : `${JSON.stringify(header.join(',').slice(0, 200))}`;
    throw new DatasetError(
      'data-set-header',
      `cannot use ${path}: expected a first line that names the columns ${REQUIRED.join(', ')} ` +
        `(optional: ${OPTIONAL.join(', ')}), separated by commas; found ${found}: ${fault}. ${adviceFor(header)}`,
    );
  }
  return new Map(COLUMNS.filter((name) => names.includes(name)).map((name) => [name, names.indexOf(name)]));
}

function adviceFor(header: readonly string[]): string {
  for (const [separator, name] of Object.entries(OTHER_SEPARATORS)) {
    if (header.length === 1 && header[0]?.includes(separator)) {
      return `Save the file with commas instead of ${name}, and amounts with a decimal point`;
    }
  }
  return 'Add or rename columns';
}
