import type { Clock } from '../ports/clock.ts';

/** While a service is busy, a reader that joins waits so much longer for a lane with nothing to tell. */
const EVERY_MS = 5;
/** Lanes whose records came together go together. */
const GATHER_MS = 1;

/**
 * When the lanes of a service tell progress that goes along with no output: all of them together, 1 ms after a pause, else
 * 5 ms after the time before. By itself it costs the broker and its readers a request each, as much as a change does.
 */
export class ProgressPace {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  /** When progress is to go that there is from now on, on the clock's `elapsedMs`. */
  next(): number {
    const nowMs = this.#clock.elapsedMs();
    if (this.#nextMs < nowMs) this.#nextMs = Math.max(nowMs + GATHER_MS, this.#nextMs + EVERY_MS);
    return this.#nextMs;
  }
}
