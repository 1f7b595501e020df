import assert from 'node:assert';
import type {
  Committed,
  Lane,
  LaneConsumer,
  LaneHandler,
  LogRecord,
  Offset,
  Subscription,
  Topic,
} from '@tidemark/stream';
import type { ConsumerGroups } from './consumer-groups.ts';
import type { Partition } from './partitions.ts';
import type { Source } from './pump.ts';

/**
 * Chunks (at most 250 records, 64 KiB or one larger record) are put together until a batch has this much: fewer than
 * 2,250 records, so that a delivery takes a few milliseconds at most.
 */
const BATCH_RECORDS_ENOUGH = 2_000;
const BATCH_BYTES_ENOUGH = 524_288;

/** A member of a group. It owns all lanes or none: the newest member has them. */
export class EmbeddedConsumer implements LaneConsumer {
  readonly group: string;
  readonly #topics: readonly Topic[];
  readonly #handler: LaneHandler;
  readonly #groups: ConsumerGroups;
  /** By lane: what was assigned to this member and not taken away. */
  readonly #inputs = new Map<Lane, Map<Topic, Input>>();
  #owns = false;
  #closed = false;

  constructor(groups: ConsumerGroups, { group, topics, handler }: Subscription) {
    this.group = group;
    this.#topics = topics;
    this.#handler = handler;
    this.#groups = groups;
  }

  /** Gives this member all lanes: `assigned` follows for each, from the pump. */
  takeLanes(): void {
    this.#owns = true;
    for (let lane = 0; lane < this.#groups.partitions.lanes; lane++) this.#groups.pump.notify(() => this.#assign(lane));
  }

  /** Takes all lanes away at once: nothing more is delivered; `revoked` follows for each that was assigned. */
  loseLanes(): void {
    this.#owns = false;
    for (const lane of this.#dropInputs()) this.#groups.pump.notify(() => this.#closed || this.#handler.revoked(lane));
  }

  seek(topic: Topic, lane: Lane, offset: Offset): void {
    assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is a whole number from 0');
    this.#input(topic, lane)?.seek(offset);
  }

  pause(topic: Topic, lane: Lane): void {
    this.#input(topic, lane)?.pause();
  }

  resume(topic: Topic, lane: Lane): void {
    this.#input(topic, lane)?.resume();
  }

  async committed(lane: Lane): Promise<ReadonlyMap<Topic, Committed>> {
    return this.#groups.commits.committed(this.group, lane);
  }

  /** A member that has lost its lanes commits nothing: the new owner's places stand. */
  async commit(lane: Lane, places: ReadonlyMap<Topic, Committed>): Promise<void> {
    if (this.#owns) this.#groups.commits.commit(this.group, lane, places);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#owns = false;
    this.#dropInputs();
    this.#groups.leave(this);
  }

  #assign(lane: Lane): void {
    if (!this.#owns || this.#inputs.has(lane)) return;
    const inputs = this.#topics.map((topic) => new Input(this.#groups, this.#handler, topic, lane));
    this.#inputs.set(lane, new Map(inputs.map((input) => [input.topic, input])));
    for (const input of inputs) this.#groups.attach(input);
    this.#handler.assigned(lane, this);
  }

  #dropInputs(): Lane[] {
    const lanes = [...this.#inputs.keys()];
    for (const inputs of this.#inputs.values()) {
      for (const input of inputs.values()) {
        input.stop();
        this.#groups.detach(input);
      }
    }
    this.#inputs.clear();
    return lanes;
  }

  /** Undefined for a lane that is not this member's (any more): such a call comes late, and does nothing. */
  #input(topic: Topic, lane: Lane): Input | undefined {
    assert(this.#topics.includes(topic), `the group ${this.group} reads topic ${topic}`);
    return this.#inputs.get(lane)?.get(topic);
  }
}

/** One topic's lane as one member reads it. */
export class Input implements Source {
  readonly topic: Topic;
  readonly partition: Partition;
  readonly #lane: Lane;
  readonly #groups: ConsumerGroups;
  readonly #handler: LaneHandler;
  #position: Offset | null = null;
  #paused = false;

  constructor(groups: ConsumerGroups, handler: LaneHandler, topic: Topic, lane: Lane) {
    this.topic = topic;
    this.partition = groups.partitions.of(topic, lane);
    this.#lane = lane;
    this.#groups = groups;
    this.#handler = handler;
  }

  /** The next offset to deliver; null before the first seek. */
  get position(): Offset | null {
    return this.#position;
  }

  seek(offset: Offset): void {
    this.#position = offset;
    this.wake();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.wake();
  }

  stop(): void {
    this.#position = null;
  }

  wake(): void {
    if (this.#isReady()) this.#groups.pump.wake(this);
  }

  deliver(): boolean {
    if (this.#position === null || !this.#isReady()) return false;
    const records = this.#nextBatch(this.#position);
    const last = records[records.length - 1];
    if (last === undefined) return false;
    this.#position = last.offset + 1;
    this.#handler.batch(this.topic, this.#lane, records);
    return this.#isReady();
  }

  #isReady(): boolean {
    return !this.#paused && this.#position !== null && this.#position < this.#groups.end(this.partition);
  }

  /** Usually one chunk, whose array is handed on as it is. */
  #nextBatch(from: Offset): readonly LogRecord[] {
    const first = this.#groups.chunk(this.partition, from);
    if (first === undefined) return [];
    let records = first.records;
    let bytes = first.bytes;
    while (records.length < BATCH_RECORDS_ENOUGH && bytes < BATCH_BYTES_ENOUGH) {
      const chunk = this.#groups.chunk(this.partition, (records.at(-1)?.offset ?? from) + 1);
      if (chunk === undefined) break;
      records = records.concat(chunk.records);
      bytes += chunk.bytes;
    }
    return records;
  }
}
