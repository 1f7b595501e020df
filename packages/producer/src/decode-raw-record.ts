import { isUtf8 } from 'node:buffer';
import { OCCURRED_AT_MIN_MS, type RawDecoder, type RawOutcome, type RawRecord } from '@tidemark/contracts';
import { readEvent } from './encode-event.ts';
import { EventError } from './event-error.ts';
import { type EventTopic, isEventTopic, RECORD_TYPES } from './event-records.ts';

/** `{`: of JSON an object's first byte, where Confluent's wire format has a zero. */
const BRACE = 0x7b;

/**
 * What the bytes of a raw topic turned out to be: of customers' events JSON, too, which begins with a brace and is checked as over HTTP;
 * all else is Confluent's wire format. Data, not an exception; a promise where a schema has to be asked for.
 */
export function decodeRawRecord(
  topic: string,
  bytes: Uint8Array | null,
  decoder: RawDecoder,
): RawOutcome | Promise<RawOutcome> {
  return bytes?.[0] === BRACE && isEventTopic(topic) ? decodeJson(topic, bytes) : decoder.decode(bytes);
}

function decodeJson(topic: EventTopic, bytes: Uint8Array): RawOutcome {
  if (!isUtf8(bytes)) return malformed('bytes that are not UTF-8');
  let input: unknown;
  try {
    input = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return malformed(`${bytes.length} bytes of something else that begins with a brace`);
  }
  try {
    const value = readEvent(topic, input, OCCURRED_AT_MIN_MS);
    return { ok: true, recordType: RECORD_TYPES[topic], value } as { readonly ok: true } & RawRecord;
  } catch (error) {
    if (!(error instanceof EventError)) throw error;
    const [first] = error.problems;
    const detail = `${first?.field}: expected ${first?.expected}, found ${first?.found}`;
    return { ok: false, reason: 'invalid-field', detail };
  }
}

function malformed(found: string): RawOutcome {
  return { ok: false, reason: 'malformed', detail: `expected an event as a JSON object in UTF-8, found ${found}` };
}
