import type { TimeMs } from '@tidemark/domain';
import type { FaultCode } from '../errors.ts';
import type { LaneFold } from '../folds/lane-fold.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog, Lane, Offset, Topic } from '../ports/event-log.ts';
import type { ProfileStore } from '../ports/profile-store.ts';
import type { Semaphore } from '../semaphore.ts';
import type { SharedWriter } from '../shared-writer.ts';
import type { LaneSource } from '../source/lane-source.ts';
import type { TimelineReader } from '../timeline-record.ts';
import type { ToldTopic } from '../versions/find-version.ts';
import type { ChunkBounds } from './chunk.ts';
import type { ProgressPace } from './progress-pace.ts';

export interface LaneOptions {
  readonly chunk: ChunkBounds;
  /** Timeline records looked at for one chunk. */
  readonly recordsMax: number;
  readonly cacheCustomersMax: number;
  /** Outputs that may wait for the log before folding pauses. */
  readonly outboxMax: number;
  readonly retryMs: number;
  readonly mirrorMs: number;
  /**
   * Between two commits at least, while fewer than `recordsMax` records are ready: larger chunks cost less a record. For
   * a fold that nobody waits for; 0 folds what there is at once.
   */
  readonly lingerMs?: number;
  /**
   * Up to which offset a lane that is whole in memory commits several chunks at once, within the bounds of one: a customer
   * who changes in many of them is written once. For a fold that goes through the log again.
   */
  readonly defersTo?: ReadonlyMap<Lane, Offset>;
}

export interface LanePorts {
  readonly log: EventLog;
  readonly store: ProfileStore;
  readonly clock: Clock;
  readonly writer: SharedWriter;
  readonly pace: ProgressPace;
  /** Whoever looks at every customer of a lane holds what was told of them. */
  readonly looks: Semaphore;
}

export interface LaneWiring<Facet, Rules, Change> {
  readonly fold: LaneFold<Facet, Rules, Change>;
  readonly reader: TimelineReader;
  readonly timeline: Topic;
  readonly source: LaneSource;
  /** Topics other than the timeline that the source reads. */
  readonly inputs: readonly Topic[];
  /** How those are read. */
  readonly toldTopics?: ReadonlyMap<Topic, ToldTopic>;
}

/** How a lane is doing, for metrics and health. */
export interface LaneStatus {
  readonly lane: Lane;
  /** The next timeline offset to fold. */
  readonly next: Offset;
  readonly streamTime: TimeMs;
  readonly clock: 'event' | 'live' | null;
  /** False before the lane was acquired, and while the log or the store is away. */
  readonly isAcquired: boolean;
  readonly fault: FaultCode | null;
  /** Topics that the next record waits for. */
  readonly waitsFor: readonly Topic[];
  readonly outboxDepth: number;
  readonly outboxWaitingMs: number;
  /** Whether this version folds beside the one in force, silently. */
  readonly isBeside: boolean;
  /** The later version that tells from here on: nothing is left to do for this one. Null: there is none. */
  readonly endedBy: number | null;
}
