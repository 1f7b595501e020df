/** A line of a file that cannot be an order. */
export interface BadLine {
  /** From 1, the header included. */
  readonly line: number;
  /** The column's name; empty for the line as a whole. */
  readonly column: string;
  readonly expected: string;
  readonly found: string;
}

export interface BadLines {
  readonly total: number;
  /** The first of them. */
  readonly examples: readonly BadLine[];
}

/** Enough to see what is wrong with a file. */
const EXAMPLES_MAX = 20;
const FOUND_CHARACTERS_MAX = 60;

/** Counts bad lines and keeps the first few. */
export class BadLineList implements BadLines {
  total = 0;
  readonly examples: BadLine[] = [];

  add(line: number, { column, expected, found }: Omit<BadLine, 'line'>): void {
    this.total += 1;
    this.#keep({ line, column, expected, found: quote(found) });
  }

  /** Lines that could not be told apart, the first and the last included. */
  addRange(first: number, last: number, expected: string): void {
    this.total += last - first + 1;
    const found = first === last ? 'others' : `others: lines ${first} to ${last} are left out`;
    this.#keep({ line: first, column: '', expected, found });
  }

  #keep(line: BadLine): void {
    if (this.examples.length < EXAMPLES_MAX) this.examples.push(line);
  }
}

function quote(text: string): string {
  if (text === '') return 'nothing';
  return JSON.stringify(text.length <= FOUND_CHARACTERS_MAX ? text : `${text.slice(0, FOUND_CHARACTERS_MAX)}...`);
}
