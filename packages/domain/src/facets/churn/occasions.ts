/**
 * Purchase occasions, the discrete purchases that MBG/NBD counts (Batislam et al. 2007). The usual preparation of its
 * input takes a customer's transactions of one date for one (`dc.MergeTransactionsOnSameDate` of R's BTYD, `freq='D'` of
 * Python's lifetimes). A date begins at some midnight, and two orders twenty minutes apart would be a repeat by which they
 * are overdue within days; so an occasion here ends by a gap. Where times are dates, both say the same.
 */
import { type LedgerEntry, standingOrderOf } from '../../orders/ledger-entry.ts';
import type { TimeMs } from '../../time.ts';
import type { Occasions } from './mbg-nbd.ts';

/** An occasion's time is that of its first order. The last may still be going on: `lastOrderAt` is its newest order. */
export type OccasionsSoFar = readonly [firstAt: TimeMs, lastAt: TimeMs, occasions: number, lastOrderAt: TimeMs];

/**
 * The occasions with those of further orders: a standing order more than the gap after the newest begins another.
 *
 * @param entries oldest first. One that lies among the known orders is taken as part of an occasion counted already
 */
export function withOrders(
  known: OccasionsSoFar | undefined,
  entries: readonly LedgerEntry[],
  gapMs: number,
): OccasionsSoFar | undefined {
  let [firstAt, lastAt, occasions, lastOrderAt] = known ?? NONE;
  for (const entry of entries) {
    if (standingOrderOf(entry) === null) continue;
    const at = entry[0];
    if (occasions === 0) {
      [firstAt, lastAt, occasions, lastOrderAt] = [at, at, 1, at];
    } else if (at > lastOrderAt) {
      if (at - lastOrderAt > gapMs) {
        lastAt = at;
        occasions += 1;
      }
      lastOrderAt = at;
    } else if (at < firstAt) {
      if (firstAt - at > gapMs) occasions += 1;
      else if (lastAt === firstAt) lastAt = at;
      firstAt = at;
    }
  }
  return occasions === 0 ? undefined : [firstAt, lastAt, occasions, lastOrderAt];
}

export function occasionsIn(known: OccasionsSoFar | undefined): Occasions | null {
  return known === undefined ? null : { firstAt: known[0], lastAt: known[1], repeats: known[2] - 1 };
}

const NONE: OccasionsSoFar = [0 as TimeMs, 0 as TimeMs, 0, 0 as TimeMs];
