import { SECOND_MS } from '@tidemark/domain';
import { LANE_AHEAD_MS_MAX, type Lane, type OperatingErrorCode } from '@tidemark/stream';
import { CLOCK_AHEAD_ADVICE, faultAdvice, outageAdvice } from '../advice.ts';
import type { LaneSample } from '../lane-sampler.ts';
import { nameLanes } from '../name-lanes.ts';
import { runbook } from '../runbook.ts';
import type { WatchedLane } from '../status.ts';
import { type HealthCheck, type HealthReport, report } from './health-report.ts';
import { LaneTroubles } from './lane-troubles.ts';
import { ServiceProgress } from './service-progress.ts';
import { STILL_MS, Standstill } from './standstill.ts';

const CRASH_PAGE = `(${runbook.alert('TidemarkCrash')})`;
const AHEAD_PAGE = `(${runbook.alert('TidemarkLaneClockAhead')})`;
const NOT_ACQUIRED_PAGE = `(${runbook.alert('TidemarkLaneNotAcquired')})`;
const WAIT_PAGE = `(${runbook.alert('TidemarkLaneWaits')})`;

/** A service with the lanes that this process owns now. */
export interface ServiceLanes {
  readonly service: string;
  readonly lanes: readonly WatchedLane[];
}

/**
 * Judges from what observers and samples have said, and the time. Liveness fails only where starting the process anew
 * would help: it stands still for no reason from outside, or has crashed. Readiness fails wherever something is wrong.
 */
export class Health {
  readonly #stallMs: number;
  readonly #troubles = new LaneTroubles();
  readonly #progress = new Map<string, ServiceProgress>();
  readonly #standstill = new Standstill();
  /** Lanes that stood still at the last look, for how long, ms. */
  #stillMs: ReadonlyMap<string, number> = new Map();
  #sample: LaneSample | null = null;

  /** `stallMs`: how long a service may stand still although it could go on. */
  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  moved(service: string, nowMs: number): void {
    this.#progressOf(service).moved(nowMs);
  }

  /** The lane was taken up, or the log took what it sent: whatever was retried has worked. */
  recovered(service: string, lane: Lane, nowMs: number): void {
    this.#troubles.recovered(service, lane);
    this.moved(service, nowMs);
  }

  retried(service: string, lane: Lane, code: OperatingErrorCode, nowMs: number): void {
    this.#troubles.retried(service, lane, code, nowMs);
    this.#progressOf(service).hindered(nowMs);
  }

  crashed(service: string, lane: Lane): void {
    this.#troubles.crash(service, lane);
  }

  /** Looks which lanes stand still; to be called about once a second, since nothing happens in those that do. */
  look(services: readonly ServiceLanes[], nowMs: number): void {
    const lanes = services.flatMap((each) => each.lanes);
    this.#stillMs = new Map(
      lanes.map((lane) => {
        const name = nameOf(lane);
        return [name, this.#standstill.look(name, [...lane.next.values()].join(), lane.waitsFor.length > 0, nowMs)];
      }),
    );
  }

  sampled(sample: LaneSample, services: readonly ServiceLanes[]): void {
    this.#sample = sample;
    for (const { service, lanes } of services) {
      // An outside that did not answer may be what the service waits for.
      const isBehind = sample.failures === 0 && lanes.some((lane) => this.#canGoOn(lane));
      this.#progressOf(service).sampled(sample, isBehind);
    }
  }

  /** When the service last moved, on the clock of durations; null: never yet. */
  movedAtMs(service: string): number | null {
    return this.#progressOf(service).movedAtMs;
  }

  live(services: readonly ServiceLanes[], nowMs: number): HealthReport {
    return report([...services.map((each) => this.#checkProgress(each, nowMs)), this.#checkCrashes()]);
  }

  ready(services: readonly ServiceLanes[], outside: readonly HealthCheck[], nowMs: number): HealthReport {
    return report([...outside, ...services.map((each) => this.#checkLanes(each, nowMs)), this.#checkCrashes()]);
  }

  #checkProgress({ service, lanes }: ServiceLanes, nowMs: number): HealthCheck {
    const name = `${service} moves`;
    const stalledMs = this.#progressOf(service).stalledMs(nowMs);
    const behind = lanes.filter((lane) => this.#canGoOn(lane));
    if (stalledMs < this.#stallMs || behind.length === 0) return { name, ok: true, detail: describeOwned(lanes) };
    const seconds = Math.floor(stalledMs / 1_000);
    const detail =
      `${nameLanes(numbersOf(behind))} of ${service}: expected progress, found records to read and nothing done for ${seconds} s, ` +
      'with nothing to wait for. Start the process anew, and report this with its last log lines.';
    return { name, ok: false, detail };
  }

  #checkCrashes(): HealthCheck {
    const { crashed } = this.#troubles;
    const name = 'no crash';
    if (crashed.length === 0) return { name, ok: true, detail: 'none' };
    const places = crashed.map(({ service, lane }) => `${service}, lane ${lane}`).join('; ');
    const detail = `a programmer error ended ${places}. Start the process anew, and report the stack that the log has ${CRASH_PAGE}.`;
    return { name, ok: false, detail };
  }

  #checkLanes({ service, lanes }: ServiceLanes, nowMs: number): HealthCheck {
    const name = `${service} works`;
    const troubles = Map.groupBy(lanes, (lane) => this.#troubleOf(lane, nowMs));
    const untroubled = troubles.get(null) ?? [];
    const waits = Map.groupBy(untroubled, ({ waitsFor }) => waitsFor.join(' and '));
    const told: string[] = [];
    for (const [trouble, where] of troubles)
      if (trouble !== null) told.push(`${nameLanes(numbersOf(where))}: ${trouble}`);
    for (const [topics, where] of waits)
      if (topics !== '') told.push(`${nameLanes(numbersOf(where))}: waiting for ${topics}`);
    told.push(...this.#describeSilence(untroubled));
    const ok = troubles.size === 0 || (troubles.size === 1 && troubles.has(null));
    return { name, ok, detail: told.length === 0 ? describeOwned(lanes) : `${service}, ${told.join('. ')}.` };
  }

  /** What a version does that is not in force: which is as it should be while an upgrade goes on. */
  #describeSilence(lanes: readonly WatchedLane[]): string[] {
    const of = (silence: WatchedLane['silence']) => lanes.filter((lane) => lane.silence === silence);
    const [beside, ended] = [of('beside'), of('ended')];
    const behind = beside.reduce((sum, lane) => sum + (this.#sampleOf(lane)?.lag.get('timeline') ?? Number.NaN), 0);
    const howFar = Number.isNaN(behind) ? '' : `, ${behind} records behind`;
    return [
      ...(beside.length === 0 ? [] : [`${nameLanes(numbersOf(beside))}: folding beside${howFar}`]),
      ...(ended.length === 0 ? [] : [`${nameLanes(numbersOf(ended))}: ended at the cutover`]),
    ];
  }

  /** The lane in the newest sample. */
  #sampleOf(lane: WatchedLane) {
    return this.#sample?.lanes.find((each) => each.lane.service === lane.service && each.lane.lane === lane.lane);
  }

  #troubleOf(watched: WatchedLane, nowMs: number): string | null {
    const { service, lane, fault, isAcquired, waitsFor, waitsForRegistry, aheadMs } = watched;
    if (fault !== null) return `stopped by the fault ${fault}; ${faultAdvice[fault]} (${runbook.fault(fault)})`;
    const retry = this.#troubles.retryOf(service, lane, nowMs);
    if (retry !== null) return `trying again after ${retry}; ${outageAdvice[retry]} (${runbook.outage(retry)})`;
    if (waitsForRegistry) {
      return `waiting for the schema registry; ${outageAdvice['registry-unavailable']} (${runbook.outage('registry-unavailable')})`;
    }
    if (aheadMs > LANE_AHEAD_MS_MAX) return `its clock is ahead of the wall clock; ${CLOCK_AHEAD_ADVICE} ${AHEAD_PAGE}`;
    if (waitsFor.length > 0 && (this.#stillMs.get(nameOf(watched)) ?? 0) >= STILL_MS) {
      const topics = waitsFor.join(' and ');
      return `standing still for ${STILL_MS / SECOND_MS} s or more, waiting for ${topics}; start or mend what writes there ${WAIT_PAGE}`;
    }
    return isAcquired
      ? null
      : `not acquired; wait a moment, then look at the last log lines of the lane ${NOT_ACQUIRED_PAGE}`;
  }

  /** Whether the lane could do something, as far behind as the newest sample found it. */
  #canGoOn(lane: WatchedLane): boolean {
    const sampled = this.#sampleOf(lane);
    return lane.fault === null && sampled !== undefined && lane.canGoOn(sampled.lag);
  }

  #progressOf(service: string): ServiceProgress {
    const known = this.#progress.get(service) ?? new ServiceProgress();
    this.#progress.set(service, known);
    return known;
  }
}

function describeOwned(lanes: readonly WatchedLane[]): string {
  if (lanes.length === 0) return 'owns no lane';
  return lanes.length === 1 ? '1 lane' : `${lanes.length} lanes`;
}

function nameOf({ service, lane }: WatchedLane): string {
  return `${service}/${lane}`;
}

function numbersOf(lanes: readonly WatchedLane[]): readonly Lane[] {
  return lanes.map(({ lane }) => lane);
}
