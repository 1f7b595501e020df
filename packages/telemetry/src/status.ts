import { RAW_TOPICS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type LaneStatus, laneAheadMs, type Topic } from '@tidemark/stream';
import type { UnifyLaneStatus } from '@tidemark/timeline';

export const UNIFY = 'unify';
const TIMELINE = 'timeline';

/** What metrics and health want to know of a lane, of folds and unify alike. */
export interface WatchedLane extends Pick<LaneStatus, 'lane' | 'clock' | 'isAcquired' | 'fault' | 'waitsFor'> {
  readonly service: string;
  /** Stream time, for unify log time; null before the first record. */
  readonly time: LaneStatus['streamTime'] | null;
  /** The next offset, by topic. */
  readonly next: ReadonlyMap<Topic, number>;
  /** Null for unify, which has neither. */
  readonly outbox: { readonly depth: number; readonly waitingMs: number } | null;
  readonly hasTimers: boolean;
  readonly dedupReachesBackTo: number | null;
  /** A record cannot be read before the registry has answered, which it has not for a while. */
  readonly waitsForRegistry: boolean;
  /** By how much a lane on the wall clock is ahead of it. */
  readonly aheadMs: number;
  /** Why a fold's version tells nothing here; null where it tells, and for unify. */
  readonly silence: 'beside' | 'ended' | null;
  /** Whether the lane, as far behind as `lag` says by topic, has something to do that it need not wait for. */
  canGoOn(lag: ReadonlyMap<Topic, number>): boolean;
}

export function watchedFold(service: string, status: LaneStatus, now: TimeMs): WatchedLane {
  return {
    ...status,
    service,
    time: status.clock === null ? null : status.streamTime,
    next: new Map([[TIMELINE, status.next]]),
    outbox: { depth: status.outboxDepth, waitingMs: status.outboxWaitingMs },
    hasTimers: true,
    dedupReachesBackTo: null,
    waitsForRegistry: false,
    aheadMs: laneAheadMs(status.clock, status.streamTime, now),
    silence: status.endedBy !== null ? 'ended' : status.isBeside ? 'beside' : null,
    canGoOn: (lag) => status.endedBy === null && status.waitsFor.length === 0 && isBehind(lag, TIMELINE),
  };
}

export function watchedUnify(status: UnifyLaneStatus, now: TimeMs): WatchedLane {
  return {
    ...status,
    service: UNIFY,
    waitsFor: [],
    // Nothing is on the timeline before a policy, and a policy has a log time.
    time: status.logTime === 0 ? null : status.logTime,
    outbox: null,
    hasTimers: false,
    silence: null,
    aheadMs: laneAheadMs(status.clock, status.logTime, now),
    canGoOn: (lag) => unifyCanGoOn(status, lag),
  };
}

/**
 * Before its first policy a lane reads nothing but control. On the event clock the merge may wait for a topic that has
 * nothing yet, but never while all of them have something.
 */
function unifyCanGoOn({ clock, logTime, waitsForRegistry }: UnifyLaneStatus, lag: ReadonlyMap<Topic, number>): boolean {
  if (waitsForRegistry) return false;
  if (clock === null || logTime === 0) return isBehind(lag, 'control');
  return clock === 'event'
    ? RAW_TOPICS.every((topic) => isBehind(lag, topic))
    : RAW_TOPICS.some((topic) => isBehind(lag, topic));
}

function isBehind(lag: ReadonlyMap<Topic, number>, topic: Topic): boolean {
  return (lag.get(topic) ?? 0) > 0;
}
