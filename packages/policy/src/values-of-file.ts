import { describe, type ValuePath, type ValueProblem } from './problem.ts';
import { NAMES_MAX } from './value-schemas.ts';

// How rules look at a file that may be wrong in any way.

export function wrong(path: ValuePath, expected: string, found: unknown): ValueProblem {
  return { path, at: 'value', expected, found: describe(found) };
}

/** The last step of the path is a name that should not be there. */
export function wrongName(path: ValuePath, expected: string): ValueProblem {
  return { path, at: 'key', expected, found: describe(path.at(-1)) };
}

export function at(value: unknown, path: ValuePath): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown, path: ValuePath): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

/** Up to the bound that the schema has: whoever writes more, to keep the check busy, is refused for that. */
export function keysOf(value: unknown, path: ValuePath): string[] {
  const found = at(value, path);
  return isMapping(found) ? Object.keys(found).slice(0, NAMES_MAX) : [];
}
