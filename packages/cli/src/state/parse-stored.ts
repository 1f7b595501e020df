import { Failure } from '../terminal/failure.ts';

/** Reads state as the store has it. Throws a `Failure` that names the place, not the content. */
export function parseStored<Stored>(json: string, where: string): Stored {
  try {
    return JSON.parse(json) as Stored;
  } catch {
    throw new Failure(
      `expected JSON as the state of ${where}, found something else: the data folder is damaged. Nothing was changed. ` +
        'Restore it from a backup, or start over with `npm start -- --fresh`.',
    );
  }
}
