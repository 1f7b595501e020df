import { SECOND_MS } from '@tidemark/domain';

/** What is said of a lane that has not moved for so long, though something keeps it. */
export const STILL_MS = 5 * SECOND_MS;
/** Between two looks at lanes. */
export const LOOK_EVERY_MS = SECOND_MS;

/** How long lanes have stood at one place while something kept them, as far as looks at them tell. */
export class Standstill {
  readonly #seen = new Map<string, { readonly next: string; readonly sinceMs: number }>();

  /** Ms since the first look that found the lane kept where it is now; 0 while nothing keeps it. */
  look(lane: string, next: string, isKept: boolean, nowMs: number): number {
    const seen = this.#seen.get(lane);
    if (!isKept) this.#seen.delete(lane);
    else if (seen?.next !== next) this.#seen.set(lane, { next, sinceMs: nowMs });
    else return nowMs - seen.sinceMs;
    return 0;
  }
}
