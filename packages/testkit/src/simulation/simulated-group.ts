import { type Committed, type Lane, OperatingError, type Topic } from '@tidemark/stream';
import type { SimulatedConsumer } from './simulated-consumer.ts';
import type { SimulatedLog } from './simulated-log.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** A consumer group: who is in it, who has which lane, and what it has committed. */
export class SimulatedGroup {
  readonly name: string;
  readonly #log: SimulatedLog;
  readonly #owners: (SimulatedConsumer | null)[];
  readonly #committed: Map<Topic, Committed>[];
  readonly #admits = new Map<Lane, (places: ReadonlyMap<Topic, Committed>) => boolean>();
  #members: SimulatedConsumer[] = [];
  /** Members that the group takes for dead, though they may live: a process that stands still. */
  readonly #expired = new Set<SimulatedConsumer>();

  constructor(name: string, log: SimulatedLog) {
    this.name = name;
    this.#log = log;
    this.#owners = new Array(log.lanes).fill(null);
    this.#committed = Array.from({ length: log.lanes }, () => new Map());
  }

  join(member: SimulatedConsumer): void {
    this.#members.push(member);
    member.process.onCrash(() => {
      const { simulation } = this.#log;
      simulation.after(null, simulation.random.between(1, SESSION_MS_MAX), () => this.leave(member));
    });
    this.rebalance();
  }

  leave(member: SimulatedConsumer): void {
    if (!this.#members.includes(member)) return;
    this.#members = this.#members.filter((other) => other !== member);
    this.#expired.delete(member);
    this.rebalance();
  }

  /** Takes a process's members for dead: others get their lanes, and nobody tells it. */
  expire(process: SimulatedProcess): void {
    for (const member of this.#members) if (member.process === process) this.#expired.add(member);
    this.rebalance();
  }

  /** The process came back, and those of its members that were taken for dead join again. */
  rejoin(process: SimulatedProcess): void {
    const missed = [...this.#expired].filter((member) => member.process === process);
    for (const member of missed) this.#expired.delete(member);
    if (missed.length > 0) this.rebalance();
  }

  /** Deals the lanes out anew, at random but evenly. */
  rebalance(): void {
    const { random } = this.#log.simulation;
    const members = random.shuffled(this.#members.filter((member) => !this.#expired.has(member)));
    const first = random.between(0, Math.max(0, members.length - 1));
    for (let lane = 0; lane < this.#owners.length; lane++) {
      const before = this.#owners[lane] ?? null;
      const owner = members[(first + lane) % members.length] ?? null;
      this.#owners[lane] = owner;
      if (before !== null && before !== owner) before.lose(lane);
      if (owner !== null && owner !== before) owner.gain(lane);
      if (owner !== null && owner === before && random.chance(this.#log.faults.forgotten)) {
        this.#log.simulation.count('positions forgotten', () => `${owner.process.name}, lane ${lane}`);
        owner.gain(lane);
      }
    }
  }

  /** Gives a lane to another member, if there is one, and tells the one who had it nothing. */
  usurp(lane: Lane): void {
    const others = this.#members.filter((member) => !this.#expired.has(member) && member !== this.#owners[lane]);
    if (others.length === 0) return;
    const owner = this.#log.simulation.random.pick(others);
    this.#owners[lane] = owner;
    this.#log.simulation.say(() => `${owner.process.name} has ${this.name}/${lane}, too`);
    owner.gain(lane);
  }

  /** Tells every member which of its lanes have another owner, where it was not told so far. */
  tellLost(): void {
    for (const member of this.#members) {
      for (let lane = 0; lane < this.#owners.length; lane++) if (this.#owners[lane] !== member) member.lose(lane);
    }
  }

  ownerOf(lane: Lane): SimulatedConsumer | null {
    return this.#owners[lane] ?? null;
  }

  committed(lane: Lane): ReadonlyMap<Topic, Committed> {
    return new Map(this.#committed[lane]);
  }

  commit(lane: Lane, places: ReadonlyMap<Topic, Committed>): void {
    if (this.#admits.get(lane)?.(places) === false)
      throw new OperatingError('log-unavailable', 'simulated: the commit is older than the last', { retriable: true });
    for (const [topic, place] of places) this.#committed[lane]?.set(topic, place);
  }

  /** From now on the lane takes only such commits. */
  admitOnly(lane: Lane, admits: (places: ReadonlyMap<Topic, Committed>) => boolean): void {
    this.#admits.set(lane, admits);
  }

  recordsLost(topic: Topic, lane: Lane): void {
    for (const member of this.#members) member.recordsLost(topic, lane);
  }

  recordsAppended(topic: Topic, lane: Lane): void {
    for (const member of this.#members) member.recordsAppended(topic, lane);
  }
}

/** How long a group takes to miss a crashed member. */
const SESSION_MS_MAX = 500;
