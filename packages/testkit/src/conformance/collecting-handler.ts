import type { Lane, LaneConsumer, LaneHandler, LogRecord, Offset, Topic } from '@tidemark/stream';
import { eventually } from './eventually.ts';

type Input = { expected: Offset; accepted: LogRecord[] };

/**
 * A handler that keeps what it gets, in the manner of the lane loop: a batch that does not start at the offset expected
 * is stale, from before a seek, and dropped.
 */
export class CollectingHandler implements LaneHandler {
  readonly assignments: Lane[] = [];
  readonly revocations: Lane[] = [];
  /** How many batches came, by topic and lane, stale ones too. */
  readonly batches = new Map<string, number>();
  readonly #inputs = new Map<string, Input>();
  readonly #consumers = new Map<Lane, LaneConsumer>();

  assigned(lane: Lane, consumer: LaneConsumer): void {
    this.assignments.push(lane);
    this.#consumers.set(lane, consumer);
  }

  revoked(lane: Lane): void {
    this.revocations.push(lane);
  }

  batch(topic: Topic, lane: Lane, records: readonly LogRecord[]): void {
    const name = inputName(topic, lane);
    this.batches.set(name, (this.batches.get(name) ?? 0) + 1);
    const input = this.#inputs.get(name);
    if (input === undefined || records[0]?.offset !== input.expected) return;
    input.accepted.push(...records);
    input.expected += records.length;
  }

  /** Places an input, once its lane is assigned; what was accepted before is forgotten. */
  async seek(topic: Topic, lane: Lane, offset: Offset): Promise<void> {
    const consumer = await this.consumerOf(lane);
    this.#inputs.set(inputName(topic, lane), { expected: offset, accepted: [] });
    consumer.seek(topic, lane, offset);
  }

  async consumerOf(lane: Lane): Promise<LaneConsumer> {
    await eventually(
      () => this.#consumers.has(lane),
      () => ({ waitingFor: `the assignment of lane ${lane}`, assignments: this.assignments }),
    );
    const consumer = this.#consumers.get(lane);
    if (consumer === undefined) throw new Error(`lane ${lane} was not assigned`);
    return consumer;
  }

  /** Waits for `count` records since the last seek. */
  async accepted(topic: Topic, lane: Lane, count: number): Promise<readonly LogRecord[]> {
    const records = (): readonly LogRecord[] => this.#inputs.get(inputName(topic, lane))?.accepted ?? [];
    await eventually(
      () => records().length >= count,
      () => ({ waitingFor: `${count} records of ${topic} ${lane}`, got: records().length }),
    );
    return records();
  }

  batchesOf(topic: Topic, lane: Lane): number {
    return this.batches.get(inputName(topic, lane)) ?? 0;
  }
}

function inputName(topic: Topic, lane: Lane): string {
  return `${lane} ${topic}`;
}
