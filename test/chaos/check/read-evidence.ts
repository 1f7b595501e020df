import { codecs, createRawDecoder, RAW_TOPICS, type RawDecoder, type SchemaIds } from '@tidemark/contracts';
import { timelineReader } from '@tidemark/pipeline';
import { type EventLog, type Lane, type LogRecord, readLane } from '@tidemark/stream';
import type { LaneEvidence, RawEvidence, TimelineEvidence } from './check-accounts.ts';

type Log = Pick<EventLog, 'bounds' | 'read'>;

/** Reads from the log what became of a lane's raw records. Memory: a small object a record. */
export async function readEvidence(log: Log, schemaIds: SchemaIds, lane: Lane): Promise<LaneEvidence> {
  const decoder = createRawDecoder(schemaIds);
  const raw: RawEvidence[] = [];
  for (const topic of RAW_TOPICS) {
    for await (const record of readLane(log, topic, lane)) raw.push(await rawEvidence(topic, record, decoder));
  }
  const timeline: TimelineEvidence[] = [];
  for await (const record of readLane(log, 'timeline', lane)) {
    const evidence = timelineEvidence(record);
    if (evidence !== null) timeline.push(evidence);
  }
  const letters: string[] = [];
  for await (const { value, headers } of readLane(log, 'dead-letters', lane)) {
    const letter = codecs['dead-letter'].decode(value ?? new Uint8Array(), headers['schema'] ?? '');
    if (letter.service === 'unify') letters.push(`${letter.topic}:${letter.offset}`);
  }
  return { lane, raw, timeline, letters };
}

async function rawEvidence(topic: string, { offset, value }: LogRecord, decoder: RawDecoder): Promise<RawEvidence> {
  const origin = `${topic}:${offset}`;
  const outcome = await decoder.decode(value);
  if (!outcome.ok) return { origin, kind: 'malformed', eventId: null, says: null };
  const eventId = 'eventId' in outcome.value ? outcome.value.eventId : null;
  const says = 'orderId' in outcome.value ? JSON.stringify({ ...outcome.value, eventId: null }) : null;
  return { origin, kind: eventId === null ? 'policy' : 'event', eventId, says };
}

function timelineEvidence(source: LogRecord): TimelineEvidence | null {
  const record = timelineReader.record(source);
  const { offset, origin, eventId, customerId } = record;
  if (origin === null) return null;
  const event = eventId === null ? null : timelineReader.event(record);
  // The load pays in the base currency.
  const amountMinor = event?.type === 'order' ? event.data.amountMinor : null;
  return { offset, topic: origin.topic, originOffset: origin.offset, eventId, customerId, amountMinor };
}
