import type { TimeMs } from '@tidemark/domain';

/**
 * How many records may be ahead of the folds. Enough for good chunks in every lane, few enough that most records die
 * young: what waits for long costs the garbage collector dear.
 */
const RECORDS_AHEAD_MAX = 4_000;

/**
 * Says how far the folds must be before more is written. The unit is the day: until the next day's punctuation is in
 * every topic, unify cannot know that a day is complete, and holds it. So a day that is busier than the bound is written
 * whole; its records wait in the log, on disk.
 */
export class Pacer {
  #written: { readonly day: TimeMs; readonly records: number }[] = [];

  /** After a batch: `day` is being written, `records` were written so far. Gives the stream time to wait for. */
  streamTimeToWaitFor(day: TimeMs, records: number): TimeMs {
    this.#written.push({ day, records });
    const isFarBehind = (mark: { readonly records: number } | undefined) =>
      mark !== undefined && mark.records <= records - RECORDS_AHEAD_MAX;
    // The first entry is the last that is far enough behind.
    while (isFarBehind(this.#written[1])) this.#written.shift();
    const [first] = this.#written;
    return isFarBehind(first) && first !== undefined ? first.day : (0 as TimeMs);
  }
}
