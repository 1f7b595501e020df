import { QueryError } from './query-error.ts';

/** Reads an object of the store, whose fields the caller checks. Throws `state-damaged`, naming the place alone. */
export function parseStored(json: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(json);
    if (isObject(parsed)) return parsed;
  } catch {
    // Said below, without the content.
  }
  throw stateDamaged(where);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function stateDamaged(where: string, cause?: unknown): QueryError {
  return new QueryError(
    'state-damaged',
    `expected the state of ${where} as its service writes it, found something else: the store is damaged. Nothing was ` +
      "changed. Restore it from a backup, or rebuild the service's state in this lane from the log.",
    { cause },
  );
}
