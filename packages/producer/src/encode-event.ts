import { ContractError, customerKey, encodeRaw, RECORD_BYTES_MAX, type SchemaIds } from '@tidemark/contracts';
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
 * default. What passes is refused by unify only for what the policy and the lane's clock know: the currency's rate, and
 * a time too far ahead. Pure.
 *
 * Throws EventError, which names the fields (`items[2].quantity`), or ContractError `registry-unavailable` before the
 * record's schema has an id.
 */
export function encodeEvent(topic: EventTopic, input: unknown, ids: SchemaIds): EncodedEvent {
  const recordType = RECORD_TYPES[topic];
  const schemaId = ids.idOf(recordType);
  if (schemaId === undefined) {
    const message = `expected an id for the schema of ${recordType}, found none yet: register it, then try again`;
    throw new ContractError('registry-unavailable', message, { recordType });
  }
  return encodeRecord(topic, readEvent(topic, input), schemaId);
}

/** The record that an input stands for. Throws EventError. Its size is not yet checked: `encodeRecord` does. */
export function readEvent<T extends EventTopic>(topic: T, input: unknown): EventRecords[T] {
  const problems: FieldProblem[] = [];
  const record = eventReaders[topic](input, '', problems);
  if (record === undefined || problems.length > 0) throw new EventError(topic, problems);
  return record;
}

/** Encodes what `readEvent` gave. Throws EventError for one that is too large. */
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
