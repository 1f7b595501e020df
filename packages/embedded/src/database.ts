import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { OperatingError } from '@tidemark/stream';
import { Breather } from './breather.ts';
import { Checkpointer } from './checkpointer.ts';
import type { FolderLock } from './folder-lock.ts';
import { asOperatingError } from './sqlite-errors.ts';
import { WatchedFiles } from './watched-files.ts';

/**
 * Milliseconds to wait for another connection: one that reads can make the writer wait for a moment, and the last one that
 * closes keeps everybody waiting while it moves the write-ahead log.
 */
export const BUSY_TIMEOUT_MS = 5_000;
/** MiB of pages kept in memory: holds the state of some 100,000 facets, an eighth of the process's 512 MiB. */
const CACHE_MIB = 48;
/**
 * MiB the write-ahead log grows to before it starts over, for which this thread waits for the disk: rarely enough that one
 * request in some hundred meets it at most.
 */
const CHECKPOINT_MIB = 256;
/** MiB at which a commit does itself what the thread for it did not come to. */
const CHECKPOINT_MIB_MAX = 1_024;

/** Measured beside 4,096: the same for facets, better for the log's blocks. */
export const PAGE_BYTES = 8_192;

const MIB = 1_048_576;

/**
 * The one connection to the database file: transactions, and SQLite's errors in our words. Everything inside is
 * synchronous, so transactions of the log and the store never interleave.
 */
export class Database {
  readonly file: string;
  readonly #connection: DatabaseSync;
  readonly #beginRead: StatementSync;
  readonly #beginWrite: StatementSync;
  readonly #commit: StatementSync;
  readonly #breather = new Breather();
  readonly #checkpointer: Checkpointer;
  readonly #files: WatchedFiles;
  /** Held here, so that the lock is not collected as garbage, and thereby freed, while the connection is in use. */
  readonly #lock: FolderLock | null;

  /** With a lock, which it releases when it is closed, a database for writing. */
  constructor(file: string, access: 'read' | 'write', lock: FolderLock | null = null) {
    this.file = file;
    this.#lock = lock;
    this.#connection = openConnection(file, access);
    this.#files = new WatchedFiles(file);
    this.#beginRead = this.prepare('BEGIN');
    this.#beginWrite = this.prepare('BEGIN IMMEDIATE');
    this.#commit = this.prepare('COMMIT');
    const checkpoint = this.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    this.#checkpointer = new Checkpointer(file, (CHECKPOINT_MIB * MIB) / PAGE_BYTES, () => checkpoint.get());
  }

  /** To be awaited before work of an unknown amount; null where it may begin at once. */
  breath(): Promise<void> | null {
    return this.#breather.breath();
  }

  /** A statement whose rows come back as arrays: cheaper than an object a row. */
  prepare(sql: string): StatementSync {
    return this.guard(() => {
      const statement = this.#connection.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    });
  }

  /** Runs `body` on one snapshot of the database. */
  read<T>(body: () => T): T {
    return this.#transact(this.#beginRead, body);
  }

  /** Runs `body` in one transaction: all of its writes, or, if it throws, none. */
  write<T>(body: () => T): T {
    const result = this.#transact(this.#beginWrite, body);
    this.#checkpointer.committed();
    return result;
  }

  /** Runs statements that need no transaction of several. */
  guard<T>(body: () => T): T {
    try {
      this.#files.check();
      return body();
    } catch (error) {
      throw this.#asOperatingError(error);
    }
  }

  close(): void {
    this.#checkpointer.close();
    try {
      if (this.#connection.isOpen) this.#connection.close();
    } catch (error) {
      throw this.#asOperatingError(error);
    } finally {
      this.#lock?.release();
    }
  }

  #transact<T>(begin: StatementSync, body: () => T): T {
    try {
      this.#files.check();
      begin.run();
      const result = body();
      this.#commit.run();
      return result;
    } catch (error) {
      if (this.#connection.isOpen && this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw this.#asOperatingError(error);
    }
  }

  #asOperatingError(error: unknown): unknown {
    if (this.#connection?.isOpen !== false) return asOperatingError(error, this.file);
    const message = `Expected an open data folder, found ${this.file} closed. Open it again.`;
    return new OperatingError('store-unavailable', message, { retriable: false, cause: error });
  }
}

/**
 * WAL with synchronous=NORMAL: a killed process loses nothing; a power cut loses the last moments, of the log and the
 * state alike, because what survives of one write-ahead log is a prefix of its transactions.
 */
function openConnection(file: string, access: 'read' | 'write'): DatabaseSync {
  let connection: DatabaseSync | null = null;
  const forWriting = `
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${(CHECKPOINT_MIB_MAX * MIB) / PAGE_BYTES};
    PRAGMA journal_size_limit = ${CHECKPOINT_MIB * MIB};
  `;
  try {
    connection = new DatabaseSync(file, { readOnly: access === 'read', timeout: BUSY_TIMEOUT_MS });
    connection.exec(`
      PRAGMA cache_size = ${-CACHE_MIB * 1_024};
      PRAGMA temp_store = MEMORY;
      ${access === 'write' ? forWriting : ''}
    `);
    return connection;
  } catch (error) {
    connection?.close();
    throw asOperatingError(error, file);
  }
}
