import { laneOf } from '@tidemark/contracts';
import type { EncodedEvent, EventTopic } from '@tidemark/producer';
import {
  type Appended,
  type EventLog,
  type Lane,
  type NewRecord,
  type Offset,
  OperatingError,
  SharedWriter,
} from '@tidemark/stream';
import type { RecordPosition } from './ports.ts';

interface Waiting {
  readonly records: readonly NewRecord[];
  readonly settled: PromiseWithResolvers<Appended>;
}

/** What takes raw records. */
export type RawLog = Pick<EventLog, 'lanes' | 'writer'>;

/** Events that may wait for the log, over all requests. */
const WAITING_RECORDS_MAX = 50_000;
/** Records in one send at most. */
const SEND_RECORDS_MAX = 2_000;

/**
 * Appends events to raw topics, each in the lane of its customer. Requests that come while a send is in flight share the
 * next one. A send that fails rejects all its requests: some of their events may be in the log, and the same event ids
 * may be sent again.
 */
export class LogIngest {
  readonly #log: RawLog;
  readonly #writer: SharedWriter;
  readonly #queues = new Map<string, Waiting[]>();
  #waitingRecords = 0;

  constructor(log: RawLog) {
    this.#log = log;
    this.#writer = new SharedWriter(log);
  }

  /** Where the events are, in their order, once all are durable. Rejects with an `OperatingError`. */
  async send(topic: EventTopic, events: readonly EncodedEvent[]): Promise<readonly RecordPosition[]> {
    if (this.#waitingRecords + events.length > WAITING_RECORDS_MAX) throw tooManyWaiting();
    this.#waitingRecords += events.length;
    try {
      return await this.#send(topic, events);
    } finally {
      this.#waitingRecords -= events.length;
    }
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }

  async #send(topic: EventTopic, events: readonly EncodedEvent[]): Promise<readonly RecordPosition[]> {
    const lanes = new Map<Lane, NewRecord[]>();
    const places = events.map(({ key, value }) => {
      const lane = laneOf(key, this.#log.lanes);
      const records = lanes.get(lane) ?? [];
      lanes.set(lane, records);
      return { lane, at: records.push({ key, value, headers: {} }) - 1 };
    });
    const bases = new Map<Lane, Offset>();
    const sends = [...lanes].map(async ([lane, records]) => {
      bases.set(lane, (await this.#enqueue(topic, lane, records)).baseOffset);
    });
    // All are awaited, so that none is still under way when the request is answered.
    for (const outcome of await Promise.allSettled(sends)) if (outcome.status === 'rejected') throw outcome.reason;
    return places.map(({ lane, at }) => ({ lane, offset: (bases.get(lane) ?? 0) + at }));
  }

  #enqueue(topic: EventTopic, lane: Lane, records: readonly NewRecord[]): Promise<Appended> {
    const target = `${topic}/${lane}`;
    const waiting: Waiting = { records, settled: Promise.withResolvers<Appended>() };
    const queue = this.#queues.get(target);
    if (queue === undefined) {
      this.#queues.set(target, [waiting]);
      // Requests that are read in the same turn of the event loop join the first send.
      setImmediate(() => void this.#drain(target, topic, lane));
    } else queue.push(waiting);
    return waiting.settled.promise;
  }

  async #drain(target: string, topic: EventTopic, lane: Lane): Promise<void> {
    for (;;) {
      const queue = this.#queues.get(target) ?? [];
      const batch = takeBatch(queue);
      if (batch.length === 0) break;
      try {
        const records = batch.flatMap((waiting) => waiting.records);
        const { baseOffset, appendedAtMs } = await this.#writer.send(topic, lane, records);
        let next = baseOffset;
        for (const waiting of batch) {
          waiting.settled.resolve({ baseOffset: next, appendedAtMs });
          next += waiting.records.length;
        }
      } catch (error) {
        for (const waiting of batch) waiting.settled.reject(error);
      }
    }
    this.#queues.delete(target);
  }
}

/** At least one request, and as many more as fit a send. */
function takeBatch(queue: Waiting[]): Waiting[] {
  const batch: Waiting[] = [];
  let records = 0;
  while (queue[0] !== undefined && (batch.length === 0 || records + queue[0].records.length <= SEND_RECORDS_MAX)) {
    const waiting = queue.shift() as Waiting;
    records += waiting.records.length;
    batch.push(waiting);
  }
  return batch;
}

function tooManyWaiting(): OperatingError {
  const message = `expected the log to keep up, found ${WAITING_RECORDS_MAX} events waiting for it. Try again in a moment`;
  return new OperatingError('log-unavailable', message, { retriable: true });
}
