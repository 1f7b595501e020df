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

/** The log of a simulated world: what it holds survives every process. `portOf` is how a process reaches it. */
export class SimulatedLog {
  readonly simulation: Simulation;
  readonly lanes: number;
  faults: LogFaults = NO_LOG_FAULTS;
  readonly #records = new Map<string, LogRecord[]>();
  readonly #groups = new Map<string, SimulatedGroup>();

  constructor(simulation: Simulation, lanes: number) {
    this.simulation = simulation;
    this.lanes = lanes;
  }

  /** The log as a process sees it. */
  portOf(process: SimulatedProcess): EventLog {
    return {
      lanes: this.lanes,
      writer: () =>
        process.call<LogWriter>('log-unavailable', NO_CALL_FAULTS, () => new SimulatedWriter(this, process)),
      consume: (subscription) => this.#consume(process, subscription),
      bounds: (topic, lane) => process.call('log-unavailable', this.faults.read, () => this.bounds(topic, lane)),
      read: (topic, lane, from, limit) =>
        process.call('log-unavailable', this.faults.read, () => this.records(topic, lane).slice(from, from + limit)),
    };
  }

  bounds(topic: Topic, lane: Lane): Bounds {
    return { start: 0, end: this.records(topic, lane).length };
  }

  /** All records of a topic's lane. */
  records(topic: Topic, lane: Lane): readonly LogRecord[] {
    return this.#recordsOf(topic, lane);
  }

  /** Appends in the world, at once. */
  append(topic: Topic, lane: Lane, added: readonly NewRecord[]): Appended {
    if (!(lane >= 0 && lane < this.lanes)) throw new Error(`expected a lane below ${this.lanes}, found ${lane}`);
    const records = this.#recordsOf(topic, lane);
    const baseOffset: Offset = records.length;
    const appendedAtMs = this.simulation.now;
    for (const { key, value, headers } of added) {
      records.push({ key, value, headers, offset: records.length, appendedAtMs });
    }
    for (const group of this.#groups.values()) group.recordsAppended(topic, lane);
    return { baseOffset, appendedAtMs };
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
    return process.call('log-unavailable', NO_CALL_FAULTS, () => {
      const consumer = new SimulatedConsumer(this, this.group(group), process, topics, handler);
      this.group(group).join(consumer);
      return consumer;
    });
  }

  #recordsOf(topic: Topic, lane: Lane): LogRecord[] {
    const key = `${topic}/${lane}`;
    let records = this.#records.get(key);
    if (records === undefined) {
      records = [];
      this.#records.set(key, records);
    }
    return records;
  }
}
