import { RAW_TOPICS } from '@tidemark/contracts';
import type {
  Appended,
  Bounds,
  EventLog,
  Lane,
  LaneConsumer,
  LogRecord,
  LogWriter,
  NewRecord,
  Offset,
  Subscription,
  Topic,
} from '@tidemark/stream';

/** The log as it is, keeping in mind what tells how far the pipeline is behind: ends, and each group's member. */
export class WatchedLog implements EventLog {
  readonly lanes: number;
  readonly #log: EventLog;
  readonly #ends = new Map<Topic, Offset[]>();
  readonly #consumers = new Map<string, LaneConsumer>();

  private constructor(log: EventLog) {
    this.lanes = log.lanes;
    this.#log = log;
  }

  static async open(log: EventLog): Promise<WatchedLog> {
    const watched = new WatchedLog(log);
    await watched.refresh();
    return watched;
  }

  /** Asks where the topics end, for what others have written. */
  async refresh(): Promise<void> {
    const lanes = Array.from({ length: this.lanes }, (_, lane) => lane);
    for (const topic of [...RAW_TOPICS, 'timeline']) {
      const ends = await Promise.all(lanes.map(async (lane) => (await this.#log.bounds(topic, lane)).end));
      const known = this.#ends.get(topic);
      // What was written here meanwhile is newer than the answer.
      this.#ends.set(topic, known === undefined ? ends : ends.map((end, lane) => Math.max(end, known[lane] ?? 0)));
    }
  }

  /** Raw records that the group has not committed. */
  async rawBacklog(group: string): Promise<number> {
    const consumer = this.#consumers.get(group);
    let records = 0;
    for (let lane = 0; lane < this.lanes; lane++) {
      const committed = await consumer?.committed(lane);
      for (const topic of RAW_TOPICS) records += this.#end(topic, lane) - (committed?.get(topic)?.offset ?? 0);
    }
    return records;
  }

  /** Timeline records that are not folded whole, by the next offset that each lane folds. */
  timelineBacklog(nextOf: (lane: Lane) => Offset): number {
    let records = 0;
    for (let lane = 0; lane < this.lanes; lane++) records += this.#end('timeline', lane) - nextOf(lane);
    return records;
  }

  async writer(): Promise<LogWriter> {
    const writer = await this.#log.writer();
    return {
      send: async (topic, lane, records) => {
        const appended = await writer.send(topic, lane, records);
        this.#appended(topic, lane, appended, records);
        return appended;
      },
      close: () => writer.close(),
    };
  }

  async consume(subscription: Subscription): Promise<LaneConsumer> {
    const consumer = await this.#log.consume(subscription);
    this.#consumers.set(subscription.group, consumer);
    return consumer;
  }

  bounds(topic: Topic, lane: Lane): Promise<Bounds> {
    return this.#log.bounds(topic, lane);
  }

  read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    return this.#log.read(topic, lane, from, limit);
  }

  #appended(topic: Topic, lane: Lane, { baseOffset }: Appended, records: readonly NewRecord[]): void {
    const ends = this.#ends.get(topic);
    if (ends !== undefined) ends[lane] = baseOffset + records.length;
  }

  #end(topic: Topic, lane: Lane): Offset {
    return this.#ends.get(topic)?.[lane] ?? 0;
  }
}
