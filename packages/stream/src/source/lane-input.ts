import Denque from 'denque';
import { Fault } from '../errors.ts';
import type { Lane, LaneConsumer, LogRecord, Offset, Topic } from '../ports/event-log.ts';

export interface InputBounds {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

interface Arrived<Item> {
  readonly item: Item;
  readonly bytes: number;
}

/**
 * The records of one topic's lane that have arrived and are not yet used, bounded: full, it pauses the input. Takes
 * only what follows on what it has; what is left over from before a `seek` it ignores.
 */
export class LaneInput<Item> {
  readonly topic: Topic;
  readonly #lane: Lane;
  readonly #bounds: InputBounds;
  readonly #parse: (record: LogRecord) => Item;
  #consumer: LaneConsumer;
  /** Nothing used stays in it: one small record keeps the whole answer alive that it came in. */
  readonly #arrived = new Denque<Arrived<Item>>();
  #bytes = 0;
  #next: Offset = -1;
  #paused = false;
  #gap = false;
  #fault: Fault | null = null;
  /** Something has come since the seek. */
  #settled = false;

  constructor(
    topic: Topic,
    lane: Lane,
    consumer: LaneConsumer,
    bounds: InputBounds,
    parse: (record: LogRecord) => Item,
  ) {
    this.topic = topic;
    this.#lane = lane;
    this.#consumer = consumer;
    this.#bounds = bounds;
    this.#parse = parse;
  }

  /** Starts over at `offset`. */
  seek(consumer: LaneConsumer, offset: Offset): void {
    this.#consumer = consumer;
    this.#arrived.clear();
    this.#bytes = 0;
    this.#gap = false;
    this.#fault = null;
    this.#settled = false;
    this.#next = offset;
    consumer.seek(this.topic, this.#lane, offset);
    if (this.#paused) consumer.resume(this.topic, this.#lane);
    this.#paused = false;
  }

  /** The offset of the next record expected from the log. */
  get next(): Offset {
    return this.#next;
  }

  /** What came is not what should have come next: the log no longer has that, or has been made anew. */
  get hasGap(): boolean {
    return this.#gap;
  }

  /** Why nothing can come behind what has arrived; null where it can. */
  get fault(): Fault | null {
    return this.#fault;
  }

  block(fault: Fault): void {
    this.#fault = fault;
  }

  get length(): number {
    return this.#arrived.length;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  at(index: number): Item | undefined {
    return this.#arrived.peekAt(index)?.item;
  }

  /**
   * Takes a batch, up to a record that is a fault: as with a batch that cannot be decoded, nothing comes behind it. The
   * first to come after a seek may be left over from before it, which does no harm; a later one that goes back is of a log
   * that was cut or made anew, and readers are sent to its start.
   */
  push(records: readonly LogRecord[]): void {
    const first = records[0];
    if (first === undefined || this.#fault !== null) return;
    const mayBeLeftOver = !this.#settled;
    this.#settled = true;
    if (first.offset !== this.#next) {
      const end = first.offset + records.length;
      if (!mayBeLeftOver || end >= this.#next) this.#gap = true;
      return;
    }
    for (const record of records) if (!this.#take(record)) break;
    if (!this.#paused && this.#isFull(1)) this.pause();
  }

  #take(record: LogRecord): boolean {
    const bytes = (record.value?.length ?? 0) + (record.key?.length ?? 0);
    try {
      this.#arrived.push({ item: this.#parse(record), bytes });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#fault = error;
      return false;
    }
    this.#bytes += bytes;
    this.#next = record.offset + 1;
    return true;
  }

  /** Removes the first `count` records. */
  shift(count: number): void {
    for (let i = 0; i < count; i++) this.#bytes -= this.#arrived.shift()?.bytes ?? 0;
    if (this.#paused && !this.#isFull(0.5)) this.resume();
  }

  pause(): void {
    this.#paused = true;
    this.#consumer.pause(this.topic, this.#lane);
  }

  /** Also used against the bounds, for an input that something waits for. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#consumer.resume(this.topic, this.#lane);
  }

  #isFull(share: number): boolean {
    return this.length >= this.#bounds.recordsMax * share || this.#bytes >= this.#bounds.bytesMax * share;
  }
}
