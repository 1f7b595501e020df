import { type Appended, type Lane, type LogWriter, type NewRecord, OperatingError, type Topic } from '@tidemark/stream';
import type { SimulatedLog } from './simulated-log.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** A producer session. It holds its caller to the port's terms, since a real one would silently do something wrong. */
export class SimulatedWriter implements LogWriter {
  readonly #log: SimulatedLog;
  readonly #process: SimulatedProcess;
  readonly #inFlight = new Set<string>();
  readonly #broken = new Set<string>();
  #closed = false;

  constructor(log: SimulatedLog, process: SimulatedProcess) {
    this.#log = log;
    this.#process = process;
  }

  async send(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<Appended> {
    const target = `${topic}/${lane}`;
    if (this.#inFlight.has(target)) throw new Error(`expected one send in flight to ${target}, found a second`);
    if (this.#broken.has(target)) throw new Error(`expected no send to ${target} after one that failed, found one`);
    if (this.#closed) throw unavailable('the writer is closed');
    this.#inFlight.add(target);
    const copies = records.map((record) => ({ ...record }));
    try {
      const session = this.#log.sessionOf(this.#process, topic, lane);
      const what = `send ${copies.length} to ${target}`;
      return await this.#process.call(what, 'log-unavailable', this.#log.faults.send, () => {
        if (session.isBroken()) throw unavailable('the lane has another leader');
        return this.#log.append(topic, lane, copies);
      });
    } catch (error) {
      this.#broken.add(target);
      throw error;
    } finally {
      this.#inFlight.delete(target);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

function unavailable(why: string): OperatingError {
  return new OperatingError('log-unavailable', `simulated: ${why}`, { retriable: true });
}
