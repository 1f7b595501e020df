/** The thread of `Checkpointer`: each message asks for what has been written to be moved into the main file. */
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

/** A database that somebody has removed is not made anew. */
const existing = pathToFileURL(workerData as string);
existing.searchParams.set('mode', 'rw');
/** The second pass moves what was written during the first: little is left for whoever finishes. */
const PASSES = 2;

parentPort?.on('message', () => {
  parentPort?.postMessage(checkpoint());
});

/** How many pages the write-ahead log has; 0 where it could not be looked at. */
function checkpoint(): number {
  // Opened for each request, so that the folder is nobody's but the caller's in between.
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(existing);
    let pages = 0;
    for (let pass = 0; pass < PASSES; pass++) {
      pages = Number(connection.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.['log'] ?? 0);
    }
    return pages;
  } catch {
    // Whatever is wrong with the file, the writer's own next statement says so.
    return 0;
  } finally {
    connection?.close();
  }
}
