import type { Environment as Variables } from '@tidemark/config';
import type { Clock } from '@tidemark/stream';
import type { StopSignal } from './exit-codes.ts';
import type { Output } from './output.ts';

/** The world outside, as `main.ts` hands it to the commands. */
export interface Environment {
  readonly variables: Variables;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** Aborts when a person or a supervisor asks the process to stop; the reason is the `StopSignal`. */
  readonly stop: AbortSignal;
  /** The greatest resident memory so far. */
  peakMemoryBytes(): number;
}

/** Which signal asked to stop; null if none did. */
export function stopSignalOf({ stop }: Pick<Environment, 'stop'>): StopSignal | null {
  return stop.aborted ? (stop.reason as StopSignal) : null;
}

/** A command's work; resolves to the exit code. */
export type Run = (environment: Environment) => Promise<number>;
