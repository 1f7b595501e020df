import type { EffectNote } from '@tidemark/domain';
import type { Fault } from '../errors.ts';
import type { FoldDeadLetter, LaneFold } from '../folds/lane-fold.ts';
import type { Lane } from '../ports/event-log.ts';
import type { OutboxEntry } from '../ports/profile-store.ts';
import type { TimelineReader } from '../timeline-record.ts';
import type { ChunkRead } from './chunk-lists.ts';
import type { LaneCustomers } from './lane-customers.ts';
import type { LaneMeta } from './lane-meta.ts';
import type { ToldBefore } from './mark.ts';
import type { JoinedRecord } from './record-steps.ts';

export interface ChunkBounds {
  readonly stepsMax: number;
  readonly customersMax: number;
  readonly bytesMax: number;
}

export interface ChunkInput extends ChunkRead {
  readonly records: readonly JoinedRecord[];
  /** At the cutover to the fold's version: what was told before it. */
  readonly told: ToldBefore | null;
}

export interface FoldedChunk {
  readonly meta: LaneMeta;
  readonly outputs: readonly OutboxEntry[];
  /** Records that are done; the one after them may be part-way (see `meta.place.cursor`). */
  readonly recordsDone: number;
  readonly steps: number;
  /** Of outputs, and of facets that had not changed before. */
  readonly bytes: number;
  /** Steps of the customers' own events by timeline type. */
  readonly events: ReadonlyMap<string, number>;
  /** Steps of timers. */
  readonly timers: number;
  /** Records dropped because their origin was folded before. */
  readonly repeats: number;
  /** What went to dead-letters. */
  readonly deadLetters: readonly FoldDeadLetter['reason'][];
  /** Events that changed less than they say. */
  readonly notes: readonly EffectNote[];
  readonly poisoned: readonly unknown[];
  /** Why nothing of the next record can be folded; null where it can. */
  readonly fault: Fault | null;
}

export interface FoldContext<Facet, Rules, Change> {
  readonly lane: Lane;
  readonly fold: LaneFold<Facet, Rules, Change>;
  readonly reader: TimelineReader;
  readonly customers: LaneCustomers<Facet>;
  readonly bounds: ChunkBounds;
  /** The rules in force at the chunk's start; null before the lane's first policy. */
  rules: Rules | null;
}
