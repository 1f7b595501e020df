import type { Fault } from '../errors.ts';

/**
 * The log: topics split into lanes (a lane is a partition), each an append-only sequence of records with offsets.
 * Topics here are plain names; an adapter adds the namespace. Shaped by what Kafka with kafkajs can do.
 */
export type Topic = string;
export type Lane = number;
/** A record's place in its topic's lane, from 0, without gaps: no topic is compacted or written in transactions. */
export type Offset = number;

export type Headers = Readonly<Record<string, string>>;

export interface NewRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

export interface LogRecord extends NewRecord {
  readonly offset: Offset;
  /** When the log took it, by the log's clock (LogAppendTime). */
  readonly appendedAtMs: number;
}

export interface Appended {
  readonly baseOffset: Offset;
  readonly appendedAtMs: number;
}

/** Offsets that exist: `start` is the first kept, `end` is one beyond the last. */
export interface Bounds {
  readonly start: Offset;
  readonly end: Offset;
}

/** A group's committed place in one topic's lane: the next offset to read, and a note of at most 4,000 bytes. */
export interface Committed {
  readonly offset: Offset;
  readonly metadata: string;
}

export interface EventLog {
  /** Opens a writer of its own (a connection and producer session). */
  writer(): Promise<LogWriter>;
  /**
   * Joins `group` to read all of `topics` by whole lanes: whoever owns lane p reads partition p of each topic.
   * Resolves once joined. The handler is called for each lane this member gets.
   */
  consume(subscription: Subscription): Promise<LaneConsumer>;
  /** Which offsets exist. */
  bounds(topic: Topic, lane: Lane): Promise<Bounds>;
  /**
   * Up to `limit` records from `from` on, in order; fewer, or none, at the end. Outside any group. Rejects with an
   * `UndecodableBatch` where one is among them.
   */
  read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]>;
  /** How many lanes the topics have. */
  readonly lanes: number;
}

export interface LogWriter {
  /**
   * Appends the records, in order, to one topic's lane, and resolves once they are durable (acks=all). All or none of
   * them, possibly twice when an acknowledgement was lost. The caller keeps one send in flight per topic and lane.
   * Rejects with an `OperatingError`; then the outcome is unknown, and the writer must be closed, not used again.
   */
  send(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<Appended>;
  close(): Promise<void>;
}

export interface Subscription {
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly handler: LaneHandler;
  /** The handler lets records wait: the log may bring them together, up to a quarter of a second late. */
  readonly isPatient?: boolean;
  /**
   * The consumer ended for a reason that does not go away by itself, such as missing rights. It calls nothing more, and
   * whoever consumes should end, too. Without this callback the process crashes.
   */
  readonly failed?: (error: Error) => void;
}

export interface LaneHandler {
  /**
   * The member got a lane. Nothing of it is delivered before the lane's inputs were placed with `seek`, each of them.
   * Called again without `revoked` in between when a re-join forgot the positions.
   */
  assigned(lane: Lane, consumer: LaneConsumer): void;
  /** Records of one topic's lane, in offset order. Must only enqueue: never waits, never throws. */
  batch(topic: Topic, lane: Lane, records: readonly LogRecord[]): void;
  /**
   * Behind what was delivered nothing of this topic's lane can come, and why; it is tried again after a `seek`. Without this
   * callback the process crashes.
   */
  blocked?(topic: Topic, lane: Lane, fault: Fault): void;
  /** The lane may have another owner by now. May come late or never. */
  revoked(lane: Lane): void;
}

export interface LaneConsumer {
  /** Reads a topic's lane from this offset on; batches already under way from elsewhere may still arrive. */
  seek(topic: Topic, lane: Lane, offset: Offset): void;
  pause(topic: Topic, lane: Lane): void;
  resume(topic: Topic, lane: Lane): void;
  /** What the group has committed for the lane, by topic; a topic without a commit is absent. */
  committed(lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
  /** Commits places for topics of one lane, all or none. May be lost or late without harm. */
  commit(lane: Lane, places: ReadonlyMap<Topic, Committed>): Promise<void>;
  /** Leaves the group; no handler call after it resolves. */
  close(): Promise<void>;
}
