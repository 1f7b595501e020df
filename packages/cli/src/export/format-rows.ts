import type { CustomerNow } from '@tidemark/query';
import { type Cell, COLUMNS } from './columns.ts';

/** How lines are written; the same columns in both formats. */
export interface RowFormat {
  readonly header: string | null;
  row(customer: CustomerNow): string;
}

export const ROW_FORMATS: Readonly<Record<'jsonl' | 'csv', RowFormat>> = {
  jsonl: {
    header: null,
    row: (customer) => JSON.stringify(Object.fromEntries(COLUMNS.map(({ name, cellOf }) => [name, cellOf(customer)]))),
  },
  csv: {
    header: COLUMNS.map(({ name }) => name).join(','),
    row: (customer) => COLUMNS.map(({ cellOf }) => csvCell(cellOf(customer))).join(','),
  },
};

/** RFC 4180: quoted where a comma, quotation mark or line break is inside. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
