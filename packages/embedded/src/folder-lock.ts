import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { asOperatingError } from './sqlite-errors.ts';

/** Empty for ever: only its locks are used. Removing it could let two processes hold two files of this name. */
const LOCK_FILE = 'tidemark-lock.db';

/**
 * Says that this process is the one that writes the folder. The operating system frees the lock when the process ends,
 * however it ends, which a file that says "held" could not promise.
 */
export class FolderLock {
  readonly #connection: DatabaseSync;

  /** Throws `data-folder-held` when someone else, of this process too, has the lock. */
  constructor(folder: string) {
    const file = join(folder, LOCK_FILE);
    try {
      this.#connection = new DatabaseSync(file, { timeout: 0 });
    } catch (error) {
      throw asOperatingError(error, file);
    }
    try {
      this.#connection.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      this.#connection.close();
      throw asOperatingError(error, file);
    }
  }

  release(): void {
    if (this.#connection.isOpen) this.#connection.close();
  }
}
