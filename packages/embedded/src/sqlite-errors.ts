import { OperatingError } from '@tidemark/stream';

/** SQLite's primary result codes that say something about the folder rather than about our SQL. */
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
const BUSY = 5;
const FULL = 13;
/** The extended code of an index of the write-ahead log that could not grow. */
const SHARED_MEMORY_FULL = 10 | (19 << 8);
const OUTSIDE: ReadonlySet<number> = new Set([8 /* read-only */, 10 /* IO */, 14 /* cannot open */]);

/** A failure of the file system or the data folder as an `OperatingError`; anything else is our own bug, unchanged. */
export function asOperatingError(error: unknown, file: string): unknown {
  const code = primaryCode(error);
  if (code === undefined || error instanceof OperatingError) return error;
  const found = error instanceof Error ? error.message : String(error);
  if (code === CORRUPT || code === NOT_A_DATABASE) return corrupt(file, 'a sound SQLite database', found, error);
  if (code === BUSY) return held(file, error);
  if (code === FULL || extendedCode(error) === SHARED_MEMORY_FULL) return diskFull(file, error);
  if (!OUTSIDE.has(code)) return error;
  return new OperatingError(
    'store-unavailable',
    `Expected to read and write ${file}, found: ${found}. Check the disk and the folder's permissions, then start again: what was acknowledged is kept.`,
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

/** For whoever finds other files, or none, where those that are written were. What was moved away may come back. */
export function gone(file: string): OperatingError {
  const message = `Expected ${file} where it was opened, found that it was removed or replaced. Nothing was written, and what is in it ends with this process. Put the folder back where it was, or stop, and start again on another.`;
  return new OperatingError('data-folder-gone', message, { retriable: true });
}

function diskFull(file: string, cause: unknown): OperatingError {
  const message = `Expected room to write ${file}, found its disk full. Nothing of it was written; what was acknowledged is kept. Make room: it goes on by itself.`;
  return new OperatingError('disk-full', message, { retriable: true, cause });
}

function held(file: string, cause?: unknown): OperatingError {
  return new OperatingError(
    'data-folder-held',
    `Expected a data folder that no other process uses, found ${file} locked. Nothing was changed. Stop the other process (\`fuser ${file}\` names it), or choose another folder with --data.`,
    { retriable: false, cause },
  );
}

function primaryCode(error: unknown): number | undefined {
  // Extended codes keep the primary one in their low byte.
  const code = extendedCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function extendedCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}
