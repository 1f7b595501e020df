import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between tries. */
const POLL_MS = 200;

/**
 * Runs `work` while no other process runs work under the same file. SQLite's lock: the operating system frees it when
 * its holder ends, however it ends, which a file that says "held" could not promise.
 */
export async function withLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const connection = new DatabaseSync(file, { timeout: 0 });
  try {
    while (!tryLock(connection)) await sleep(POLL_MS);
    return await work();
  } finally {
    connection.close();
  }
}

function tryLock(connection: DatabaseSync): boolean {
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}

const SQLITE_BUSY = 5;
