import { createRawDecoder, embeddedSchemaIds } from '@tidemark/contracts';
import { facetNames, facets, isOn } from '@tidemark/domain';
import { timelineReader } from '@tidemark/pipeline';
import {
  type Fault,
  type FoldServiceOptions,
  type LaneObserver,
  type LaneWorker,
  type PolicyMeta,
  type RunningService,
  startFoldService,
} from '@tidemark/stream';
import {
  SimulatedClock,
  type SimulatedLog,
  SimulatedProcess,
  type SimulatedStore,
  type Simulation,
} from '@tidemark/testkit';
import { startTimeline, UnifyLane, type UnifyLaneStatus, type UnifyOptions } from '@tidemark/timeline';
import type { FoldName } from './upgrades.ts';
import type { Wiring } from './wiring.ts';

export const FOLD_SERVICES = [...facetNames, 'tier'] as const;
export const SERVICES = ['unify', ...FOLD_SERVICES] as const;
/** A service, or what the state of a later version of one is called. */
export type ServiceName = (typeof SERVICES)[number] | (string & {});

export interface DeploymentOptions {
  readonly fold: Omit<FoldServiceOptions, 'group'>;
  readonly unify: UnifyOptions;
}

/** What is wrong with a process, for as long as nobody has mended it: its clock, or that it is of another version. */
export type Ailment = 'clock-ahead' | 'other-fold-version';

/** A process that runs some services. */
export interface Member {
  readonly process: SimulatedProcess;
  readonly services: readonly ServiceName[];
  readonly running: RunningService<LaneWorker>[];
  stopping: boolean;
  ailment: Ailment | null;
}

/** A lane of a service that stopped. */
export interface LaneFault {
  readonly service: ServiceName;
  readonly lane: number;
  readonly fault: Fault;
  readonly member: Member;
}

/** How far machines' clocks are apart: most by seconds, some by all that unify bears. */
const CLOCK_SKEWS_MS = [2_000, 2_000, 4 * 60_000];

/** The processes of a run: starts, stops and crashes them. */
export class Deployment {
  /** Faults, crashes and other things that must not happen. */
  readonly violations: string[] = [];
  /** Lanes of which unify has said since they were mended that they are ahead of the wall clock. */
  readonly saidAhead = new Set<number>();
  /** Told of a process that is no more. */
  onEnd: (member: Member) => void = () => {};
  /** Told of a facet that a policy has switched on somewhere. */
  onSwitch: () => void = () => {};
  /** Told of a lane that stopped; true if it had reason to. */
  onFault: (fault: LaneFault) => boolean = () => false;
  members: Member[] = [];
  /** What the state of later versions is called that were begun. */
  readonly begun: string[] = [];
  /** Versions whose code nobody has any more. */
  readonly gone = new Set<ServiceName>();
  readonly #simulation: Simulation;
  readonly #log: SimulatedLog;
  readonly #store: SimulatedStore;
  readonly #wiring: Wiring;
  readonly #options: DeploymentOptions;
  readonly #on = new Set<string>();
  #started = 0;

  constructor(
    simulation: Simulation,
    log: SimulatedLog,
    store: SimulatedStore,
    wiring: Wiring,
    options: DeploymentOptions,
  ) {
    this.#simulation = simulation;
    this.#log = log;
    this.#store = store;
    this.#wiring = wiring;
    this.#options = options;
  }

  start(services: readonly ServiceName[], ailment: Ailment | null = null): Member {
    const { random } = this.#simulation;
    const process = new SimulatedProcess(`${services.join('+')}#${this.#started++}`, this.#simulation);
    const skewMsMax = random.pick(CLOCK_SKEWS_MS);
    process.clockAheadMs = random.chance(0.5) ? random.between(-skewMsMax, skewMsMax) : 0;
    process.oversleeps = random.pick([0, 0, 0.1]);
    const member: Member = { process, services, running: [], stopping: false, ailment };
    this.members.push(member);
    this.#simulation.say(() => `${process.name} starts${ailment === null ? '' : `, ${ailment}`}`);
    process.onCrash(() => {
      this.#simulation.say(() => `${process.name} is no more`);
      this.members = this.members.filter((other) => other !== member);
      this.onEnd(member);
    });
    for (const service of services) {
      this.#startService(service, member).then(
        (running) => member.running.push(running),
        (error: unknown) => this.violations.push(`${service} did not start: ${String(error)}`),
      );
    }
    return member;
  }

  crash(member: Member): void {
    member.process.crash();
  }

  /** Ends a process in order; its services finish what they have under way. */
  stop(member: Member): void {
    member.stopping = true;
    Promise.all(member.running.map((running) => running.stop())).then(
      () => this.crash(member),
      (error: unknown) => this.violations.push(`${member.process.name} did not stop: ${String(error)}`),
    );
  }

  /** How whoever works on a lane of unify finds it. */
  unifyLanes(lane: number): UnifyLaneStatus[] {
    const workers = this.members.flatMap(({ running }) => running.map(({ lanes }) => lanes.get(lane)));
    return workers.flatMap((worker) => (worker instanceof UnifyLane ? [worker.status] : []));
  }

  /** Whether a service has something to fold: nobody needs to start a facet that no policy has switched on. */
  isOn(service: ServiceName): boolean {
    if (service === 'unify' || service === 'tier' || this.#on.has(service) || this.begun.includes(service)) return true;
    return facetNames.some((name) => name === service && isOn(name, null));
  }

  /** All that folds: nobody needs to start a facet that no policy has switched on. */
  get foldNames(): readonly ServiceName[] {
    const needed = [...FOLD_SERVICES.filter((service) => this.isOn(service)), ...this.begun];
    return needed.filter((name) => !this.gone.has(name));
  }

  /** How many processes run a service and are not about to end. */
  countOf(service: ServiceName): number {
    return this.members.filter((member) => !member.stopping && member.services.includes(service)).length;
  }

  #startService(service: ServiceName, member: Member): Promise<RunningService<LaneWorker>> {
    const { process } = member;
    const clock = new SimulatedClock(process);
    const log = this.#log.portOf(process);
    if (service === 'unify') {
      const decoder = createRawDecoder(embeddedSchemaIds);
      const timers = this.#store.timersOf(process);
      return startTimeline(
        { log: this.#wiring.unifyLog(log), clock, decoder, rules: this.#wiring.unifyRules, timers },
        this.#options.unify,
        this.#unifyObserver(member),
      );
    }
    const ports = this.#wiring.ports({ log, clock, store: this.#store.portOf(process) });
    // As in production: what nobody waits for writes at its leisure.
    const later = this.#wiring.later(service);
    const name = later?.fold ?? (service as FoldName);
    const lingerMs = name === 'tier' ? 0 : (facets[name].pace?.lingerMs ?? 0);
    const options = { ...this.#options.fold, group: service, lingerMs };
    const observer = this.#foldObserver(member);
    if (later !== null) return startFoldService(later.wiring, ports, options, observer);
    if (name === 'tier') return startFoldService(this.#wiring.tier(), ports, options, observer);
    const wiring = member.ailment === 'other-fold-version' ? this.#wiring.otherVersion(name) : this.#wiring.facet(name);
    return startFoldService(wiring, ports, options, observer);
  }

  #foldObserver(member: Member): LaneObserver {
    const simulation = this.#simulation;
    const { process } = member;
    const at = (service: string, lane: number) => `${process.name}, ${service}/${lane}`;
    return {
      acquired: (service, lane, offset) => simulation.count('acquired', () => `${at(service, lane)} from ${offset}`),
      ruled: (_service, _lane, policy) => this.#switchOn(policy),
      refused: (service, lane) => simulation.count('refused', () => at(service, lane)),
      retried: (service, lane, error) => simulation.count('retried', () => `${at(service, lane)}, ${error.message}`),
      committed: (service, lane, { meta: { place }, outputs }) => {
        const isPart = place.cursor !== null;
        simulation.count(isPart ? 'commits part-way' : 'commits whole', () => {
          return `${at(service, lane)} to ${place.offset}, ${outputs.length} outputs`;
        });
      },
      ended: (service, lane, version) => {
        simulation.count('versions ended', () => `${at(service, lane)} before ${version}`);
      },
      poisoned: (service, lane) => simulation.count('poisoned', () => at(service, lane)),
      faulted: (service, lane, fault) => this.#faulted({ service: service as ServiceName, lane, fault, member }),
      crashed: (service, lane, error) => this.violations.push(`${service}, lane ${lane}, crashed: ${stackOf(error)}`),
    };
  }

  #unifyObserver(member: Member) {
    const simulation = this.#simulation;
    const at = (lane: number) => `${member.process.name}, lane ${lane}`;
    return {
      acquired: (lane: number) => simulation.count('unify acquired', () => at(lane)),
      clockAhead: (lane: number, aheadMs: number) => {
        simulation.count('unify said that a lane is ahead', () => `${at(lane)}, ${aheadMs} ms`);
        this.saidAhead.add(lane);
      },
      retried: (lane: number, error: Error) => simulation.count('unify retried', () => `${at(lane)}, ${error.message}`),
      faulted: (lane: number, fault: Fault) => this.#faulted({ service: 'unify', lane, fault, member }),
      crashed: (lane: number, error: unknown) =>
        this.violations.push(`unify, lane ${lane}, crashed: ${stackOf(error)}`),
    };
  }

  #switchOn({ document, format = 1 }: PolicyMeta): void {
    const policy = timelineReader.policyOf(document, format);
    for (const name of facetNames) {
      if (this.isOn(name) || !isOn(name, policy)) continue;
      this.#simulation.count('switched on', () => name);
      this.#on.add(name);
      this.onSwitch();
    }
  }

  #faulted(laneFault: LaneFault): void {
    const { service, lane, fault, member } = laneFault;
    this.#simulation.count(`stopped: ${fault.code}`, () => `${member.process.name}, ${service}/${lane}`);
    if (this.onFault(laneFault)) return;
    this.violations.push(`${service}, lane ${lane}, fault ${fault.code}: ${fault.message}`);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
