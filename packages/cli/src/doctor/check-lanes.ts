import { TIMELINE_FORMAT } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { LANE_AHEAD_MS_MAX, laneAheadMs } from '@tidemark/stream';
import { CLOCK_AHEAD_ADVICE, runbook } from '@tidemark/telemetry';
import { formatCount, formatMinute } from '../terminal/format.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { LaneFacts } from './lane-facts.ts';

/** How far each service is behind, one check a service. One that runs catches up by itself. */
export function checkLag(
  lanes: readonly LaneFacts[],
  runs: (service: string) => boolean,
  startAdvice: string,
): readonly Check[] {
  const lags = new Map<string, number>([['unify', 0]]);
  const add = (service: string, lag: number) => lags.set(service, (lags.get(service) ?? 0) + lag);
  for (const { services, unifyLag } of lanes) {
    add('unify', unifyLag);
    for (const { service, lag } of services) add(service, lag);
  }
  return [...lags].map(([service, lag]) => {
    const name = `lag of ${service}`;
    if (lag === 0) return ok(name, 'none');
    const found = `${formatCount(lag)} records behind`;
    return runs(service) ? ok(name, `${found}, and a process is running`) : warn(name, found, startAdvice);
  });
}

/** What a service would stop with when it takes up a lane: one check for each fault, or one that says there is none. */
export function checkFaults(lanes: readonly LaneFacts[]): readonly Check[] {
  const faults = lanes.flatMap(({ services, unifyFault }) => [unifyFault, ...services.map(({ fault }) => fault)]);
  const checks = faults.flatMap((fault) =>
    fault === null ? [] : [fail(`fault ${fault.code}`, fault.message, `More in ${runbook.fault(fault.code)}.`)],
  );
  return checks.length > 0 ? checks : [ok('faults', 'every service can take up its lanes')];
}

/** Which clock the lanes are on; a switch reaches all of them, and none that is live may be ahead. */
export function checkClocks(lanes: readonly LaneFacts[], now: TimeMs, isRunning: boolean): Check {
  const counts = new Map<string, number>();
  let furthest = 0;
  for (const { services } of lanes) {
    const clocks = services.flatMap(({ meta }) => meta?.clock ?? []);
    const clock = clocks.includes('live') ? 'live' : (clocks[0] ?? null);
    if (clock !== null) counts.set(clock, (counts.get(clock) ?? 0) + 1);
    const time = Math.max(0, ...services.map(({ meta }) => meta?.streamTime ?? 0)) as TimeMs;
    if (laneAheadMs(clock, time, now) > LANE_AHEAD_MS_MAX) furthest = Math.max(furthest, time);
  }
  const found = [...counts].map(([clock, count]) => `${formatCount(count)} lanes on the ${clock} clock`).join(', ');
  if (furthest > 0) {
    const advice = `In short: ${CLOCK_AHEAD_ADVICE}. More in ${runbook.alert('TidemarkLaneClockAhead')}.`;
    return fail('clock', `${found}, the furthest at ${formatMinute(furthest)}, ahead of this machine's clock`, advice);
  }
  if (counts.size === 0) return ok('clock', 'no lane has folded anything yet');
  if (counts.size === 1) return ok('clock', found);
  const advice = isRunning ? 'look again in a moment; if it stays so, see lag' : 'start the pipeline and look again';
  return warn('clock', found, `A switch to the live clock is to reach every lane: ${advice}.`);
}

/** Whether a rollout's last step is still to be done. A lane that an earlier build replays is left in its format. */
export function checkFormats(lanes: readonly LaneFacts[]): Check {
  const begun = lanes.flatMap(({ format }) => format ?? []);
  const earlier = begun.filter(({ format }) => format < TIMELINE_FORMAT);
  const name = 'timeline format';
  if (begun.length === 0) return ok(name, 'no lane has begun yet');
  if (earlier.length === 0) return ok(name, `${TIMELINE_FORMAT}, the newest of this build`);
  const found = `${formatCount(earlier.length)} lanes are still written in an earlier one, seven headers a record`;
  if (earlier.some(({ clock }) => clock !== 'live')) return ok(name, `${found}, as the replay began`);
  return warn(
    name,
    found,
    'Once every service is of this build, and none of before is to come back, run `npx tidemark upgrade-format`: a fifth fewer bytes a record, and less work.',
  );
}
