import type { Clock } from '../ports/clock.ts';

/** Lanes whose records came together go together. */
const GATHER_MS = 1;
/** While a service is busy, a reader that joins waits so much longer for a lane with nothing to tell. */
const EVERY_MS_MIN = 5;
const EVERY_MS_MAX = 100;
/** So many times as long as the log took the time before. */
const SLOWER_THAN_LOG = 10;

/**
 * When the lanes of a service tell progress that goes along with no output: all of them together, 1 ms after a pause, else
 * for a tenth of the time, every 5 to 100 ms. By itself it costs the broker and its readers a request each, as much as a
 * change does: where the log answers late, progress would make changes wait.
 */
export class ProgressPace {
  readonly #clock: Pick<Clock, 'elapsedMs'>;
  #everyMs = EVERY_MS_MIN;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'elapsedMs'>) {
    this.#clock = clock;
  }

  /** When progress is to go that there is from now on, on the clock's `elapsedMs`. */
  next(): number {
    const nowMs = this.#clock.elapsedMs();
    if (this.#nextMs < nowMs) this.#nextMs = Math.max(nowMs + GATHER_MS, this.#nextMs + this.#everyMs);
    return this.#nextMs;
  }

  /** Hears how long the log took to take progress. */
  took(ms: number): void {
    this.#everyMs = Math.min(Math.max(ms * SLOWER_THAN_LOG, EVERY_MS_MIN), EVERY_MS_MAX);
  }
}
