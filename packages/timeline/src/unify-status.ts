import type { ClockName } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { FaultCode, Lane, Offset, Topic } from '@tidemark/stream';

/** How a lane is doing, for metrics and health. */
export interface UnifyLaneStatus {
  readonly lane: Lane;
  /** False before the lane was acquired, and while the log or the registry is away. */
  readonly isAcquired: boolean;
  readonly fault: FaultCode | null;
  readonly logTime: TimeMs;
  readonly clock: ClockName | null;
  /** Log time of the oldest event that a repeat would be noticed of. */
  readonly dedupReachesBackTo: TimeMs | null;
  /** The registry was asked for a schema, and has not answered for a while. */
  readonly waitsForRegistry: boolean;
  /** Events that happened before are refused; null before the lane has a policy. */
  readonly earliestAt: TimeMs | null;
  /** The base currency; null before the lane has a policy. */
  readonly currency: string | null;
  /** The next offset to take, by raw topic. */
  readonly next: ReadonlyMap<Topic, Offset>;
}
