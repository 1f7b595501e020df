import type { TimeMs } from '@tidemark/domain';

/**
 * Says how far the folds must be before more is written. The unit is the day: until the next day's punctuation is in
 * every topic, unify cannot know that a day is complete, and holds it. So a day that is busier than the bound is written
 * whole; its records wait in the log, on disk.
 */
export class Pacer {
  readonly #recordsAheadMax: number;
  #written: { readonly day: TimeMs; readonly records: number }[] = [];

  constructor(recordsAheadMax: number) {
    this.#recordsAheadMax = recordsAheadMax;
  }

  /** After a batch: `day` is being written, `records` were written so far. Gives the stream time to wait for. */
  streamTimeToWaitFor(day: TimeMs, records: number): TimeMs {
    this.#written.push({ day, records });
    const isFarBehind = (mark: { readonly records: number } | undefined) =>
      mark !== undefined && mark.records <= records - this.#recordsAheadMax;
    // The first entry is the last that is far enough behind.
    while (isFarBehind(this.#written[1])) this.#written.shift();
    const [first] = this.#written;
    return isFarBehind(first) && first !== undefined ? first.day : (0 as TimeMs);
  }
}
