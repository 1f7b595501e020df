import { RAW_TOPICS, type RawTopic } from '@tidemark/contracts';
import { endOfSend, type LogWriter, type NewRecord } from '@tidemark/stream';
import type { Position } from './replay-positions.ts';
import { isBeyond } from './replay-positions.ts';

const SEND_RECORDS_MAX = 2_000;

/** Records on their way to the raw topics: gathered by topic and lane, then sent, one send in flight for each. */
export class RawBatches {
  /** Records gathered and not yet sent. */
  pending = 0;
  readonly #writer: LogWriter;
  readonly #queues: readonly Queue[];
  readonly #lanes: number;

  /** `positions`: what each topic's lane has already; records up to there are not sent again. */
  constructor(writer: LogWriter, positions: ReadonlyMap<RawTopic, readonly Position[]>, lanes: number) {
    this.#writer = writer;
    this.#lanes = lanes;
    this.#queues = RAW_TOPICS.flatMap((topic) =>
      (positions.get(topic) ?? []).map((written, lane) => ({ topic, lane, written, records: [] })),
    );
  }

  /** Adds what `makeRecord` gives, unless the topic's lane has it. */
  add(topic: RawTopic, lane: number, position: Position, makeRecord: () => NewRecord): void {
    const queue = this.#queues[RAW_TOPICS.indexOf(topic) * this.#lanes + lane];
    if (queue === undefined) throw new RangeError(`expected a lane below ${this.#lanes}, found ${lane}`);
    if (!isBeyond(position, queue.written)) return;
    queue.records.push(makeRecord());
    this.pending += 1;
  }

  /** Resolves once all that was gathered is durable. After a rejection the writer must not be used again. */
  async flush(): Promise<void> {
    const waiting = this.#queues.filter((queue) => queue.records.length > 0);
    const outcomes = await Promise.allSettled(waiting.map((queue) => this.#send(queue)));
    this.pending = 0;
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #send(queue: Queue): Promise<void> {
    const { topic, lane, records } = queue;
    queue.records = [];
    for (let from = 0; from < records.length; ) {
      const to = endOfSend(records, from, SEND_RECORDS_MAX);
      await this.#writer.send(topic, lane, records.slice(from, to));
      from = to;
    }
  }
}

interface Queue {
  readonly topic: RawTopic;
  readonly lane: number;
  readonly written: Position;
  records: NewRecord[];
}
