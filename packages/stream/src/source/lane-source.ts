import type { CustomerId } from '@tidemark/domain';
import type { Fault } from '../errors.ts';
import type { InputHint, LaneMeta, Place } from '../lane/lane-meta.ts';
import type { JoinedRecord } from '../lane/record-steps.ts';
import type { LaneConsumer, LogRecord, Topic } from '../ports/event-log.ts';

/** Where a change topic is read on from, with the number and the version in force there. */
export type InputPlace = Required<InputHint>;

/** What a lane folds: timeline records, each with the changes that belong to it, once they are known to be whole. */
export interface LaneSource {
  /** Empties all inputs and seeks them anew. `places` says where each change topic is to be read on from. */
  seek(consumer: LaneConsumer, meta: LaneMeta, places: ReadonlyMap<Topic, InputPlace>): void;
  /** Takes a batch; true if something may have become ready, or is known of what will be. */
  push(topic: Topic, records: readonly LogRecord[]): boolean;
  /** Nothing can come of this topic behind what was pushed. */
  block(topic: Topic, fault: Fault): void;
  /** Up to `limit` records that are ready, from the first not yet folded on. Throws a Fault found in the inputs. */
  ready(limit: number): readonly JoinedRecord[];
  /** Up to `limit` customers whom records concern that are not ready yet, as far as that is known. */
  coming(limit: number): ReadonlySet<CustomerId>;
  /** The lane has folded up to `place`; `recordsDone` of the ready records are not needed any more. */
  folded(place: Place, recordsDone: number): void;
  /** Where the change topics would have to be read again from after a restart at `place`. */
  hints(place: Place): Readonly<Record<Topic, InputPlace>>;
  /** Change topics that the next record waits for. */
  waitsFor(): readonly Topic[];
  /** The log skipped records that were expected; the lane has to be acquired anew. */
  readonly hasGap: boolean;
  /** Why no more can become ready than what is: an input is blocked. */
  readonly fault: Fault | null;
  /** The timeline is paused: no more of it comes before some is folded. */
  readonly isFull: boolean;
}
