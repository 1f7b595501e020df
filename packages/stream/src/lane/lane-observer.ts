import type { Fault, OperatingError } from '../errors.ts';
import type { Lane } from '../ports/event-log.ts';
import type { FoldedChunk } from './fold-chunk.ts';

/** Told of what happens in a lane, for logs, metrics and progress. Must be quick and must not throw. */
export interface LaneObserver {
  acquired?(service: string, lane: Lane, offset: number): void;
  committed?(service: string, lane: Lane, chunk: FoldedChunk): void;
  /** Another owner was first; the lane starts again from what is stored. */
  refused?(service: string, lane: Lane): void;
  /** A fold threw on a customer's data: his record is a dead letter, the error tells where. */
  poisoned?(service: string, lane: Lane, error: unknown): void;
  retried?(service: string, lane: Lane, error: OperatingError): void;
  faulted?(service: string, lane: Lane, fault: Fault): void;
  /** A programmer error: the process should end. */
  crashed?(service: string, lane: Lane, error: unknown): void;
}
