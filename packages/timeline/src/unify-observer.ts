import type { DeadLetterReason } from '@tidemark/contracts';
import type { Fault, Lane, OperatingError } from '@tidemark/stream';

/** Told of what unify does, for logs, metrics and progress. Must be quick and must not throw. */
export interface UnifyObserver {
  acquired?(lane: Lane): void;
  /** The lane was taken up, or went live, with a clock that is further ahead of the wall clock than machines differ. */
  clockAhead?(lane: Lane, aheadMs: number): void;
  /** Records of a batch that are on the timeline, with the lane's log time. */
  sent?(lane: Lane, events: number, logTime: number): void;
  refused?(lane: Lane, reason: DeadLetterReason): void;
  duplicate?(lane: Lane): void;
  retried?(lane: Lane, error: OperatingError): void;
  faulted?(lane: Lane, fault: Fault): void;
  /** A programmer error: the process should end. */
  crashed?(lane: Lane, error: unknown): void;
}
