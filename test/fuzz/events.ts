import type { Random } from '@tidemark/testkit';
import { type Bytes, block, entry, long, optional, text, wire } from './avro-bytes.ts';

/** Topics of customers' events. */
export const EVENT_TOPICS = ['interactions', 'orders', 'marketing', 'identities'] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

/** An event's fields as Avro bytes, in the order of its schema: any may be replaced by what no producer should write. */
export interface EventFields {
  readonly eventId: Bytes;
  readonly customerId: Bytes;
  readonly occurredAt: Bytes;
  readonly [field: string]: Bytes;
}

/** Which version of a schema, the first unless said, the registry has by which id. */
export type SchemaIdOf = (recordType: string, version?: number) => number;

const RECORD_TYPES: Readonly<Record<EventTopic, string>> = {
  interactions: 'interaction-event',
  orders: 'order-event',
  marketing: 'marketing-event',
  identities: 'identity-event',
};

/** Names that mean something to JavaScript, to Redis, to a terminal, to a log, or to a page. */
export const ODD_IDS = [
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'length',
  'then',
  'toJSON',
  '{}',
  '}{',
  '{a}{b}',
  '*',
  '\u0000',
  'a\u0000b',
  '\u001b[31m',
  '\u202e',
  '\u{1f600}',
  '%00',
  '../..',
  'a/b?c#d',
  "'; DROP TABLE blocks; --",
  '<script>',
];

/** What stands where an id is missing or was damaged. As other texts they are taken. */
export const MISSING_IDS = ['-0', 'null', 'undefined', 'NaN', '\u{fffd}', ' ', '\ufeff', '\u2028'];

/** White space around an id is trimmed, save around a customer's: the key decided about the lane. */
export const SPACED_ID = '\r\nX: y';

/** Texts that programs trip over, ids among them. */
export const ODD_NAMES = [...ODD_IDS, ...MISSING_IDS, SPACED_ID];

/** Stands in every id and text, so that whatever repeats one is noticed. */
export const MARK = 'S3CRET';

export function encodeFields(topic: EventTopic, fields: EventFields, schemaIdOf: SchemaIdOf): Bytes {
  return wire(schemaIdOf(RECORD_TYPES[topic]), ...Object.values(fields));
}

/** 1990, before which a policy that says nothing else takes a time for a mistake. */
export const EARLIEST_AT = 631_152_000_000;

/** An event that unify accepts. Now and then its texts are odd, or as long as they may be. */
export function validFields(
  random: Random,
  topic: EventTopic,
  { eventId, customerId, now }: { readonly eventId: string; readonly customerId: string; readonly now: number },
): EventFields {
  const occurredAt = random.chance(0.05) ? random.between(EARLIEST_AT, now) : now - random.between(0, 90 * 86_400_000);
  const common = { eventId: text(eventId), customerId: text(customerId), occurredAt: long(occurredAt) };
  return { ...common, ...SPECIFIC[topic](random) };
}

const SPECIFIC: Readonly<Record<EventTopic, (random: Random) => Readonly<Record<string, Bytes>>>> = {
  interactions: (random) => ({
    channel: nameOf(random, ['web', 'app', 'store']),
    action: nameOf(random, ['page_view', 'add_to_cart', 'search']),
    object: optional(maybe(random, () => longText(random, 1_024))),
    category: optional(maybe(random, () => longText(random, 256))),
    sessionId: optional(maybe(random, () => longText(random, 256))),
    properties: block(entries(random)),
  }),
  orders: (random) => ({
    orderId: text(random.chance(0.1) ? random.pick(ODD_IDS) : `${MARK}-order-${random.between(1, 50_000)}`),
    status: long(random.between(0, 4)),
    amountMinor: long(random.pick([0, 1, 999, 10_000, 1_000_000_000_000])),
    currency: text('USD'),
    refundId: optional(maybe(random, () => longText(random, 256, ODD_IDS))),
    items: block(items(random)),
    marginMinor: optional(maybe(random, () => long(random.pick([0, -1, 500, -1_000_000_000_000])))),
  }),
  marketing: (random) => ({
    campaignId: nameOf(random, ['spring', 'autumn']),
    variant: optional(maybe(random, () => longText(random, 256))),
    channel: nameOf(random, ['email', 'sms']),
    kind: long(random.between(0, 6)),
  }),
  identities: (random) => ({
    traits: block(entries(random)),
    consents: block(
      Array.from({ length: random.pick([0, 1, 1, 2, 100]) }, () =>
        Buffer.concat([nameOf(random, ['email', 'sms']), nameOf(random, ['marketing']), Buffer.from([1])]),
      ),
    ),
    erasure: Buffer.from([0]),
    linkedCustomerId: optional(maybe(random, () => longText(random, 256, ODD_IDS))),
  }),
};

function nameOf(random: Random, usual: readonly string[]): Bytes {
  return text(random.chance(0.1) ? random.pick(ODD_NAMES) : random.pick(usual));
}

function maybe(random: Random, make: () => Bytes): Bytes | null {
  return random.chance(0.5) ? make() : null;
}

/** Up to the bound, in bytes. */
function longText(random: Random, bytesMax: number, oddOnes: readonly string[] = ODD_NAMES): Bytes {
  return text(random.chance(0.05) ? MARK.padEnd(bytesMax, 'x') : random.pick([...oddOnes, MARK, '']));
}

function entries(random: Random): Bytes[] {
  if (random.chance(0.01)) return Array.from({ length: 100 }, (_, i) => entry(`${MARK}${i}`, 'v'));
  const names = Array.from({ length: random.between(0, 3) }, () => random.pick(ENTRY_NAMES));
  return names.map((name) => entry(name, random.chance(0.01) ? MARK.padEnd(4_096, 'v') : MARK));
}

const ENTRY_NAMES = ['city', 'plan', ...ODD_NAMES];

function items(random: Random): Bytes[] {
  const count = random.chance(0.002) ? 1_000 : random.between(0, 2);
  return Array.from({ length: count }, () =>
    Buffer.concat([text(`${MARK}-sku`), long(random.pick([0, 1, 2 ** 31 - 1])), long(100), optional(null)]),
  );
}
