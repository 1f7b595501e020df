import assert from 'node:assert';
import {
  type Clock,
  type Committed,
  type EventLog,
  type Lane,
  OperatingError,
  type ProfileReader,
  type ProfileStore,
  type Topic,
} from '@tidemark/stream';
import { CommitTable } from './commit-table.ts';
import { openForReading, openForWriting, readAbout, removeData } from './data-folder.ts';
import type { Database } from './database.ts';
import { EmbeddedLog, EmbeddedLogReader } from './embedded-log.ts';
import { EmbeddedStore } from './embedded-store.ts';
import { FolderLock } from './folder-lock.ts';
import { EMBEDDED_LANES_MAX, Partitions, TOPIC_ID_MAX } from './partitions.ts';

export interface EmbeddedOptions {
  /** Path of the data folder; it is made if it is missing. */
  readonly folder: string;
  /** How many lanes each topic has, fixed for a folder's life. */
  readonly lanes: number;
  /** The topics that are used; those of an existing folder are kept. */
  readonly topics: readonly Topic[];
  readonly clock: Clock;
  /** Told when records could not be read for consumers (disk, damage); without it the process ends with the error. */
  readonly onFailure?: (error: OperatingError) => void;
}

/** The log and the state of one data folder. */
export interface Embedded {
  readonly log: EventLog;
  readonly store: EmbeddedStore;
  /** What a consumer group has committed for a lane, by topic. */
  committed(group: string, lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
  /** Stops all deliveries, closes the database and frees the folder. */
  close(): void;
}

/** What can be read while another process writes the folder. */
export interface EmbeddedReader {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly topics: readonly Topic[];
  readonly store: Pick<ProfileStore, 'acquire' | 'readLane'> & ProfileReader;
  /** What a consumer group has committed for a lane, by topic. */
  committed(group: string, lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
  close(): void;
}

/**
 * Opens a data folder for this process alone. Throws an `OperatingError`, and leaves the folder as it is:
 * `data-folder-held` (by another process), `data-folder-newer`, `data-folder-corrupt` (damaged, not ours, or of another
 * number of lanes), `store-unavailable` (the file system refuses).
 */
export function openEmbedded({ folder, lanes, topics, clock, onFailure = rethrow }: EmbeddedOptions): Embedded {
  assert(
    Number.isInteger(lanes) && lanes > 0 && lanes <= EMBEDDED_LANES_MAX,
    `lanes is from 1 to ${EMBEDDED_LANES_MAX}`,
  );
  const database = openForWriting(folder, lanes, topics);
  try {
    const log = new EmbeddedLog(database, new Partitions(lanes, addTopics(database, topics)), clock, onFailure);
    const store = new EmbeddedStore(database);
    const commits = new CommitTable(database);
    const close = (): void => {
      log.close();
      database.close();
    };
    return { log, store, committed: async (group, lane) => commits.committed(group, lane), close };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a data folder to look at it. Throws like `openEmbedded`, but never `data-folder-held`. */
export function openEmbeddedReader(folder: string): EmbeddedReader {
  const database = openForReading(folder);
  const { lanes, topics } = readAbout(database);
  const commits = new CommitTable(database);
  return {
    log: new EmbeddedLogReader(database, new Partitions(lanes, topics)),
    topics: [...topics.keys()],
    store: new EmbeddedStore(database),
    committed: async (group, lane) => commits.committed(group, lane),
    close: () => database.close(),
  };
}

/** Looks into a data folder with `use`, beside a process that may be writing it, and leaves it as it is. */
export async function readEmbedded<Result>(
  folder: string,
  use: (reader: EmbeddedReader) => Promise<Result>,
): Promise<Result> {
  const reader = openEmbeddedReader(folder);
  try {
    return await use(reader);
  } finally {
    reader.close();
  }
}

/** Whether a process, this one included, has an existing folder open for writing. Locks it for a moment if none has. */
export function isEmbeddedHeld(folder: string): boolean {
  try {
    new FolderLock(folder).release();
    return false;
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'data-folder-held') return true;
    throw error;
  }
}

/**
 * Removes the data in a folder, for a fresh start: Tidemark's own files, except the empty lock file. Other files stay.
 * Throws `data-folder-held` if a process uses it, `data-folder-corrupt` if its database is another program's.
 */
export function removeEmbedded(folder: string): void {
  removeData(folder);
}

function addTopics(database: Database, topics: readonly Topic[]): ReadonlyMap<Topic, number> {
  const insert = database.prepare('INSERT OR IGNORE INTO topics (name) VALUES (?)');
  database.write(() => {
    for (const topic of topics) insert.run(topic);
  });
  const stored = readAbout(database).topics;
  assert(Math.max(...stored.values()) <= TOPIC_ID_MAX, `at most ${TOPIC_ID_MAX} topics`);
  return stored;
}

function rethrow(error: OperatingError): void {
  throw error;
}
