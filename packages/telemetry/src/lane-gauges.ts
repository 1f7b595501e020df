import type { Clock } from '@tidemark/stream';
import type { Health, ServiceLanes } from './health/health.ts';
import type { LaneSample } from './lane-sampler.ts';
import type { Meter } from './meter.ts';
import type { WatchedLane } from './status.ts';

/** Sets every gauge to what holds now. Must be called in one go: a scrape between would see half of it. */
export function setLaneGauges(
  meter: Meter,
  clock: Clock,
  health: Health,
  services: readonly ServiceLanes[],
  sample: LaneSample,
): void {
  meter.clearGauges();
  for (const { service, lanes } of services) {
    meter.set('tidemark_lanes_owned', { service }, lanes.length);
    const movedAtMs = health.movedAtMs(service);
    if (movedAtMs !== null) {
      meter.set('tidemark_progress_age_seconds', { service }, (clock.elapsedMs() - movedAtMs) / 1_000);
    }
    for (const lane of lanes) {
      setGaugesOf(meter, lane);
      setBehind(meter, lane, sample, clock.now());
    }
  }
  for (const { lane: watched, lag, overdueTimers } of sample.lanes) {
    const { service, lane, isAcquired, time } = watched;
    // A lane that was never taken up has no place yet: it would seem to be behind by all that there is.
    if (!isAcquired && time === null) continue;
    for (const [topic, records] of lag) meter.set('tidemark_lag_records', { service, lane, topic }, records);
    if (overdueTimers !== null) meter.set('tidemark_timers_overdue', { service, lane }, overdueTimers);
  }
}

/** Of a fold on the wall clock that has folded all there is: nothing. A silent lane's time stands still between ticks. */
function setBehind(meter: Meter, { service, lane, time, clock }: WatchedLane, sample: LaneSample, nowMs: number): void {
  if (time === null) return;
  const sampled = sample.lanes.find(({ lane: watched }) => watched.service === service && watched.lane === lane);
  const isAtEnd = clock === 'live' && sampled?.lag.get('timeline') === 0;
  meter.set('tidemark_stream_time_behind_seconds', { service, lane }, isAtEnd ? 0 : (nowMs - time) / 1_000);
}

function setGaugesOf(meter: Meter, watched: WatchedLane): void {
  const { service, lane, time, clock, isAcquired, fault, waitsFor, outbox, aheadMs, dedupReachesBackTo } = watched;
  meter.set('tidemark_lane_acquired', { service, lane }, Number(isAcquired && fault === null));
  meter.set('tidemark_lane_faulted', { service, lane }, Number(fault !== null));
  if (clock !== null) meter.set('tidemark_lane_live', { service, lane }, Number(clock === 'live'));
  meter.set('tidemark_lane_clock_ahead_seconds', { service, lane }, aheadMs / 1_000);
  for (const topic of waitsFor) meter.set('tidemark_lane_waiting', { service, lane, topic }, 1);
  if (outbox !== null) {
    meter.set('tidemark_outbox_records', { service, lane }, outbox.depth);
    meter.set('tidemark_outbox_waiting_seconds', { service, lane }, outbox.waitingMs / 1_000);
  }
  if (time !== null && dedupReachesBackTo !== null) {
    meter.set('tidemark_dedup_window_seconds', { lane }, (time - dedupReachesBackTo) / 1_000);
  }
}
