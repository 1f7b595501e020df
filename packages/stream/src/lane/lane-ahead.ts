import type { TimeMs } from '@tidemark/domain';

/** A lane may be ahead of a machine's clock by this much: the clocks of machines differ. */
export const LANE_AHEAD_MS_MAX = 5 * 60_000;

/**
 * By how much a lane on the wall clock is ahead of it at `now`, ms; 0 for any other. Its time never goes back, so beyond
 * `LANE_AHEAD_MS_MAX` what happens today is old to it: folds may call today's orders too old, and tell silence too early.
 */
export function laneAheadMs(clock: 'event' | 'live' | null, time: TimeMs | null, now: TimeMs): number {
  return clock === 'live' && time !== null ? Math.max(0, time - now) : 0;
}
