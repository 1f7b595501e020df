/** Something wrong or foolish in a policy: where, what was expected there, and what was found. */
export interface PolicyProblem {
  /** Such as `tiers[1].enter` or `points["rfm.segment"].champions`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly expected: string;
  readonly found: string;
}

/** A problem before its place in the file is known. */
export interface ValueProblem {
  readonly path: ValuePath;
  /** Whether the name of the last step is wrong, or what stands there. */
  readonly at: 'key' | 'value';
  readonly expected: string;
  readonly found: string;
}

export type ValuePath = readonly (string | number)[];

/** What was found, short enough for one line. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= FOUND_CHARACTERS_MAX ? text : `${text.slice(0, FOUND_CHARACTERS_MAX)}...`;
}

const FOUND_CHARACTERS_MAX = 60;

/** The path as people write it. */
export function formatPath(path: ValuePath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!PLAIN_NAME.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}

const PLAIN_NAME = /^\w+$/;

/** `one of a, b, c`, and what was probably meant. */
export function oneOf(names: readonly string[], found: string): string {
  const closest = closestTo(found, names);
  const hint = closest === undefined ? '' : ` (did you mean ${closest}?)`;
  return `one of ${names.join(', ')}${hint}`;
}

function closestTo(found: string, names: readonly string[]): string | undefined {
  const byDistance = names.map((name) => ({ name, distance: editDistance(found.toLowerCase(), name) }));
  const best = byDistance.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= best.name.length / 3 ? best.name : undefined;
}

/** How many letters to insert, delete or replace (Levenshtein). Names are short; longer text is cut. */
function editDistance(a: string, b: string): number {
  const from = a.slice(0, FOUND_CHARACTERS_MAX);
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
