import { createRawDecoder, embeddedSchemaIds } from '@tidemark/contracts';
import { scoreNames } from '@tidemark/pipeline';
import {
  type FoldServiceOptions,
  type LaneObserver,
  type LaneWorker,
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
import { startUnify, type UnifyOptions } from '@tidemark/unify';
import type { Wiring } from './wiring.ts';

export const FOLD_SERVICES = [...scoreNames, 'profile', 'tier'] as const;
export const SERVICES = ['unify', ...FOLD_SERVICES] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface DeploymentOptions {
  readonly fold: Omit<FoldServiceOptions, 'group'>;
  readonly unify: UnifyOptions;
}

const PROFILE_LINGER_MS = 250;
/** How far machines' clocks are apart. */
const CLOCK_SKEW_MS_MAX = 2_000;

/** What happened in a run, to see that it was worth something. */
export class Happenings {
  readonly counts = new Map<string, number>();

  add(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }
}

/** A process that runs some services. */
export interface Member {
  readonly process: SimulatedProcess;
  readonly services: readonly ServiceName[];
  readonly running: RunningService<LaneWorker>[];
  stopping: boolean;
}

/** The processes of a run: starts, stops and crashes them. */
export class Deployment {
  readonly happenings = new Happenings();
  /** Faults, crashes and other things that must not happen. */
  readonly violations: string[] = [];
  members: Member[] = [];
  readonly #simulation: Simulation;
  readonly #log: SimulatedLog;
  readonly #store: SimulatedStore;
  readonly #wiring: Wiring;
  readonly #options: DeploymentOptions;
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

  start(services: readonly ServiceName[]): Member {
    const { random } = this.#simulation;
    const skewMs = random.chance(0.5) ? random.between(-CLOCK_SKEW_MS_MAX, CLOCK_SKEW_MS_MAX) : 0;
    const process = new SimulatedProcess(`${services.join('+')}#${this.#started++}`, this.#simulation);
    const member: Member = { process, services, running: [], stopping: false };
    this.members.push(member);
    for (const service of services) {
      this.#startService(service, process, new SimulatedClock(process, skewMs)).then(
        (running) => member.running.push(running),
        (error: unknown) => this.violations.push(`${service} did not start: ${String(error)}`),
      );
    }
    return member;
  }

  crash(member: Member): void {
    member.process.crash();
    this.members = this.members.filter((other) => other !== member);
  }

  /** Ends a process in order; its services finish what they have under way. */
  stop(member: Member): void {
    member.stopping = true;
    Promise.all(member.running.map((running) => running.stop())).then(
      () => this.crash(member),
      (error: unknown) => this.violations.push(`${member.process.name} did not stop: ${String(error)}`),
    );
  }

  /** How many processes run a service and are not about to end. */
  countOf(service: ServiceName): number {
    return this.members.filter((member) => !member.stopping && member.services.includes(service)).length;
  }

  #startService(
    service: ServiceName,
    process: SimulatedProcess,
    clock: SimulatedClock,
  ): Promise<RunningService<LaneWorker>> {
    const log = this.#log.portOf(process);
    if (service === 'unify') {
      const decoder = createRawDecoder(embeddedSchemaIds);
      return startUnify({ log, clock, decoder }, this.#options.unify, this.#unifyObserver());
    }
    const ports = { log, clock, store: this.#store.portOf(process) };
    // As in production: nobody waits for the profile.
    const lingerMs = service === 'profile' ? PROFILE_LINGER_MS : 0;
    const options = { ...this.#options.fold, group: service, lingerMs };
    return service === 'tier'
      ? startFoldService(this.#wiring.tier(), ports, options, this.#foldObserver())
      : startFoldService(this.#wiring.facet(service), ports, options, this.#foldObserver());
  }

  #foldObserver(): LaneObserver {
    const { happenings, violations } = this;
    return {
      acquired: () => happenings.add('acquired'),
      refused: () => happenings.add('refused'),
      retried: () => happenings.add('retried'),
      committed: (_service, _lane, chunk) => {
        happenings.add('commits');
        if (chunk.meta.place.cursor !== null) happenings.add('commits part-way');
      },
      poisoned: () => happenings.add('poisoned'),
      faulted: (service, lane, fault) =>
        violations.push(`${service}, lane ${lane}, fault ${fault.code}: ${fault.message}`),
      crashed: (service, lane, error) => violations.push(`${service}, lane ${lane}, crashed: ${stackOf(error)}`),
    };
  }

  #unifyObserver() {
    const { happenings, violations } = this;
    return {
      retried: () => happenings.add('unify retried'),
      faulted: (lane: number, fault: Error) => violations.push(`unify, lane ${lane}, fault: ${fault.message}`),
      crashed: (lane: number, error: unknown) => violations.push(`unify, lane ${lane}, crashed: ${stackOf(error)}`),
    };
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
