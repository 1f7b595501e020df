import type { CustomerId } from '@tidemark/domain';
import type { Fault } from '../errors.ts';
import type { LaneMeta } from '../lane/lane-meta.ts';
import type { JoinedRecord } from '../lane/record-steps.ts';
import type { Lane, LaneConsumer, LogRecord, Topic } from '../ports/event-log.ts';
import type { TimelineReader } from '../timeline-record.ts';
import { type InputBounds, LaneInput } from './lane-input.ts';
import type { LaneSource } from './lane-source.ts';

const NO_CHANGES: JoinedRecord['changes'] = [];
const NOBODY: ReadonlySet<CustomerId> = new Set();

/** The offset at which a lane at this place reads the timeline on: a record that is part-way is read again. */
export function nextTimelineOffset({ place }: Pick<LaneMeta, 'place'>): number {
  return place.cursor === null ? place.offset + 1 : place.offset;
}

/** The source of a score: the timeline alone, every record ready as it arrives. */
export class TimelineSource implements LaneSource {
  readonly #input: LaneInput<JoinedRecord>;

  constructor(timeline: Topic, lane: Lane, consumer: LaneConsumer, bounds: InputBounds, reader: TimelineReader) {
    this.#input = new LaneInput(timeline, lane, consumer, bounds, (record) => ({
      record: reader.record(record),
      changes: NO_CHANGES,
    }));
  }

  seek(consumer: LaneConsumer, meta: LaneMeta): void {
    this.#input.seek(consumer, nextTimelineOffset(meta));
  }

  push(topic: Topic, records: readonly LogRecord[]): boolean {
    if (topic === this.#input.topic) this.#input.push(records);
    return true;
  }

  block(topic: Topic, fault: Fault): void {
    if (topic === this.#input.topic) this.#input.block(fault);
  }

  ready(limit: number): readonly JoinedRecord[] {
    const ready: JoinedRecord[] = [];
    for (let i = 0; i < limit; i++) {
      const joined = this.#input.at(i);
      if (joined === undefined) break;
      ready.push(joined);
    }
    return ready;
  }

  coming(): ReadonlySet<CustomerId> {
    return NOBODY;
  }

  folded(_place: unknown, recordsDone: number): void {
    this.#input.shift(recordsDone);
  }

  hints(): Readonly<Record<Topic, never>> {
    return {};
  }

  waitsFor(): readonly Topic[] {
    return [];
  }

  get isFull(): boolean {
    return this.#input.isPaused;
  }

  get fault(): Fault | null {
    return this.#input.fault;
  }

  get hasGap(): boolean {
    return this.#input.hasGap;
  }
}
