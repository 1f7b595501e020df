import type { CustomerNow } from '@tidemark/reading';
import { type Cell, COLUMNS } from './columns.ts';

/** How lines are written; the same columns in all formats. */
export interface RowFormat {
  readonly header: string | null;
  row(customer: CustomerNow): string;
}

export const ROW_FORMATS: Readonly<Record<'jsonl' | 'csv' | 'raw-csv', RowFormat>> = {
  jsonl: {
    header: null,
    row: (customer) => JSON.stringify(Object.fromEntries(COLUMNS.map(({ name, cellOf }) => [name, cellOf(customer)]))),
  },
  csv: csvOf(spreadsheetText),
  'raw-csv': csvOf(String),
};

function csvOf(textOf: (cell: NonNullable<Cell>) => string): RowFormat {
  return {
    header: COLUMNS.map(({ name }) => name).join(','),
    row: (customer) => COLUMNS.map(({ cellOf }) => csvCell(cellOf(customer), textOf)).join(','),
  };
}

/** RFC 4180: quoted where a comma, quotation mark or line break is inside. */
function csvCell(cell: Cell, textOf: (cell: NonNullable<Cell>) => string): string {
  if (cell === null) return '';
  const text = textOf(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet takes a text that begins so for a formula, which may fetch and send whatever it likes. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** An apostrophe makes a text of a formula, in every spreadsheet; a number alone is none. */
function spreadsheetText(cell: NonNullable<Cell>): string {
  const text = String(cell);
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
