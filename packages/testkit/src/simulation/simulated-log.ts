import type {
  Appended,
  Bounds,
  EventLog,
  Lane,
  LaneConsumer,
  LogRecord,
  LogWriter,
  NewRecord,
  Offset,
  Subscription,
  Topic,
} from '@tidemark/stream';
import { type LogFaults, NO_CALL_FAULTS, NO_LOG_FAULTS } from './faults.ts';
import { SimulatedConsumer } from './simulated-consumer.ts';
import { SimulatedGroup } from './simulated-group.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import { SimulatedWriter } from './simulated-writer.ts';
import type { Simulation } from './simulation.ts';

/** One topic's lane. Records before `start` are gone for processes, but not for who checks the run. */
interface Partition {
  records: LogRecord[];
  start: Offset;
  /** What was cut off its end. */
  lost: readonly LogRecord[];
  /** When it last lost its end, as the number of such losses in the log. */
  cutAs: number;
}

/** The log of a simulated world: what it holds survives every process. `portOf` is how a process reaches it. */
export class SimulatedLog {
  readonly simulation: Simulation;
  readonly lanes: number;
  faults: LogFaults = NO_LOG_FAULTS;
  readonly #partitions = new Map<string, Partition>();
  readonly #groups = new Map<string, SimulatedGroup>();
  /** What each process knows of losses, by topic and lane. */
  readonly #told = new WeakMap<SimulatedProcess, Map<string, number>>();
  /** Records in one batch at most. */
  batchRecordsMax = 5;
  #cuts = 0;

  constructor(simulation: Simulation, lanes: number) {
    this.simulation = simulation;
    this.lanes = lanes;
  }

  /** The log as a process sees it. */
  portOf(process: SimulatedProcess): EventLog {
    const call = <Answer>(what: string, effect: () => Answer) =>
      process.call(what, 'log-unavailable', this.faults.read, effect);
    return {
      lanes: this.lanes,
      writer: () =>
        process.call<LogWriter>(
          'open a writer',
          'log-unavailable',
          NO_CALL_FAULTS,
          () => new SimulatedWriter(this, process),
        ),
      consume: (subscription) => this.#consume(process, subscription),
      bounds: (topic, lane) => call(`bounds of ${topic}/${lane}`, () => this.bounds(topic, lane)),
      read: (topic, lane, from, limit) =>
        call(`read ${topic}/${lane} from ${from}`, () => this.kept(topic, lane, from, limit)),
    };
  }

  bounds(topic: Topic, lane: Lane): Bounds {
    const { start, records } = this.#partitionOf(topic, lane);
    return { start, end: records.length };
  }

  /** All records that a topic's lane has had, but for those cut off its end. */
  records(topic: Topic, lane: Lane): readonly LogRecord[] {
    return this.#partitionOf(topic, lane).records;
  }

  /** What processes can read. */
  kept(topic: Topic, lane: Lane, from: Offset, limit: number): readonly LogRecord[] {
    const { start, records } = this.#partitionOf(topic, lane);
    const first = Math.max(from, start);
    return records.slice(first, first + limit);
  }

  /** Appends in the world, at once. */
  append(topic: Topic, lane: Lane, added: readonly NewRecord[]): Appended {
    if (!(lane >= 0 && lane < this.lanes)) throw new Error(`expected a lane below ${this.lanes}, found ${lane}`);
    const { records } = this.#partitionOf(topic, lane);
    const baseOffset: Offset = records.length;
    const appendedAtMs = this.simulation.wall;
    for (const { key, value, headers } of added) {
      records.push({ key, value, headers, offset: records.length, appendedAtMs });
    }
    for (const group of this.#groups.values()) group.recordsAppended(topic, lane);
    return { baseOffset, appendedAtMs };
  }

  /** Loses the records before `start`, as by retention. */
  truncate(topic: Topic, lane: Lane, start: Offset): void {
    const partition = this.#partitionOf(topic, lane);
    partition.start = Math.min(Math.max(start, partition.start), partition.records.length);
    this.#tellLost(topic, lane);
  }

  /** Loses the records from `end` on, acknowledged as they were: a broker that had not got them took over. */
  cut(topic: Topic, lane: Lane, end: Offset): void {
    const partition = this.#partitionOf(topic, lane);
    if (end >= partition.records.length) return;
    partition.lost = partition.records.slice(end);
    partition.records = partition.records.slice(0, end);
    partition.start = Math.min(partition.start, end);
    partition.cutAs = ++this.#cuts;
    this.#tellLost(topic, lane);
  }

  /** What `cut` took. */
  lost(topic: Topic, lane: Lane): readonly LogRecord[] {
    return this.#partitionOf(topic, lane).lost;
  }

  /**
   * Makes a send that leaves now fail if the lane loses its end before it arrives, or has lost it since the process last
   * heard of that: a broker that loses what it had acknowledged breaks with those who wrote to it.
   */
  sessionOf(process: SimulatedProcess, topic: Topic, lane: Lane): { readonly isBroken: () => boolean } {
    const partition = this.#partitionOf(topic, lane);
    const told = this.#told.get(process) ?? new Map<string, number>();
    this.#told.set(process, told);
    const known = told.get(`${topic}/${lane}`) ?? 0;
    told.set(`${topic}/${lane}`, partition.cutAs);
    return { isBroken: () => partition.cutAs > known };
  }

  group(name: string): SimulatedGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new SimulatedGroup(name, this);
      this.#groups.set(name, group);
    }
    return group;
  }

  get groups(): readonly SimulatedGroup[] {
    return [...this.#groups.values()];
  }

  async #consume(process: SimulatedProcess, { group, topics, handler }: Subscription): Promise<LaneConsumer> {
    return process.call(`join ${group}`, 'log-unavailable', NO_CALL_FAULTS, () => {
      const consumer = new SimulatedConsumer(this, this.group(group), process, topics, handler);
      this.group(group).join(consumer);
      return consumer;
    });
  }

  #tellLost(topic: Topic, lane: Lane): void {
    for (const group of this.#groups.values()) group.recordsLost(topic, lane);
  }

  #partitionOf(topic: Topic, lane: Lane): Partition {
    const key = `${topic}/${lane}`;
    let partition = this.#partitions.get(key);
    if (partition === undefined) {
      partition = { records: [], start: 0, lost: [], cutAs: 0 };
      this.#partitions.set(key, partition);
    }
    return partition;
  }
}
