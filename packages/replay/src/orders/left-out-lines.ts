/** Why lines of a file are left out, and what to do. */
export const LEFT_OUT_REASONS = {
  'no-id': 'the id is missing, or what programs write for a missing one: mend the export',
  'long-id': 'the id is too long',
  time: 'the time is not a date in ISO 8601: format the column so',
  'too-early': 'the time is before the first that counts: mend it, or let the policy allow it (events.earliest)',
  'after-end': "the time is after the replay's end: mend it; what comes from now on is for the live pipeline",
  amount: 'the amount is not a plain decimal number: format the column so',
  'negative-amount': 'the amount is below 0: --credits takes such lines for credit notes',
  currency: 'the currency is none',
  status: 'the status is none',
  'repeated-order':
    'the order was complete before: lines of one order follow each other, with one customer, time and currency',
  'quotation-marks': 'the quotation marks do not come in pairs: mend the export',
} as const;

export type LeftOutReason = keyof typeof LEFT_OUT_REASONS;

/** A line of a file that is no order, or not one that counts. */
export interface LeftOutLine {
  /** From 1, the header included; of a value with line breaks the last. */
  readonly line: number;
  readonly reason: LeftOutReason;
  /** The column's name; empty for the line as a whole. */
  readonly column: string;
  readonly expected: string;
  readonly found: string;
}

/** Lines of one reason. */
export interface LeftOutGroup {
  readonly lines: number;
  /** The first of them. */
  readonly examples: readonly LeftOutLine[];
}

export interface LeftOutLines {
  readonly total: number;
  readonly byReason: ReadonlyMap<LeftOutReason, LeftOutGroup>;
}

/** Enough to see what is wrong with a file. */
const EXAMPLES_MAX = 5;
const FOUND_CHARACTERS_MAX = 60;

/** Counts lines that are left out, keeps the first few of each reason, and tells `onLine` of every one. */
export class LeftOutList implements LeftOutLines {
  total = 0;
  readonly byReason = new Map<LeftOutReason, { lines: number; readonly examples: LeftOutLine[] }>();
  readonly #onLine: (line: LeftOutLine) => void;

  constructor(onLine: (line: LeftOutLine) => void = () => undefined) {
    this.#onLine = onLine;
  }

  /** @param found as the file has it */
  add(line: number, { found, ...rest }: Omit<LeftOutLine, 'line'>): void {
    this.#take({ line, ...rest, found: quote(found) }, 1);
  }

  /** Lines that could not be told apart, the first and the last included. */
  addRange(first: number, last: number): void {
    const found = first === last ? 'others' : `others: lines ${first} to ${last} are left out`;
    const expected = 'quotation marks in pairs, around whole values';
    this.#take({ line: first, reason: 'quotation-marks', column: '', expected, found }, last - first + 1);
  }

  #take(line: LeftOutLine, lines: number): void {
    this.total += lines;
    const group = this.byReason.get(line.reason) ?? { lines: 0, examples: [] };
    group.lines += lines;
    if (group.examples.length < EXAMPLES_MAX) group.examples.push(line);
    this.byReason.set(line.reason, group);
    this.#onLine(line);
  }
}

function quote(text: string): string {
  if (text === '') return 'nothing';
  return JSON.stringify(text.length <= FOUND_CHARACTERS_MAX ? text : `${text.slice(0, FOUND_CHARACTERS_MAX)}...`);
}
