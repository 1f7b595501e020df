import { OperatingError } from './errors.ts';
import type { Appended, EventLog, Lane, LogWriter, NewRecord, Topic } from './ports/event-log.ts';

/**
 * One writer for all lanes of a service, opened when first needed. A failed send discards it: after an unknown outcome
 * a producer's sequence is not to be trusted, and another batch could pass for a duplicate. One send in flight per topic
 * and lane: a worker that lost its lane may still have one under way when the lane comes back to another worker here.
 */
export class SharedWriter {
  readonly #log: Pick<EventLog, 'writer'>;
  readonly #inFlight = new Map<string, Promise<unknown>>();
  #writer: Promise<LogWriter> | null = null;

  constructor(log: Pick<EventLog, 'writer'>) {
    this.#log = log;
  }

  async send(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<Appended> {
    const target = `${topic}/${lane}`;
    for (let other = this.#inFlight.get(target); other !== undefined; other = this.#inFlight.get(target)) {
      await other.catch(() => undefined);
    }
    const sending = this.#send(topic, lane, records);
    this.#inFlight.set(target, sending);
    try {
      return await sending;
    } finally {
      this.#inFlight.delete(target);
    }
  }

  async #send(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<Appended> {
    this.#writer ??= this.#log.writer();
    const current = this.#writer;
    try {
      return await (await current).send(topic, lane, records);
    } catch (error) {
      if (this.#writer === current) {
        this.#writer = null;
        await closeQuietly(current);
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    const current = this.#writer;
    this.#writer = null;
    if (current !== null) await closeQuietly(current);
  }
}

/** The writer is given up: what closing it says changes nothing. */
async function closeQuietly(writer: Promise<LogWriter>): Promise<void> {
  try {
    await (await writer).close();
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
  }
}
