import type { CustomerId } from '@tidemark/domain';
import type { FoldDeadLetter, LaneFold, RefusedRecord, StepLetter } from '../folds/lane-fold.ts';
import type { Lane, Topic } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import type { TimelineRecord } from '../timeline-record.ts';
import type { KeyBuffer } from './key-buffer.ts';
import type { LaneMeta } from './lane-meta.ts';
import type { StepKey } from './step-order.ts';

const DEAD_LETTERS = 'dead-letters';

/** What is written as outputs, of which the numbers go on from chunk to chunk. */
export class ChunkOutputs<Facet, Rules, Change> {
  readonly outputs: OutboxEntry[] = [];
  readonly deadLetters: FoldDeadLetter['reason'][] = [];
  bytes = 0;
  /** Of the last change. */
  number: number;
  #sequence: number;
  readonly #fold: LaneFold<Facet, Rules, Change>;
  readonly #lane: Lane;
  readonly #keys: KeyBuffer;

  constructor(
    fold: LaneFold<Facet, Rules, Change>,
    lane: Lane,
    keys: KeyBuffer,
    { number, sequence }: Pick<LaneMeta, 'number' | 'sequence'>,
  ) {
    this.#fold = fold;
    this.#lane = lane;
    this.#keys = keys;
    this.number = number;
    this.#sequence = sequence;
  }

  /** Of the last output. */
  get sequence(): number {
    return this.#sequence;
  }

  addChange(topic: Topic, change: Change, { at, phase, customerId }: StepKey, record: TimelineRecord): void {
    const identity = { timelineOffset: record.offset, effectiveAt: at, phase, customerId, number: ++this.number };
    const { value, headers } = this.#fold.encode(change, identity);
    this.#add(topic, customerId, value, headers, record);
  }

  addDeadLetter(letter: StepLetter, { at, customerId }: StepKey, record: TimelineRecord): void {
    const { reason, detail, waited } = letter;
    const refused =
      waited === null ? refusedOf(record) : { ...waited, ...NO_BYTES, key: this.#keys.encode(customerId) };
    const whole = { reason, detail, service: this.#fold.service, lane: this.#lane, at, refused };
    const { value, headers } = this.#fold.encodeDeadLetter(whole);
    this.deadLetters.push(reason);
    this.#add(DEAD_LETTERS, customerId, value, headers, record);
  }

  #add(
    topic: Topic,
    customerId: CustomerId,
    value: Uint8Array,
    headers: OutboxEntry['headers'],
    { rawAppendedAtMs }: TimelineRecord,
  ): void {
    this.bytes += value.length;
    const entry = { sequence: ++this.#sequence, topic, key: this.#keys.encode(customerId), value, headers };
    this.outputs.push(rawAppendedAtMs === null ? entry : { ...entry, rawAppendedAtMs });
  }
}

/** What waited in vain is on the timeline. */
const NO_BYTES = { value: null, headers: {} } as const;

function refusedOf({ origin, offset, source }: TimelineRecord): RefusedRecord {
  const { key, value, headers } = source;
  return { ...(origin ?? { topic: 'timeline', offset }), key, value, headers };
}
