import { closeSync, openSync, writeSync } from 'node:fs';
import { Failure } from '../../terminal/failure.ts';

/** The file to which all that is left out goes, one JSON object a line. */
export interface LeftOutFile {
  add(leftOut: object): void;
  close(): void;
}

/** Without a path it keeps nothing. Throws a `Failure` if the file cannot be written. */
export function openLeftOutFile(path: string | undefined): LeftOutFile {
  if (path === undefined) return { add: () => undefined, close: () => undefined };
  const file = orFailure(path, () => openSync(path, 'w'));
  return {
    add: (leftOut) => void orFailure(path, () => writeSync(file, `${JSON.stringify(leftOut)}\n`)),
    close: () => closeSync(file),
  };
}

function orFailure<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(`expected to write what is left out to ${path}, found: ${why}. Give another --left-out.`);
  }
}
