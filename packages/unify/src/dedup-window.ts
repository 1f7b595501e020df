import { HOUR_MS, type TimeMs } from '@tidemark/domain';

/** A window holds ids of at most this much log time ... */
export const DEDUP_WINDOW_MS = HOUR_MS;
/** ... and at most so many (some 10 MiB a lane). */
export const DEDUP_IDS_MAX = 100_000;

/** The ids of events that are on the timeline of a lane, newest `DEDUP_WINDOW_MS` or `DEDUP_IDS_MAX`, whichever is less. */
export class DedupWindow {
  /** In order of log time. */
  readonly #logTimes = new Map<string, TimeMs>();

  has(eventId: string): boolean {
    return this.#logTimes.has(eventId);
  }

  /** `logTime` is not before any added so far. */
  add(eventId: string, logTime: TimeMs): void {
    this.#logTimes.set(eventId, logTime);
    for (const [oldest, at] of this.#logTimes) {
      if (this.#logTimes.size <= DEDUP_IDS_MAX && at >= logTime - DEDUP_WINDOW_MS) break;
      this.#logTimes.delete(oldest);
    }
  }

  /** The log time of the oldest id held: how far back a repeat is noticed; null while empty. */
  get reachesBackTo(): TimeMs | null {
    for (const at of this.#logTimes.values()) return at;
    return null;
  }
}
