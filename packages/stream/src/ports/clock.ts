import type { TimeMs } from '@tidemark/domain';

/** Wall-clock time and waiting, injected where a program is put together. */
export interface Clock {
  now(): TimeMs;
  /** Ms since some fixed moment, with fractions; never goes back. For durations. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Whole ms until the next of the moments, `everyMs` apart, at which all who share the clock do what they do together. */
export function untilBeat(clock: Pick<Clock, 'elapsedMs'>, everyMs: number): number {
  return Math.ceil(everyMs - (clock.elapsedMs() % everyMs));
}
