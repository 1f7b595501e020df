import { type Headers, laneOf } from '@tidemark/contracts';
import {
  type Appended,
  type EventLog,
  type Lane,
  type NewRecord,
  type Offset,
  OperatingError,
  SharedWriter,
  type Topic,
} from '@tidemark/stream';

/** A record to take; its key decides the lane. */
export interface IngestRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly headers?: Headers;
}

export interface RecordPosition {
  readonly lane: Lane;
  readonly offset: Offset;
}

/** Records of one request and lane that go in one send, maybe with those of other requests. */
interface Piece {
  readonly records: NewRecord[];
  bytes: number;
  readonly settled: PromiseWithResolvers<Appended>;
}

/** What takes records. */
export type RawLog = Pick<EventLog, 'lanes' | 'writer'>;

/** Records that may wait for the log, over all requests. */
const WAITING_RECORDS_MAX = 50_000;
/** Records in one send at most. */
const SEND_RECORDS_MAX = 2_000;
/** So that a send stays below the least `max.message.bytes` of a raw topic (1 MiB), even where nothing compresses it. */
const SEND_BYTES_MAX = 900_000;
/** What the log adds to key and value at most; and to name and value of a header. */
const RECORD_OVERHEAD_BYTES = 32;
const HEADER_OVERHEAD_BYTES = 10;
const NO_HEADERS: Headers = {};

/**
 * Appends records of requests to topics, each in the lane of its key. Requests that come while a send is in flight share the
 * next one. A send that fails rejects all its requests: some of their records may be in the log, and the same event ids
 * may be sent again.
 */
export class LogIngest {
  readonly #log: RawLog;
  readonly #writer: SharedWriter;
  readonly #queues = new Map<string, Piece[]>();
  #waitingRecords = 0;

  constructor(log: RawLog) {
    this.#log = log;
    this.#writer = new SharedWriter(log);
  }

  /** Where the records are, in their order, once all are durable. Rejects with an `OperatingError`. */
  async send(topic: Topic, records: readonly IngestRecord[]): Promise<readonly RecordPosition[]> {
    if (this.#waitingRecords + records.length > WAITING_RECORDS_MAX) throw tooManyWaiting();
    this.#waitingRecords += records.length;
    try {
      return await this.#send(topic, records);
    } finally {
      this.#waitingRecords -= records.length;
    }
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  async #send(topic: Topic, records: readonly IngestRecord[]): Promise<readonly RecordPosition[]> {
    const lanes = new Map<Lane, Piece[]>();
    const places = records.map(({ key, value, headers = NO_HEADERS }) => {
      const lane = laneOf(key, this.#log.lanes);
      const pieces = lanes.get(lane) ?? [];
      lanes.set(lane, pieces);
      const piece = pieceWithRoom(pieces, key.length + value.length + RECORD_OVERHEAD_BYTES + bytesOf(headers));
      return { lane, piece, at: piece.records.push({ key, value, headers }) - 1 };
    });
    for (const [lane, pieces] of lanes) this.#enqueue(topic, lane, pieces);
    const bases = new Map<Piece, Offset>();
    const sends = [...lanes.values()].flat().map(async (piece) => {
      bases.set(piece, (await piece.settled.promise).baseOffset);
    });
    // All are awaited, so that none is still under way when the request is answered.
    for (const outcome of await Promise.allSettled(sends)) if (outcome.status === 'rejected') throw outcome.reason;
    return places.map(({ lane, piece, at }) => ({ lane, offset: (bases.get(piece) ?? 0) + at }));
  }

  #enqueue(topic: Topic, lane: Lane, pieces: readonly Piece[]): void {
    const target = `${topic}/${lane}`;
    const queue = this.#queues.get(target);
    if (queue === undefined) {
      this.#queues.set(target, [...pieces]);
      // Requests that are read in the same turn of the event loop join the first send.
      setImmediate(() => void this.#drain(target, topic, lane));
    } else queue.push(...pieces);
  }

  async #drain(target: string, topic: Topic, lane: Lane): Promise<void> {
    for (;;) {
      const queue = this.#queues.get(target) ?? [];
      const batch = takeBatch(queue);
      if (batch.length === 0) break;
      try {
        const records = batch.flatMap((piece) => piece.records);
        const { baseOffset, appendedAtMs } = await this.#writer.send(topic, lane, records);
        let next = baseOffset;
        for (const piece of batch) {
          piece.settled.resolve({ baseOffset: next, appendedAtMs });
          next += piece.records.length;
        }
      } catch (error) {
        for (const piece of batch) piece.settled.reject(error);
      }
    }
    this.#queues.delete(target);
  }
}

function bytesOf(headers: Headers): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length + Buffer.byteLength(value) + HEADER_OVERHEAD_BYTES;
  }
  return bytes;
}

/** The last of the pieces, or a new one, with room for a record of so many bytes, which are counted. */
function pieceWithRoom(pieces: Piece[], bytes: number): Piece {
  let piece = pieces.at(-1);
  if (piece === undefined || piece.records.length === SEND_RECORDS_MAX || piece.bytes + bytes > SEND_BYTES_MAX) {
    piece = { records: [], bytes: 0, settled: Promise.withResolvers<Appended>() };
    pieces.push(piece);
  }
  piece.bytes += bytes;
  return piece;
}

/** At least one piece, and as many more as fit a send. */
function takeBatch(queue: Piece[]): Piece[] {
  const batch: Piece[] = [];
  let [records, bytes] = [0, 0];
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    records += next.records.length;
    bytes += next.bytes;
    if (batch.length > 0 && (records > SEND_RECORDS_MAX || bytes > SEND_BYTES_MAX)) break;
    batch.push(next);
    queue.shift();
  }
  return batch;
}

function tooManyWaiting(): OperatingError {
  const message = `expected the log to keep up, found ${WAITING_RECORDS_MAX} records waiting for it. Try again in a moment`;
  return new OperatingError('log-unavailable', message, { retriable: true });
}
