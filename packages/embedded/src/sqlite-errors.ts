import { OperatingError } from '@tidemark/stream';

/** SQLite's primary result codes that say something about the folder rather than about our SQL. */
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const BUSY = 5;
const OUTSIDE: ReadonlySet<number> = new Set([
  8 /* read-only */, 10 /* IO */, 13 /* disk full */, 14 /* cannot open */,
]);

/** A failure of the file system or the data folder as an `OperatingError`; anything else is our own bug, unchanged. */
export function asOperatingError(error: unknown, file: string): unknown {
  const code = primaryCode(error);
  if (code === undefined || error instanceof OperatingError) return error;
  const found = error instanceof Error ? error.message : String(error);
  if (code === CORRUPT || code === NOT_A_DATABASE) return corrupt(file, 'a sound SQLite database', found, error);
  if (code === BUSY) return held(file, error);
  if (!OUTSIDE.has(code)) return error;
  return new OperatingError(
    'store-unavailable',
    `Expected to read and write ${file}, found: ${found}. Check the disk's free space and the folder's permissions, then start again: what was acknowledged is kept.`,
    { retriable: false, cause: error },
  );
}

export function corrupt(where: string, expected: string, found: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'data-folder-corrupt',
    `Expected ${expected} at ${where}, found: ${found}. Nothing was changed. Restore the folder from a backup, choose another one with --data, or start over with --fresh.`,
    { retriable: false, cause },
  );
}

function held(file: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'data-folder-held',
    `Expected a data folder that no other process uses, found ${file} locked. Nothing was changed. Stop the other process (\`fuser ${file}\` names it), or choose another folder with --data.`,
    { retriable: false, cause },
  );
}

function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  // Extended codes keep the primary one in their low byte.
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
