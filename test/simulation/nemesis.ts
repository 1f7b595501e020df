import { scoreNames } from '@tidemark/domain';
import {
  type CallFaults,
  type EvictedKey,
  type LogFaults,
  NO_CALL_FAULTS,
  NO_LOG_FAULTS,
  type Random,
  type SimulatedLog,
  type SimulatedStore,
  STORE_LOST,
} from '@tidemark/testkit';
import { type Deployment, type LaneFault, type Member, SERVICES, type ServiceName } from './deployment.ts';
import type { ClockKind } from './workload.ts';

/** How often each thing goes wrong in a run; drawn anew for each, since some faults hide others. */
interface Mood {
  /** Chance of a fault at a step. */
  readonly rate: number;
  /** Then it has had enough: where faults never end nothing gets anywhere. */
  readonly deedsMax: number;
  /** Chance that the store goes back for a commit that comes too late. */
  readonly goBack: number;
  /** How long a process stands still, ms at most: past a minute, everybody has forgotten it. */
  readonly lingerMsMax: number;
  readonly weights: Readonly<Record<Deed, number>>;
}

type Deed = (typeof DEEDS)[number];

/** What it does; each is a method below. */
export const DEEDS = [
  'crash',
  'linger',
  'crawl',
  'stop',
  'startAnother',
  'startOtherVersion',
  'rebalance',
  'contend',
  'setClock',
  'loseCommits',
  'loseWhileDown',
  'restartStore',
  'failOver',
  'flush',
  'evict',
] as const;

const INSTANCES_MAX = 2;
const COMMITS_LOST_MAX = 8;
const MINUTE_MS = 60_000;

/** Makes things go wrong, from a seed, until it is told to stop. */
export class Nemesis {
  readonly #random: Random;
  readonly #mood: Mood;
  readonly #log: SimulatedLog;
  readonly #store: SimulatedStore;
  readonly #deployment: Deployment;
  #deeds = 0;
  #calm = false;
  #sparesState = false;
  readonly #away = new Set<ServiceName>();

  constructor(random: Random, clock: ClockKind, log: SimulatedLog, store: SimulatedStore, deployment: Deployment) {
    this.#random = random;
    this.#log = log;
    this.#store = store;
    this.#deployment = deployment;
    this.#mood = drawMood(random, clock);
    log.faults = drawLogFaults(random);
    store.faults = drawCallFaults(random, 0.03);
    store.copies = { toFile: random.pick([0.02, 0.1, 0.5]), toReplica: random.pick([0.1, 0.5, 1]) };
    store.beforeCommit = (service, lane, token) => this.#goBack(service, lane, token);
    deployment.onEnd = () => this.#later(1_000, () => this.#startMissing());
    deployment.onSwitch = () => this.#later(1_000, () => this.#startMissing());
    this.#deploy();
  }

  /** Called before each step. */
  act(): void {
    if (this.#calm || this.#deeds >= this.#mood.deedsMax || !this.#random.chance(this.#mood.rate)) return;
    this.#deeds++;
    this[this.#random.weighted(this.#mood.weights)]();
  }

  get isCalm(): boolean {
    return this.#calm;
  }

  /** Ends all faults: whoever stood still goes on, now or in a minute; what is sick ends, and what is missing starts. */
  calm(): void {
    this.#calm = true;
    this.#log.faults = NO_LOG_FAULTS;
    this.#store.faults = NO_CALL_FAULTS;
    for (const member of [...this.#deployment.members]) {
      member.process.oversleeps = 0;
      if (member.ailment !== null) this.#deployment.crash(member);
      else if (this.#random.chance(0.5)) this.#wake(member);
      else this.#later(MINUTE_MS, () => this.#wake(member));
    }
    this.#away.clear();
    this.#startMissing();
    for (const group of this.#log.groups) if (this.#random.chance(0.7)) group.tellLost();
    // What nobody has missed would be missing in the end.
    for (let lane = 0; lane < this.#log.lanes; lane++) if (this.#store.hasLosses(lane)) this.#store.clearLane(lane);
  }

  /** From now on nothing more happens to the store: what is left is needed to tell that the log is another. */
  spareState(): void {
    this.#sparesState = true;
  }

  /** A later version begins to fold beside the one in force. */
  begin(stateName: string): void {
    const { begun } = this.#deployment;
    if (begun.includes(stateName)) return;
    this.#count('upgrades begun', stateName);
    begun.push(stateName);
    this.#startMissing();
  }

  /** It is given up before its cutover: its processes end, and its state goes. */
  abort(stateName: string): void {
    const { begun, members } = this.#deployment;
    const at = begun.indexOf(stateName);
    if (at < 0) return;
    this.#count('upgrades given up', stateName);
    begun.splice(at, 1);
    for (const member of [...members]) if (member.services.includes(stateName)) this.#deployment.crash(member);
    for (let lane = 0; lane < this.#log.lanes; lane++) this.#store.clear(stateName, lane);
  }

  /** Nobody folds this for a while. */
  sendAway(service: ServiceName, forMs: number): void {
    if (this.#calm) return;
    this.#count('versions sent away', service);
    this.#away.add(service);
    for (const member of [...this.#deployment.members]) {
      if (member.services.includes(service)) this.#deployment.crash(member);
    }
    this.#log.simulation.after(null, forMs, () => {
      this.#away.delete(service);
      this.#startMissing();
    });
  }

  /** All state is lost, and the code of these versions, too: what is left folds anew. */
  loseAllBut(gone: readonly ServiceName[]): void {
    this.#count('rebuilt without earlier versions', gone.join());
    for (let lane = 0; lane < this.#log.lanes; lane++) this.#store.clearLane(lane);
    for (const name of gone) this.#deployment.gone.add(name);
    this.crashAll();
    this.#startMissing();
  }

  /** Ends every process at once; what is missing starts before long. */
  crashAll(): void {
    for (const member of [...this.#deployment.members]) this.#deployment.crash(member);
  }

  /** Whoever mends what is wrong with a machine ends its process; another starts. */
  mend({ member }: LaneFault): void {
    this.#later(1_000, () => this.#deployment.crash(member));
  }

  /** Whether a lane stopped because the store lost some of it. Then somebody empties it, and ends the process. */
  mendLoss({ lane, fault, member }: LaneFault): boolean {
    if (!fault.message.startsWith(STORE_LOST)) return false;
    this.#later(1_000, () => {
      if (this.#store.hasLosses(lane)) this.#store.clearLane(lane);
      this.#deployment.crash(member);
    });
    return true;
  }

  crash(): void {
    const member = this.#pick();
    if (member === null) return;
    this.#count('crash', member.process.name);
    this.#deployment.crash(member);
  }

  /** Stands still for long enough that others get its lanes, then goes on as if nothing had been. */
  linger(): void {
    const member = this.#pick();
    if (member === null || member.process.state !== 'running') return;
    this.#count('linger', member.process.name);
    member.process.pause();
    this.#later(500, () => {
      if (member.process.state !== 'paused') return;
      for (const group of this.#log.groups) group.expire(member.process);
      this.#startMissing();
    });
    this.#later(this.#mood.lingerMsMax, () => this.#wake(member));
  }

  /** Stands still so often that it gets on slowly, but nobody takes it for dead for that. */
  crawl(): void {
    const member = this.#pick();
    if (member === null || member.process.state !== 'running') return;
    this.#count('crawl', member.process.name);
    const { process } = member;
    const stumble = (times: number) => {
      if (times === 0 || this.#calm || process.state !== 'running') return;
      process.pause();
      this.#later(300, () => {
        this.#wake(member);
        this.#later(20, () => stumble(times - 1));
      });
    };
    stumble(this.#random.between(2, 10));
  }

  stop(): void {
    const member = this.#pick();
    if (member === null || member.process.state !== 'running') return;
    this.#count('stop', member.process.name);
    this.#deployment.stop(member);
    this.#later(300, () => this.#startMissing());
  }

  startAnother(): void {
    const service = this.#random.pick(['unify', ...this.#deployment.foldNames]);
    if (this.#deployment.countOf(service) >= INSTANCES_MAX) return;
    this.#count('startAnother', service);
    this.#deployment.start([service]);
  }

  /** A process of another version of a fold joins the group; where the log knows of this one it has to leave all alone. */
  startOtherVersion(): void {
    const service = this.#random.pick(scoreNames);
    const group = this.#log.group(service);
    for (let lane = 0; lane < this.#log.lanes; lane++) if (!group.committed(lane).has('timeline')) return;
    this.#count('startOtherVersion', service);
    const member = this.#deployment.start([service], 'other-fold-version');
    this.#later(3_000, () => this.#deployment.crash(member));
  }

  /** Members that come and go make a group deal its lanes out several times in a row. */
  rebalance(): void {
    const { groups } = this.#log;
    if (groups.length === 0) return;
    const group = this.#random.pick(groups);
    this.#count('rebalance', group.name);
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
    this.#count('contend', `${service}/${lane}`);
    if (this.#deployment.countOf(service) < INSTANCES_MAX) this.#deployment.start([service]);
    this.#later(20, () => {
      if (!this.#calm) this.#log.group(service).usurp(lane);
    });
  }

  /** The clock of unify's machine, the only one that matters, jumps: within what unify bears, or so far ahead that it has to stop before it writes. */
  setClock(): void {
    const member = this.#pick('unify');
    if (member === null) return;
    const { process } = member;
    process.clockAheadMs = this.#random.between(-4, this.#random.pick([4, 300])) * MINUTE_MS;
    this.#count('setClock', `${process.name} to ${process.clockAheadMs} ms ahead`);
    if (process.clockAheadMs > 4 * MINUTE_MS) member.ailment = 'clock-ahead';
  }

  /** Whoever is behind finds the store back at the place they started from: as if the others had never been. */
  #goBack(service: string, lane: number, token: string | null): void {
    if (this.#calm || this.#sparesState || !this.#random.chance(this.#mood.goBack)) return;
    const lost = this.#store.loseBackTo(service, lane, token, COMMITS_LOST_MAX);
    if (lost > 0) this.#count('store went back to a place', `${service}/${lane}, ${lost} commits`);
  }

  /** One service's lane alone goes back. */
  loseCommits(): void {
    if (this.#sparesState) return;
    const { service, lane } = this.#pickState();
    const lost = this.#store.loseLast(service, lane, this.#random.between(1, COMMITS_LOST_MAX));
    this.#count('loseCommits', `${service}/${lane}, ${lost} commits`);
  }

  /** Nobody works on the lanes as the store goes back. */
  loseWhileDown(): void {
    if (this.#sparesState) return;
    const { service, lane } = this.#pickState();
    for (const member of [...this.#deployment.members]) {
      if (member.services.includes(service)) this.#deployment.crash(member);
    }
    const lost = this.#random.pick([
      () => this.#store.restart(lane),
      () => this.#store.failOver(lane),
      () => this.#store.loseLast(service, lane, this.#random.between(1, COMMITS_LOST_MAX)),
    ])();
    this.#count('loseWhileDown', `${service}/${lane}, ${lost} commits`);
  }

  /** Back to what the append-only file has. */
  restartStore(): void {
    if (this.#sparesState) return;
    const { lane } = this.#pickState();
    this.#count('restartStore', `lane ${lane}, ${this.#store.restart(lane)} commits`);
  }

  /** Back to what the replica has. */
  failOver(): void {
    if (this.#sparesState) return;
    const { lane } = this.#pickState();
    this.#count('failOver', `lane ${lane}, ${this.#store.failOver(lane)} commits`);
  }

  flush(): void {
    if (this.#sparesState) return;
    const { service, lane } = this.#pickState();
    const everywhere = this.#random.chance(0.5);
    this.#count('flush', everywhere ? 'everything' : `${service}/${lane}`);
    for (let each = 0; each < this.#log.lanes; each++) {
      if (everywhere) for (const other of this.#deployment.foldNames) this.#store.clear(other, each);
      else if (each === lane) this.#store.clear(service, each);
    }
  }

  /** One key of a lane goes, or several at a time. */
  evict(): void {
    if (this.#sparesState) return;
    const { lane } = this.#pickState();
    const keys = Array.from({ length: this.#random.pick([1, 1, 3]) }, () => this.#pickKey(lane));
    for (const key of keys) {
      if (key !== null && this.#store.evict(lane, key)) this.#count('evict', `lane ${lane}, ${JSON.stringify(key)}`);
    }
  }

  #pickKey(lane: number): EvictedKey | null {
    const { service } = this.#pickState();
    const kind = this.#random.weighted({ customer: 4, list: 1, timers: 1, outbox: 1 });
    if (kind === 'list') return { service: null, part: kind };
    if (kind !== 'customer') return { service, part: kind };
    const customers = this.#store.customersOf(lane);
    return customers.length === 0 ? null : { service: null, part: { customerId: this.#random.pick(customers) } };
  }

  /** One process for all, one for each, or something between. */
  #deploy(): void {
    const layout = this.#random.weighted({ together: 1, apart: 3, mixed: 1 });
    if (layout === 'together') this.#deployment.start(SERVICES);
    else if (layout === 'mixed') {
      this.#deployment.start(['unify', 'tier']);
      this.#deployment.start(scoreNames);
    } else this.#startMissing();
  }

  #startMissing(): void {
    for (const service of ['unify', ...this.#deployment.foldNames]) {
      if (!this.#away.has(service) && this.#aliveOf(service) === 0) this.#deployment.start([service]);
    }
  }

  /** Those that stand still do not count: nobody knows whether they come back. */
  #aliveOf(service: ServiceName): number {
    return this.#deployment.members.filter(
      ({ services, stopping, ailment, process }) =>
        services.includes(service) && !stopping && ailment !== 'other-fold-version' && process.state === 'running',
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

  #pick(service: ServiceName | null = null): Member | null {
    const members = this.#deployment.members.filter(
      ({ stopping, ailment, services }) =>
        !stopping && ailment === null && (service === null || services.includes(service)),
    );
    return members.length === 0 ? null : this.#random.pick(members);
  }

  #pickState(): { readonly service: ServiceName; readonly lane: number } {
    return {
      service: this.#random.pick(this.#deployment.foldNames),
      lane: this.#random.between(0, this.#log.lanes - 1),
    };
  }

  #later(msMax: number, run: () => void): void {
    this.#log.simulation.after(null, this.#random.between(1, msMax), run);
  }

  #count(what: string, details: string): void {
    this.#log.simulation.count(what, () => details);
  }
}

/** Runs on the event clock take fewer steps. */
function drawMood(random: Random, clock: ClockKind): Mood {
  const weight = () => (random.chance(0.3) ? 0 : random.next());
  return {
    rate: random.pick([0.001, 0.003, 0.006]) * (clock === 'event' ? 3 : 1),
    goBack: random.pick([0, 0.2, 0.8]),
    deedsMax: random.between(30, 150),
    lingerMsMax: random.pick(clock === 'event' ? [200, 2_000, 2 * MINUTE_MS] : [2_000, 2 * MINUTE_MS]),
    weights: {
      crash: weight() + 0.1,
      linger: weight() + 0.1,
      crawl: weight(),
      stop: weight(),
      startAnother: 2 * weight(),
      startOtherVersion: 0.5 * weight(),
      rebalance: weight(),
      contend: weight(),
      setClock: 0.5 * weight(),
      loseCommits: 2 * weight(),
      loseWhileDown: 0.5 * weight(),
      restartStore: weight(),
      failOver: weight(),
      flush: 0.1 * weight(),
      evict: 0.5 * weight(),
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
  return {
    lost: share(),
    unknown: share(),
    late: share(),
    slow: 2 * share(),
    repeated: share(),
    crashBefore: 0.1 * share(),
    crashAfter: 0.1 * share(),
  };
}
