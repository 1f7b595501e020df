import type { RawDecoder, RawOutcome, RawTopic } from '@tidemark/contracts';
import { MINUTE_MS, type TimeMs } from '@tidemark/domain';
import { decodeRawRecord } from '@tidemark/producer/decode-raw-record';
import type { Fault, InputBounds, Lane, LaneConsumer, LogRecord, Offset } from '@tidemark/stream';
import { LaneInput } from '@tidemark/stream';

/** Producers' clocks may be ahead of the lane's by this much. */
export const FUTURE_MAX_MS = 5 * MINUTE_MS;

/** What a punctuation promised: the records up to the next one lie in [time, until]. */
export interface Segment {
  readonly time: TimeMs;
  readonly until: TimeMs;
}

/** Where a record stands in the merge: by time, `SORTS_FIRST` first, then by the order of topics. */
export interface MergeKey {
  readonly time: number;
  readonly kind: 0 | 1;
}

export interface RawHead {
  readonly record: LogRecord;
  readonly outcome: RawOutcome;
  readonly key: MergeKey;
}

/** What has to survive a restart to merge on: kept as the metadata of the input's committed offset. */
export interface RawInputState {
  readonly segment: Segment | null;
  /** The merge time of the last record taken. */
  readonly mergedTo: number;
  /** When the log got that record, by which it is known again; null before the first. */
  readonly takenAtMs: number | null;
}

/** Before the records of its time: a punctuation, and the switch to the live clock, which follows the last of them. */
const SORTS_FIRST: ReadonlySet<string> = new Set(['punctuation', 'live-switch']);

const INITIAL: RawInputState = { segment: null, mergedTo: 0, takenAtMs: null };

/** One raw topic of a lane: what has arrived, its first record decoded, and how far it has been merged. */
export class RawInput {
  readonly topic: RawTopic;
  readonly #input: LaneInput<LogRecord>;
  readonly #decoder: RawDecoder;
  #head: RawHead | null = null;
  #state: RawInputState = INITIAL;

  constructor(topic: RawTopic, lane: Lane, consumer: LaneConsumer, bounds: InputBounds, decoder: RawDecoder) {
    this.topic = topic;
    this.#input = new LaneInput(topic, lane, consumer, bounds, (record) => record);
    this.#decoder = decoder;
  }

  seek(consumer: LaneConsumer, offset: Offset, state: RawInputState | null): void {
    this.#head = null;
    this.#state = state ?? INITIAL;
    this.#input.seek(consumer, offset);
  }

  push(records: readonly LogRecord[]): void {
    this.#input.push(records);
  }

  block(fault: Fault): void {
    this.#input.block(fault);
  }

  /** Why nothing can come, once all that came before is taken. */
  get fault(): Fault | null {
    return this.isEmpty ? this.#input.fault : null;
  }

  get hasGap(): boolean {
    return this.#input.hasGap;
  }

  get state(): RawInputState {
    return this.#state;
  }

  get isEmpty(): boolean {
    return this.#input.length === 0;
  }

  /** The offset of the first record not yet taken. */
  get next(): Offset {
    return this.#input.at(0)?.offset ?? this.#input.next;
  }

  /** The first record, null if none has arrived; a promise only where a schema has to be asked for. */
  head(): RawHead | null | Promise<RawHead> {
    if (this.#head !== null) return this.#head;
    const record = this.#input.at(0);
    if (record === undefined) return null;
    const outcome = decodeRawRecord(this.topic, record.value, this.#decoder);
    return outcome instanceof Promise
      ? outcome.then((decoded) => this.#keepHead(record, decoded))
      : this.#keepHead(record, outcome);
  }

  /** The least key that a record yet to arrive can have; null: it can have any. */
  get bound(): MergeKey | null {
    return this.#state.segment === null ? null : { time: this.#state.mergedTo, kind: 1 };
  }

  /** Whether a time is further ahead than the segment's promise allows. */
  isBeyondSegment(time: number): boolean {
    const { segment } = this.#state;
    return segment !== null && time > segment.until + FUTURE_MAX_MS;
  }

  /** Removes the head, which is merged at its key. */
  take(head: RawHead): void {
    const { outcome, key } = head;
    const segment =
      outcome.ok && outcome.recordType === 'punctuation'
        ? { time: outcome.value.time, until: outcome.value.until }
        : this.#state.segment;
    this.#state = { segment, mergedTo: key.time, takenAtMs: head.record.appendedAtMs };
    this.#head = null;
    this.#input.shift(1);
  }

  #keepHead(record: LogRecord, outcome: RawOutcome): RawHead {
    this.#head = { record, outcome, key: this.#keyOf(outcome) };
    return this.#head;
  }

  /** Earlier records merge where the input stands; what will be refused does not hold up the others. */
  #keyOf(outcome: RawOutcome): MergeKey {
    const { mergedTo, segment } = this.#state;
    const time = outcome.ok ? timeOf(outcome) : mergedTo;
    // A punctuation that does not move its input (a repeat) makes no record, so it need not wait for the others.
    if (outcome.ok && SORTS_FIRST.has(outcome.recordType))
      return { time: segment === null ? time : Math.max(time, mergedTo), kind: 0 };
    if (!Number.isSafeInteger(time) || this.isBeyondSegment(time)) return { time: mergedTo, kind: 1 };
    return { time: Math.max(time, mergedTo), kind: 1 };
  }
}

function timeOf(outcome: RawOutcome & { ok: true }): number {
  switch (outcome.recordType) {
    case 'policy':
    case 'punctuation':
    case 'live-switch':
    case 'cutover':
    case 'format':
      return outcome.value.time;
    default:
      return outcome.value.occurredAt;
  }
}
