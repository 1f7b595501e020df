import { laneOf, type SchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { EventError, type EventTopic } from '@tidemark/producer';
import { encodeReadEvent } from '@tidemark/producer/encode-event';
import { type IngestRecord, LogIngest, type RawLog } from '@tidemark/runtime';
import type { Outcome } from '@tidemark/segment';
import { letterOf, type Original } from './letter.ts';

/** An event, as it was mapped. */
export interface MappedEvent {
  readonly outcome: Outcome;
  /** Asked only where the event becomes a dead letter. */
  original(): Original;
}

/** Writes what events became. */
export class Intake {
  readonly #log: RawLog;
  readonly #ingest: LogIngest;
  readonly #ids: SchemaIds;

  constructor(log: RawLog, ids: SchemaIds) {
    this.#log = log;
    this.#ingest = new LogIngest(log);
    this.#ids = ids;
  }

  /**
   * Resolves to what became of each event, in their order, once all of it is durable: first the dead letters, then the records. An
   * event that is too large as a record is refused after all. Rejects with a retriable error while the log or the registry is away; then some may be in the log.
   */
  async take(sourceName: string, events: readonly MappedEvent[], receivedAt: TimeMs): Promise<readonly Outcome[]> {
    const records = new Map<EventTopic, IngestRecord[]>();
    const letters: IngestRecord[] = [];
    const outcomes = events.map(({ outcome, original }) => {
      const settled = this.#encode(outcome, records);
      if (settled.verdict === 'refused') {
        letters.push(letterOf(sourceName, settled, original(), receivedAt, (key) => laneOf(key, this.#log.lanes)));
      }
      return settled;
    });
    if (letters.length > 0) await this.#ingest.send('dead-letters', letters);
    const sends = [...records].map(([topic, ofTopic]) => this.#ingest.send(topic, ofTopic));
    // All are awaited, so that none is still under way when the request is answered.
    for (const sent of await Promise.allSettled(sends)) if (sent.status === 'rejected') throw sent.reason;
    return outcomes;
  }

  close(): Promise<void> {
    return this.#ingest.close();
  }

  /** All records of an event, or none. */
  #encode(outcome: Outcome, records: Map<EventTopic, IngestRecord[]>): Outcome {
    if (outcome.verdict !== 'accepted') return outcome;
    try {
      const encoded = outcome.records.map(({ topic, event }) => encodeReadEvent(topic, event, this.#ids));
      for (const record of encoded) {
        const ofTopic = records.get(record.topic);
        if (ofTopic === undefined) records.set(record.topic, [record]);
        else ofTopic.push(record);
      }
      return outcome;
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      return { verdict: 'refused', eventId: outcome.eventId, reason: 'too-large', errors: error.problems };
    }
  }
}
