import { OCCURRED_AT_MIN_MS } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { EventTopic } from '@tidemark/producer';
import type { Receipt } from '../calls/map-call.ts';
import { conclude } from '../conclude.ts';
import { Draft } from '../draft.ts';
import { type Outcome, Refusal } from '../outcome.ts';
import { occurredAtOf } from '../values/event-time.ts';
import { eventIdOf, readId, readIdOrNothing } from '../values/ids.ts';
import { isObject, type JsonObject, kindOf, objectOf } from '../values/texts.ts';
import { type FieldTable, readByTable } from './field-table.ts';

/** Types whose data is our own record in JSON; eventId, customerId and occurredAt may be the event's id, subject and time. */
export const CLOUD_EVENT_TYPES: ReadonlyMap<string, EventTopic> = new Map([
  ['tidemark.order', 'orders'],
  ['tidemark.interaction', 'interactions'],
  ['tidemark.marketing', 'marketing'],
  ['tidemark.identity', 'identities'],
]);

export interface CloudEventReceipt extends Receipt {
  /** Tables of the source's own types. */
  readonly tables?: ReadonlyMap<string, FieldTable>;
}

/** The record that a CloudEvent becomes. Known by its source and id, as the specification has it: a repeat has both. Never throws. */
export function mapCloudEvent(event: unknown, receipt: CloudEventReceipt): Outcome {
  const json = objectOf(event);
  const { source, receivedAt, earliestAt = OCCURRED_AT_MIN_MS as TimeMs } = receipt;
  const id = readIdOrNothing(json['id']);
  const origin = typeof json['source'] === 'string' ? json['source'].trim() : '';
  const eventId = eventIdOf(source.name, id === null ? receipt.newId() : `${origin}:${id}`);
  return conclude(eventId, earliestAt, () => {
    if (!isObject(event)) throw new Refusal('unmapped', '(event)', 'a CloudEvent as a JSON object', kindOf(event));
    if (id === null) throw new Refusal('unmapped', 'id', "the event's id", 'none');
    const read = readData(json, receipt);
    const draft = new Draft(source, { eventId, customerId: '', occurredAt: receivedAt });
    if (read === null) draft.ignored = 'not-used';
    else
      draft.addJson(read.topic, {
        ...read.data,
        eventId,
        customerId: customerOf(json, read.data),
        occurredAt: timeOf(json, read.data, receivedAt),
      });
    return draft;
  });
}

/** Null for an event that its table passes over. */
function readData(
  json: JsonObject,
  { source, tables }: CloudEventReceipt,
): { topic: EventTopic; data: JsonObject } | null {
  const type = typeof json['type'] === 'string' ? json['type'] : '';
  const data = json['data'];
  const table = tables?.get(type);
  const topic = table?.topic ?? CLOUD_EVENT_TYPES.get(type);
  if (topic === undefined) {
    throw new Refusal(
      'unmapped',
      'type',
      `${[...CLOUD_EVENT_TYPES.keys()].join(', ')}, or one with a table`,
      'another',
    );
  }
  if (!isObject(data)) throw new Refusal('unmapped', 'data', 'a JSON object', kindOf(data));
  if (table === undefined) return { topic, data };
  const read = readByTable(table, data, source);
  return read === null ? null : { topic, data: read };
}

function customerOf(json: JsonObject, data: JsonObject): string {
  const subject = readId(json['subject'], 'subject');
  const named = readId(data['customerId'], 'data.customerId');
  if (subject !== null && named !== null && subject !== named && CLOUD_EVENT_TYPES.has(String(json['type']))) {
    throw new Refusal('key-mismatch', 'data.customerId', 'the same customer as subject', 'another');
  }
  // A table says by a field who it is; the subject may then be a row's key.
  const customerId = CLOUD_EVENT_TYPES.has(String(json['type'])) ? (subject ?? named) : (named ?? subject);
  if (customerId !== null) return customerId;
  throw new Refusal('no-identity', 'subject', "the customer's id", 'what programs write for none');
}

function timeOf(json: JsonObject, data: JsonObject, receivedAt: TimeMs): TimeMs {
  const times = { timestamp: data['occurredAt'], originalTimestamp: json['time'], sentAt: undefined, receivedAt };
  return occurredAtOf(times, 'server');
}
