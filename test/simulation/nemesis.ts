import {
  type CallFaults,
  type LogFaults,
  NO_CALL_FAULTS,
  NO_LOG_FAULTS,
  type Random,
  type SimulatedLog,
  type SimulatedStore,
} from '@tidemark/testkit';
import { type Deployment, FOLD_SERVICES, type Member, SERVICES, type ServiceName } from './deployment.ts';
import type { ClockKind } from './workload.ts';

/** How often each thing goes wrong in a run; drawn anew for each, since some faults hide others. */
interface Mood {
  /** Chance of a fault at a step. */
  readonly rate: number;
  /** Then it has had enough: where faults never end nothing gets anywhere. */
  readonly deedsMax: number;
  /** Chance that the store goes back for a commit that comes too late. */
  readonly goBack: number;
  readonly weights: Readonly<Record<Deed, number>>;
}

type Deed = 'crash' | 'linger' | 'stop' | 'startAnother' | 'rebalance' | 'contend' | 'loseCommits' | 'flush';

const INSTANCES_MAX = 2;
const COMMITS_LOST_MAX = 8;

/** Makes things go wrong, from a seed, until it is told to stop. */
export class Nemesis {
  readonly #random: Random;
  readonly #mood: Mood;
  readonly #log: SimulatedLog;
  readonly #store: SimulatedStore;
  readonly #deployment: Deployment;
  #deeds = 0;
  #calm = false;

  constructor(random: Random, clock: ClockKind, log: SimulatedLog, store: SimulatedStore, deployment: Deployment) {
    this.#random = random;
    this.#log = log;
    this.#store = store;
    this.#deployment = deployment;
    this.#mood = drawMood(random, clock);
    log.faults = drawLogFaults(random);
    store.faults = drawCallFaults(random, 0.02);
    store.beforeCommit = (service, lane, token) => this.#goBack(service, lane, token);
    this.#deploy();
  }

  /** Called before each step. */
  act(): void {
    if (this.#calm || this.#deeds >= this.#mood.deedsMax || !this.#random.chance(this.#mood.rate)) return;
    this.#deeds++;
    const deed = this.#random.weighted(this.#mood.weights);
    this.#deployment.happenings.add(deed);
    this[deed]();
  }

  /** Ends all faults: whoever stood still goes on, whoever is missing is started. */
  calm(): void {
    this.#calm = true;
    this.#log.faults = NO_LOG_FAULTS;
    this.#store.faults = NO_CALL_FAULTS;
    for (const member of this.#deployment.members) this.#wake(member);
    this.#startMissing();
    for (const group of this.#log.groups) if (this.#random.chance(0.7)) group.tellLost();
  }

  crash(): void {
    const member = this.#pick();
    if (member === null) return;
    this.#deployment.crash(member);
    this.#later(1_000, () => this.#startMissing());
  }

  /** Stands still for long enough that others get its lanes, then goes on as if nothing had been. */
  linger(): void {
    const member = this.#pick();
    if (member === null || member.process.state !== 'running') return;
    member.process.pause();
    this.#later(500, () => {
      if (member.process.state !== 'paused') return;
      for (const group of this.#log.groups) group.expire(member.process);
      this.#startMissing();
    });
    this.#later(60_000, () => this.#wake(member));
  }

  stop(): void {
    const member = this.#pick();
    if (member === null || member.process.state !== 'running') return;
    this.#deployment.stop(member);
    this.#later(300, () => this.#startMissing());
  }

  startAnother(): void {
    const service = this.#random.pick(SERVICES);
    if (this.#deployment.countOf(service) < INSTANCES_MAX) this.#deployment.start([service]);
  }

  /** Members that come and go make a group deal its lanes out several times in a row. */
  rebalance(): void {
    const { groups } = this.#log;
    if (groups.length === 0) return;
    const group = this.#random.pick(groups);
    group.rebalance();
    for (let again = this.#random.between(0, 5); again > 0; again--) {
      this.#later(50, () => {
        if (!this.#calm) group.rebalance();
      });
    }
  }

  /** Two who both take a lane for theirs. */
  contend(): void {
    const { service, lane } = this.#pickState();
    if (this.#deployment.countOf(service) < INSTANCES_MAX) this.#deployment.start([service]);
    this.#later(20, () => {
      if (!this.#calm) this.#log.group(service).usurp(lane);
    });
  }

  /** Whoever is behind finds the store back at the place he started from: as if the others had never been. */
  #goBack(service: string, lane: number, token: string | null): void {
    if (this.#calm || !this.#random.chance(this.#mood.goBack)) return;
    const lost = this.#store.loseBackTo(service, lane, token, COMMITS_LOST_MAX);
    if (lost > 0) this.#deployment.happenings.add('store went back to a place');
  }

  loseCommits(): void {
    const { service, lane } = this.#pickState();
    const lost = this.#store.loseLast(service, lane, this.#random.between(1, COMMITS_LOST_MAX));
    this.#deployment.happenings.add('commits lost', lost);
  }

  flush(): void {
    const { service, lane } = this.#pickState();
    const everywhere = this.#random.chance(0.5);
    for (let each = 0; each < this.#log.lanes; each++) {
      if (everywhere || each === lane) this.#store.clear(service, each);
    }
  }

  /** One process for all, one for each, or something between. */
  #deploy(): void {
    const layout = this.#random.weighted({ together: 1, apart: 3, mixed: 1 });
    if (layout === 'together') this.#deployment.start(SERVICES);
    else if (layout === 'mixed') {
      this.#deployment.start(['unify', 'tier']);
      this.#deployment.start(['rfm', 'behaviour', 'churn']);
    } else this.#startMissing();
  }

  #startMissing(): void {
    for (const service of SERVICES) if (this.#aliveOf(service) === 0) this.#deployment.start([service]);
  }

  /** Those that stand still do not count: nobody knows whether they come back. */
  #aliveOf(service: ServiceName): number {
    return this.#deployment.members.filter(
      ({ services, stopping, process }) => services.includes(service) && !stopping && process.state === 'running',
    ).length;
  }

  #wake(member: Member): void {
    if (member.process.state !== 'paused') return;
    member.process.resume();
    const rejoin = () => {
      for (const group of this.#log.groups) group.rejoin(member.process);
    };
    this.#later(1_000, rejoin);
  }

  #pick(): Member | null {
    const members = this.#deployment.members.filter(({ stopping }) => !stopping);
    return members.length === 0 ? null : this.#random.pick(members);
  }

  #pickState(): { readonly service: ServiceName; readonly lane: number } {
    return { service: this.#random.pick(FOLD_SERVICES), lane: this.#random.between(0, this.#log.lanes - 1) };
  }

  #later(msMax: number, run: () => void): void {
    this.#log.simulation.after(null, this.#random.between(1, msMax), run);
  }
}

/** Runs on the event clock take fewer steps. */
function drawMood(random: Random, clock: ClockKind): Mood {
  const weight = () => (random.chance(0.3) ? 0 : random.next());
  return {
    rate: random.pick([0, 0.001, 0.003, 0.006]) * (clock === 'event' ? 3 : 1),
    goBack: random.pick([0, 0.2, 0.8]),
    deedsMax: random.between(10, 80),
    weights: {
      crash: weight() + 0.1,
      linger: weight() + 0.1,
      stop: weight(),
      startAnother: 2 * weight(),
      rebalance: weight(),
      contend: weight(),
      loseCommits: 2 * weight(),
      flush: 0.15 * weight(),
    },
  };
}

function drawLogFaults(random: Random): LogFaults {
  return {
    send: drawCallFaults(random, 0.04),
    read: drawCallFaults(random, 0.01),
    commit: drawCallFaults(random, 0.1),
    staleBatch: random.pick([0, 0.5, 1]),
    slowBatch: random.pick([0, 0.05, 0.3]),
    forgotten: random.pick([0, 0.3, 1]),
    revokedLate: random.pick([0, 0.3]),
    revokedNever: random.pick([0, 0.2, 0.5]),
    unfencedCommit: random.pick([0, 0.5]),
  };
}

function drawCallFaults(random: Random, max: number): CallFaults {
  const share = () => (random.chance(0.3) ? 0 : random.next() * max);
  return { lost: share(), unknown: share(), late: share(), slow: 2 * share() };
}
