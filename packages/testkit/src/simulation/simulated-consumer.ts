import {
  type Committed,
  type Fault,
  type Lane,
  type LaneConsumer,
  type LaneHandler,
  type Offset,
  OperatingError,
  type Topic,
} from '@tidemark/stream';
import { NO_CALL_FAULTS } from './faults.ts';
import type { SimulatedGroup } from './simulated-group.ts';
import type { SimulatedLog } from './simulated-log.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Simulation } from './simulation.ts';

/** One topic of a lane that this member reads. */
interface Input {
  readonly topic: Topic;
  readonly lane: Lane;
  /** Null until placed by `seek` after an assignment. */
  position: Offset | null;
  paused: boolean;
  /** A batch is under way; the next is fetched when it has arrived. */
  fetching: boolean;
  /** Counts assignments and seeks: a batch from before one is stale. */
  epoch: number;
}

/** A member of a group. What it believes to own may have another owner by now. */
export class SimulatedConsumer implements LaneConsumer {
  readonly process: SimulatedProcess;
  readonly #log: SimulatedLog;
  readonly #group: SimulatedGroup;
  readonly #topics: readonly Topic[];
  readonly #handler: LaneHandler;
  readonly #held = new Map<Lane, readonly Input[]>();
  /** What the group has to say to the member, in order. */
  readonly #news: (() => void)[] = [];
  readonly #gains = new Map<Lane, number>();
  #closed = false;

  constructor(
    log: SimulatedLog,
    group: SimulatedGroup,
    process: SimulatedProcess,
    topics: readonly Topic[],
    handler: LaneHandler,
  ) {
    this.process = process;
    this.#log = log;
    this.#group = group;
    this.#topics = topics;
    this.#handler = handler;
  }

  // What the group and the log do.

  gain(lane: Lane): void {
    this.#gains.set(lane, (this.#gains.get(lane) ?? 0) + 1);
    this.#tell(() => {
      const known = this.#held.get(lane);
      for (const input of known ?? []) this.#forget(input);
      if (known === undefined)
        this.#held.set(
          lane,
          this.#topics.map((topic) => newInput(topic, lane)),
        );
      this.#handler.assigned(lane, this);
    });
  }

  lose(lane: Lane): void {
    const { revokedLate, revokedNever } = this.#log.faults;
    const { random } = this.#simulation;
    const isNever = random.chance(revokedNever);
    const isLate = !isNever && random.chance(revokedLate);
    if (isNever || isLate) {
      this.#simulation.count(
        isNever ? 'loss never told' : 'loss told late',
        () => `${this.process.name}, lane ${lane}`,
      );
    }
    if (!isNever) this.#revoke(lane, isLate ? REVOKED_LATE_MS_MAX : 0);
  }

  recordsAppended(topic: Topic, lane: Lane): void {
    const input = this.#inputOf(topic, lane);
    if (input !== undefined) this.#fetch(input);
  }

  /** Nothing comes behind what was delivered, in the way of a batch that cannot be decoded. */
  block(topic: Topic, lane: Lane, fault: Fault): void {
    if (this.#inputOf(topic, lane) !== undefined) this.#tell(() => this.#handler.blocked?.(topic, lane, fault));
  }

  /**
   * The log lost records: out of range, a reader jumps to what there is and says nothing, as kafkajs does. At once, since
   * one that asks only when the log has grown as long again cannot tell.
   */
  recordsLost(topic: Topic, lane: Lane): void {
    const input = this.#inputOf(topic, lane);
    const { start, end } = this.#log.bounds(topic, lane);
    if (input === undefined || input.position === null || (input.position >= start && input.position <= end)) return;
    this.#simulation.count('jumped', () => `${this.process.name}, ${topic}/${lane}`);
    input.position = start;
    this.#fetch(input);
  }

  // The port.

  seek(topic: Topic, lane: Lane, offset: Offset): void {
    const input = this.#inputOf(topic, lane);
    if (input === undefined) return;
    input.position = offset;
    input.epoch++;
    this.recordsLost(topic, lane);
    this.#fetch(input);
  }

  pause(topic: Topic, lane: Lane): void {
    const input = this.#inputOf(topic, lane);
    if (input !== undefined) input.paused = true;
  }

  resume(topic: Topic, lane: Lane): void {
    const input = this.#inputOf(topic, lane);
    if (input === undefined) return;
    input.paused = false;
    this.#fetch(input);
  }

  committed(lane: Lane): Promise<ReadonlyMap<Topic, Committed>> {
    return this.process.call(`committed of ${this.#group.name}/${lane}`, 'log-unavailable', this.#log.faults.read, () =>
      this.#group.committed(lane),
    );
  }

  commit(lane: Lane, places: ReadonlyMap<Topic, Committed>): Promise<void> {
    const { commit, unfencedCommit } = this.#log.faults;
    return this.process.call(`commit of ${this.#group.name}/${lane}`, 'log-unavailable', commit, () => {
      const isOwner = this.#group.ownerOf(lane) === this;
      if (!isOwner) this.#simulation.count('commit of a former owner', () => `${this.process.name}, lane ${lane}`);
      if (!isOwner && !this.#simulation.random.chance(unfencedCommit)) {
        this.#revoke(lane, REVOKED_LATE_MS_MAX);
        throw new OperatingError('log-unavailable', 'simulated: the lane has another owner', { retriable: true });
      }
      this.#group.commit(lane, places);
    });
  }

  async close(): Promise<void> {
    await this.process.call(`leave ${this.#group.name}`, 'log-unavailable', NO_CALL_FAULTS, () => {
      this.#closed = true;
      this.#held.clear();
      this.#group.leave(this);
    });
  }

  // Delivery.

  get #simulation(): Simulation {
    return this.#log.simulation;
  }

  /** Tells the member that it lost a lane, in some time; unless it has got the lane again by then. */
  #revoke(lane: Lane, msMax: number): void {
    const gains = this.#gains.get(lane);
    const revoke = () => {
      if (this.#gains.get(lane) !== gains) return;
      this.#tell(() => {
        if (this.#held.delete(lane)) this.#handler.revoked(lane);
      });
    };
    if (msMax === 0) revoke();
    else this.#simulation.after(null, this.#simulation.random.between(1, msMax), revoke);
  }

  #tell(news: () => void): void {
    this.#news.push(news);
    if (this.#news.length === 1) this.#scheduleNews();
  }

  #scheduleNews(): void {
    this.#simulation.schedule(this.process, () => {
      if (!this.#closed) this.#news[0]?.();
      this.#news.shift();
      if (this.#news.length > 0) this.#scheduleNews();
    });
  }

  #inputOf(topic: Topic, lane: Lane): Input | undefined {
    return this.#held.get(lane)?.find((input) => input.topic === topic);
  }

  #forget(input: Input): void {
    input.position = null;
    input.paused = false;
    input.epoch++;
  }

  /** Starts a fetch where there is something to read, unless one is under way. */
  #fetch(input: Input): void {
    if (input.fetching || !this.#canFetch(input)) return;
    input.fetching = true;
    const { random } = this.#simulation;
    const fetch = () => {
      if (this.#canFetch(input)) this.#deliver(input);
      else input.fetching = false;
    };
    const isSlow = random.chance(this.#log.faults.slowBatch);
    if (isSlow) {
      this.#simulation.count('slow batch', () => `${this.process.name}, ${input.topic}/${input.lane}`);
      this.#simulation.after(this.process, random.between(1, SLOW_BATCH_MS_MAX), fetch);
    } else this.#simulation.schedule(this.process, fetch);
  }

  #canFetch(input: Input): boolean {
    if (!this.#isHeld(input) || input.paused || input.position === null) return false;
    return input.position < this.#log.bounds(input.topic, input.lane).end;
  }

  #deliver(input: Input): void {
    const from = input.position as Offset;
    const count = this.#simulation.random.between(1, this.#log.batchRecordsMax);
    const records = this.#log.kept(input.topic, input.lane, from, count);
    const { epoch } = input;
    input.position = from + records.length;
    this.#simulation.schedule(this.process, () => {
      input.fetching = false;
      if (this.#arrives(input, epoch)) this.#handler.batch(input.topic, input.lane, records);
      this.#fetch(input);
    });
  }

  #arrives(input: Input, epoch: number): boolean {
    if (!this.#isHeld(input) || input.position === null) return false;
    if (input.epoch === epoch) return true;
    const isStale = this.#simulation.random.chance(this.#log.faults.staleBatch);
    if (isStale) this.#simulation.count('stale batch', () => `${this.process.name}, ${input.topic}/${input.lane}`);
    return isStale;
  }

  #isHeld(input: Input): boolean {
    return this.#held.get(input.lane)?.includes(input) === true;
  }
}

const SLOW_BATCH_MS_MAX = 300;
const REVOKED_LATE_MS_MAX = 2_000;

function newInput(topic: Topic, lane: Lane): Input {
  return { topic, lane, position: null, paused: false, fetching: false, epoch: 0 };
}
