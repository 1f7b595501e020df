import type { Clock, EventLog, LaneObserver, LaneStatus, ProfileReader } from '@tidemark/stream';
import type { UnifyLaneStatus, UnifyObserver } from '@tidemark/timeline';
import type { Logger } from 'pino';
import { collectDefaultMetrics } from 'prom-client';
import { foldDeadLetterReasons, outageCodes, unifyDeadLetterReasons } from './advice.ts';
import { countDoor, type DoorObserver, startDoorCounters } from './count-door.ts';
import { countFolds } from './count-folds.ts';
import { countUnify } from './count-unify.ts';
import { Health, type ServiceLanes } from './health/health.ts';
import type { HealthReport } from './health/health-report.ts';
import { Probe } from './health/probe.ts';
import { setLaneGauges } from './lane-gauges.ts';
import { LaneLog } from './lane-log.ts';
import { LaneSampler } from './lane-sampler.ts';
import { Meter } from './meter.ts';
import { observers, unifyObservers } from './observers.ts';
import { UNIFY, type WatchedLane, watchedFold, watchedUnify } from './status.ts';

export interface TelemetryPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly log: Pick<EventLog, 'bounds'>;
  /** Null: nothing here has state. */
  readonly store: Pick<ProfileReader, 'metas' | 'timersDue'> | null;
}

export interface TelemetryOptions {
  /** Version of Tidemark. */
  readonly version: string;
  /** How long a service may stand still although it could go on, before `live` fails. */
  readonly stallMs?: number;
}

/** How one process is doing, for all services that it runs. */
export interface Telemetry {
  /** Counts and logs; for every fold of the process. */
  readonly foldObserver: LaneObserver;
  readonly unifyObserver: UnifyObserver;
  /** For the door, where this process has one. */
  doorObserver(): DoorObserver;
  /** Tells which lanes a service has here; `lanes` is asked at each scrape and check. */
  watchFolds(service: string, lanes: () => Iterable<LaneStatus>): void;
  watchUnify(lanes: () => Iterable<UnifyLaneStatus>): void;
  /** Has `ready` ask the schema registry, too; `ping` resolves where it answers. */
  watchRegistry(ping: () => Promise<void>): void;
  /** Looks which lanes stand still; to be called every `LOOK_EVERY_MS`. */
  look(): void;
  /** Everything in Prometheus' text format 0.0.4. Waits up to 2 s for the log and the store; never rejects over them. */
  metrics(): Promise<string>;
  /** Whether starting the process anew is not called for. Judges by the newest sample, and has the next one taken. */
  live(): HealthReport;
  /** Whether everything here works. Asks the log, the store and the registry, within 1 s. */
  ready(): Promise<HealthReport>;
}

/** Above what a rebalance of the group takes, and a time limit of the log or the store. */
const STALL_MS = 60_000;

export function createTelemetry(ports: TelemetryPorts, { version, stallMs = STALL_MS }: TelemetryOptions): Telemetry {
  const { clock, log, store } = ports;
  const watched = new Map<string, () => readonly WatchedLane[]>();
  const services = (): readonly ServiceLanes[] => [...watched].map(([service, lanes]) => ({ service, lanes: lanes() }));
  const meter = new Meter();
  const laneLog = new LaneLog(ports.logger, clock);
  const health = new Health(stallMs);
  const sampler = new LaneSampler(
    ports,
    () => services().flatMap(({ lanes }) => lanes),
    (sample) => {
      meter.count('tidemark_sample_failures_total', {}, sample.failures);
      health.sampled(sample, services());
    },
  );
  const probes = [
    new Probe('log', () => log.bounds('timeline', 0), clock),
    ...(store === null ? [] : [new Probe('store', () => store.metas(0), clock)]),
  ];
  collectDefaultMetrics({ register: meter.registry });
  return {
    foldObserver: observers(countFolds(meter, clock), logFolds(laneLog), judgeFolds(health, clock)),
    unifyObserver: unifyObservers(countUnify(meter), logUnify(laneLog), judgeUnify(health, clock)),
    doorObserver() {
      startDoorCounters(meter);
      return countDoor(meter);
    },
    watchFolds(service, lanes) {
      watched.set(service, () => Array.from(lanes(), (status) => watchedFold(service, status, clock.now())));
      startCounters(meter, service);
    },
    watchUnify(lanes) {
      watched.set(UNIFY, () => Array.from(lanes(), (status) => watchedUnify(status, clock.now())));
      startCounters(meter, UNIFY);
    },
    watchRegistry(ping) {
      probes.push(new Probe('registry', ping, clock));
    },
    look() {
      health.look(services(), clock.elapsedMs());
    },
    async metrics() {
      const sample = await sampler.sample();
      setLaneGauges(meter, clock, health, services(), sample);
      meter.set('tidemark_build_info', { version, node: process.versions.node }, 1);
      return meter.registry.metrics();
    },
    live() {
      void sampler.sample();
      return health.live(services(), clock.elapsedMs());
    },
    async ready() {
      const outside = await Promise.all(probes.map((probe) => probe.check()));
      health.look(services(), clock.elapsedMs());
      return health.ready(services(), outside, clock.elapsedMs());
    },
  };
}

/** What alerts watch the increase of begins at 0: an increase from nothing is not seen. */
function startCounters(meter: Meter, service: string): void {
  const reasons = service === UNIFY ? unifyDeadLetterReasons : foldDeadLetterReasons;
  for (const reason of reasons) meter.count('tidemark_dead_letters_total', { service, reason }, 0);
  for (const code of outageCodes) meter.count('tidemark_retries_total', { service, code }, 0);
  meter.count('tidemark_crashes_total', { service }, 0);
}

function logFolds(log: LaneLog): LaneObserver {
  return {
    acquired: (service, lane, offset) => log.acquired(service, lane, offset),
    ended: (service, lane, version) => log.ended(service, lane, version),
    refused: (service, lane) => log.refused(service, lane),
    retried: (service, lane, error) => log.retried(service, lane, error),
    faulted: (service, lane, fault) => log.faulted(service, lane, fault),
    poisoned: (service, lane, error) => log.poisoned(service, lane, error),
    crashed: (service, lane, error) => log.crashed(service, lane, error),
  };
}

function logUnify(log: LaneLog): UnifyObserver {
  return {
    acquired: (lane) => log.acquired(UNIFY, lane, null),
    clockAhead: (lane, aheadMs) => log.clockAhead(UNIFY, lane, aheadMs),
    retried: (lane, error) => log.retried(UNIFY, lane, error),
    faulted: (lane, fault) => log.faulted(UNIFY, lane, fault),
    crashed: (lane, error) => log.crashed(UNIFY, lane, error),
  };
}

function judgeFolds(health: Health, clock: Clock): LaneObserver {
  return {
    acquired: (service, lane) => health.recovered(service, lane, clock.elapsedMs()),
    committed: (service) => health.moved(service, clock.elapsedMs()),
    published: (service, lane) => health.recovered(service, lane, clock.elapsedMs()),
    refused: (service) => health.moved(service, clock.elapsedMs()),
    retried: (service, lane, { code }) => health.retried(service, lane, code, clock.elapsedMs()),
    crashed: (service, lane) => health.crashed(service, lane),
  };
}

function judgeUnify(health: Health, clock: Clock): UnifyObserver {
  return {
    acquired: (lane) => health.recovered(UNIFY, lane, clock.elapsedMs()),
    sent: (lane) => health.recovered(UNIFY, lane, clock.elapsedMs()),
    retried: (lane, { code }) => health.retried(UNIFY, lane, code, clock.elapsedMs()),
    crashed: (lane) => health.crashed(UNIFY, lane),
  };
}
