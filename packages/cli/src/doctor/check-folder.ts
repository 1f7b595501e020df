import type { OperatingError } from '@tidemark/stream';
import { type Check, fail, ok, warn } from './check.ts';

const MIB = 1_048_576;
const GIB = 1_024 * MIB;
/** Below it the write-ahead log of a busy hour may not fit. */
const FREE_BYTES_ENOUGH = 2 * GIB;
/** Below it the next checkpoint may fail: the write-ahead log alone grows to 64 MiB. */
const FREE_BYTES_LEAST = 256 * MIB;

/** Whether the folder could be opened: it is there, is ours, can be read, is of this format and whole. */
export function checkFolder(folder: string, error: OperatingError | null): Check {
  if (error === null) return ok('data folder', `${folder} can be read, in this version's format`);
  const advice = error.code === 'data-folder-corrupt' ? START_ADVICE : OTHER_ADVICE;
  return fail('data folder', error.message, advice);
}

export function checkHolder(isHeld: boolean): Check {
  return isHeld
    ? ok('in use', 'a running process has the folder: commands that only look work beside it')
    : ok('in use', 'no running process has the folder');
}

export function checkFreeSpace(freeBytes: number): Check {
  const found =
    freeBytes >= GIB ? `${(freeBytes / GIB).toFixed(1)} GiB free` : `${Math.floor(freeBytes / MIB)} MiB free`;
  if (freeBytes >= FREE_BYTES_ENOUGH) return ok('disk', found);
  const advice = 'Free some space, or move the folder to a larger disk: the log is kept for ever.';
  return freeBytes >= FREE_BYTES_LEAST ? warn('disk', found, advice) : fail('disk', found, advice);
}

const START_ADVICE = 'Name the right folder with --data, or make one with `npx tidemark up`.';
const OTHER_ADVICE = 'Nothing else of the folder was looked at.';
