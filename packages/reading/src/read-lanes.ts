import { readLaneState } from './lane-state.ts';
import { lanesOf } from './read-tiers.ts';
import type { LanePlace, Reading } from './types.ts';

/** How every lane stands, by lane and service. Two round trips a lane. Throws `state-damaged` and `other-fold-version`. */
export async function readLanes(reading: Reading): Promise<readonly LanePlace[]> {
  const { log, store, memo } = reading;
  const lanes = await Promise.all(
    lanesOf(reading).map(async (lane) => {
      const { services } = readLaneState(lane, await store.metas(lane), memo);
      // Read after the places, so that none is beyond it.
      const { end } = await log.bounds('timeline', lane);
      return [...services].map(([service, { timelineOffset, streamTime, clock }]) => {
        return { lane, service, timelineOffset, streamTime, clock, lag: Math.max(0, end - timelineOffset) };
      });
    }),
  );
  return lanes.flat();
}
