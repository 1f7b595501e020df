import {
  ContractError,
  customerKey,
  encodeRaw,
  looksLikeSeconds,
  OCCURRED_AT_MIN_MS,
  RECORD_BYTES_MAX,
  rawVersionFor,
  type SchemaIds,
} from '@tidemark/contracts';
import { EventError, type FieldProblem } from './event-error.ts';
import { type EventRecords, type EventTopic, eventReaders, RECORD_TYPES } from './event-records.ts';

/** A record of a raw topic, as the log takes it. */
export interface EncodedEvent {
  readonly topic: EventTopic;
  /** The customer's id in UTF-8: decides the lane. */
  readonly key: Uint8Array;
  /** Confluent's wire format: a zero byte, the schema's id, the Avro body. */
  readonly value: Uint8Array;
  readonly customerId: string;
  readonly eventId: string;
}

/**
 * Checks an event and encodes it. `input` may come from anywhere, such as JSON; absent optional fields get the schema's
 * default. What passes is refused by unify only for what the policy and the lane's clock know: the currency's rate, the
 * first day of events where the policy has another, and a time too far ahead. Pure.
 *
 * `earliestAt`: events that happened before are refused (`events.earliest` of the policy).
 *
 * Throws EventError, which names the fields (`items[2].quantity`), or ContractError `registry-unavailable` before the
 * record's schema has an id.
 */
export function encodeEvent(
  topic: EventTopic,
  input: unknown,
  ids: SchemaIds,
  earliestAt: number = OCCURRED_AT_MIN_MS,
): EncodedEvent {
  return encodeReadEvent(topic, readEvent(topic, input, earliestAt), ids);
}

/** The same for what `readEvent` gave. */
export function encodeReadEvent<T extends EventTopic>(topic: T, record: EventRecords[T], ids: SchemaIds): EncodedEvent {
  const recordType = RECORD_TYPES[topic];
  const schemaId = ids.idOf(recordType, rawVersionFor(recordType, record as never));
  if (schemaId === undefined) {
    const message = `expected an id for the schema of ${recordType}, found none yet: register it, then try again`;
    throw new ContractError('registry-unavailable', message, { recordType });
  }
  return encodeRecord(topic, record, schemaId);
}

/** The record that an input stands for. Throws EventError. Its size is not yet checked: `encodeRecord` does. */
export function readEvent<T extends EventTopic>(topic: T, input: unknown, earliestAt: number): EventRecords[T] {
  const problems: FieldProblem[] = [];
  const record = eventReaders[topic](input, '', problems);
  if (record !== undefined && record.occurredAt < earliestAt) problems.push(tooEarly(record.occurredAt, earliestAt));
  if (record === undefined || problems.length > 0) throw new EventError(topic, problems);
  return record;
}

function tooEarly(occurredAt: number, earliestAt: number): FieldProblem {
  const expected = `a time from ${new Date(earliestAt).toISOString().slice(0, 'yyyy-mm-dd'.length)} on, in milliseconds since 1970 where it is a number`;
  const found = looksLikeSeconds(occurredAt) ? 'an earlier one: seconds, it seems' : 'an earlier one';
  return { field: 'occurredAt', expected, found };
}

/** Encodes what `readEvent` gave, for the id of the version that `rawVersionFor` gives. Throws EventError for one that is too large. */
export function encodeRecord<T extends EventTopic>(topic: T, record: EventRecords[T], schemaId: number): EncodedEvent {
  const { customerId, eventId } = record;
  const key = customerKey(customerId);
  const value = encodeRaw(RECORD_TYPES[topic], schemaId, record as never);
  const bytes = key.length + value.length;
  if (bytes > RECORD_BYTES_MAX) {
    const expected = `at most ${RECORD_BYTES_MAX} bytes of key and Avro record together`;
    throw new EventError(topic, [{ field: '(event)', expected, found: `${bytes} bytes` }]);
  }
  return { topic, key, value, customerId, eventId };
}
