import { type Stats, statSync } from 'node:fs';
import { gone } from './sqlite-errors.ts';

/** Between two looks: one takes 3 microseconds a file, and a commit not many more. */
const LOOK_MS = 10;

/**
 * A database and its write-ahead log, as they were opened. A process goes on writing files that somebody has removed, as
 * if nothing were, and all of it ends with the process: so it has to look whether they are still there.
 */
export class WatchedFiles {
  readonly #file: string;
  readonly #known = new Map<string, Stats>();
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** To be made once SQLite has opened them: a file system may make another file of one that is opened for writing. */
  constructor(file: string) {
    this.#file = file;
    this.check();
  }

  /** Throws `data-folder-gone` if there is another file, or none, where one was. */
  check(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs < LOOK_MS) return;
    // SQLite makes the log when it is first needed, and keeps it while it is open.
    for (const file of [this.#file, `${this.#file}-wal`]) this.#checkFile(file);
    this.#lookedAtMs = nowMs;
  }

  #checkFile(file: string): void {
    const known = this.#known.get(file);
    const found = statSync(file, { throwIfNoEntry: false });
    if (known === undefined && found !== undefined) this.#known.set(file, found);
    if (known !== undefined && (found?.ino !== known.ino || found.dev !== known.dev)) throw gone(file);
  }
}
