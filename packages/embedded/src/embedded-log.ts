import {
  type Bounds,
  type Clock,
  type EventLog,
  type Lane,
  type LaneConsumer,
  type LogRecord,
  type LogWriter,
  type Offset,
  OperatingError,
  type Subscription,
  type Topic,
} from '@tidemark/stream';
import { CommitTable } from './commit-table.ts';
import { ConsumerGroups } from './consumer-groups.ts';
import type { Database } from './database.ts';
import type { Partitions } from './partitions.ts';
import { RecordTable, readChunks } from './record-table.ts';

/**
 * The log in one folder, for all services of one process. A send is durable and can be read when it resolves. The log
 * owns the keys, values and headers it is given: consumers get the same objects, so nobody may change them afterwards.
 */
export class EmbeddedLog implements EventLog {
  readonly lanes: number;
  readonly #database: Database;
  readonly #partitions: Partitions;
  readonly #clock: Clock;
  readonly #table: RecordTable;
  readonly #groups: ConsumerGroups;
  #isOpen = true;

  /** `fail` is told when records could not be read for consumers; then nothing more is delivered. */
  constructor(database: Database, partitions: Partitions, clock: Clock, fail: (error: OperatingError) => void) {
    this.lanes = partitions.lanes;
    this.#database = database;
    this.#partitions = partitions;
    this.#clock = clock;
    this.#table = new RecordTable(database, true);
    this.#groups = new ConsumerGroups(partitions, this.#table, new CommitTable(database), fail);
  }

  async writer(): Promise<LogWriter> {
    this.#checkOpen();
    let isOpen = true;
    return {
      send: async (topic, lane, records) => {
        await this.#database.breath();
        this.#checkOpen(isOpen);
        const partition = this.#partitions.of(topic, lane);
        const appended = this.#table.append(partition, records, this.#clock.now());
        this.#groups.appended(partition);
        return appended;
      },
      close: async () => {
        isOpen = false;
      },
    };
  }

  async consume(subscription: Subscription): Promise<LaneConsumer> {
    this.#checkOpen();
    return this.#groups.join(subscription);
  }

  async bounds(topic: Topic, lane: Lane): Promise<Bounds> {
    this.#checkOpen();
    return this.#table.bounds(this.#partitions.of(topic, lane));
  }

  async read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    await this.#database.breath();
    this.#checkOpen();
    const partition = this.#partitions.of(topic, lane);
    return readChunks((next) => this.#table.chunk(partition, next), from, limit);
  }

  /** No handler is called any more, and every other call rejects. */
  close(): void {
    this.#isOpen = false;
    this.#groups.close();
  }

  #checkOpen(isWriterOpen = true): void {
    if (this.#isOpen && isWriterOpen) return;
    const message = `Expected an open log and writer, found it closed, in ${this.#database.file}. Open it again.`;
    throw new OperatingError('log-unavailable', message, { retriable: false });
  }
}

/**
 * The log of a folder that another process may be writing: every call sees what is stored by then. A topic that the folder
 * does not have yet is empty.
 */
export class EmbeddedLogReader implements Pick<EventLog, 'lanes' | 'bounds' | 'read'> {
  readonly lanes: number;
  readonly #database: Database;
  readonly #partitions: Partitions;
  readonly #table: RecordTable;

  constructor(database: Database, partitions: Partitions) {
    this.lanes = partitions.lanes;
    this.#database = database;
    this.#partitions = partitions;
    this.#table = new RecordTable(database, false);
  }

  async bounds(topic: Topic, lane: Lane): Promise<Bounds> {
    if (!this.#partitions.has(topic)) return { start: 0, end: 0 };
    const partition = this.#partitions.of(topic, lane);
    return this.#database.read(() => this.#table.bounds(partition));
  }

  async read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    await this.#database.breath();
    if (!this.#partitions.has(topic)) return [];
    const partition = this.#partitions.of(topic, lane);
    return this.#database.read(() => readChunks((next) => this.#table.chunk(partition, next), from, limit));
  }
}
