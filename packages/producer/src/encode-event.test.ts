import { createRawDecoder, embeddedSchemaIds, RECORD_BYTES_MAX, schemas } from '@tidemark/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeEvent, readEvent } from './encode-event.ts';
import { EventError, type FieldProblem } from './event-error.ts';
import { type EventTopic, RECORD_TYPES } from './event-records.ts';

const common = { eventId: 'event-1', customerId: 'customer-1', occurredAt: 1_700_000_000_000 };
const order = { ...common, orderId: 'order-1', status: 'PAID', amountMinor: 1_999, currency: 'EUR' };
const interaction = { ...common, channel: 'web', action: 'product_view' };
const marketing = { ...common, campaignId: 'campaign-1', channel: 'email', kind: 'CLICKED' };
const smallest: Readonly<Record<EventTopic, Readonly<Record<string, unknown>>>> = {
  orders: order,
  interactions: interaction,
  marketing,
  identities: common,
};
const topics = Object.keys(smallest) as EventTopic[];
const item = { sku: 'sku-1', quantity: 1, amountMinor: 1_999 };
const consent = { channel: 'email', purpose: 'marketing', granted: true };

describe('an event becomes a record of its topic', () => {
  test.each(topics)('%s: its key is the customer, and what is absent gets the default of the schema', (topic) => {
    const { key, value, ...said } = encodeEvent(topic, smallest[topic], embeddedSchemaIds);
    expect(said).toEqual({ topic, customerId: 'customer-1', eventId: 'event-1' });
    expect(Buffer.from(key).toString()).toBe('customer-1');
    expect(decode(value)).toEqual({ ...defaultsOf(topic), ...smallest[topic] });
  });

  test('every field is carried', () => {
    const full = {
      ...order,
      refundId: 'refund-1',
      items: [{ ...item, category: 'shoes' }],
      marginMinor: -5,
    };
    expect(decode(encodeEvent('orders', full, embeddedSchemaIds).value)).toEqual(full);
    const identity = {
      ...common,
      traits: { city: 'Berlin' },
      consents: [consent],
      erasure: false,
      linkedCustomerId: 'a-1',
    };
    expect(decode(encodeEvent('identities', identity, embeddedSchemaIds).value)).toEqual(identity);
  });

  test('an optional field that is undefined counts as absent', () => {
    const { value } = encodeEvent('orders', { ...order, items: undefined, refundId: undefined }, embeddedSchemaIds);
    expect(decode(value)).toMatchObject({ items: [], refundId: null });
  });

  test('ids lose the white space around them, so that every way in makes the same key', () => {
    const padded = { ...order, customerId: ' customer-1\n', orderId: '\torder-1 ', eventId: ' event-1', refundId: ' ' };
    const { key, value } = encodeEvent('orders', padded, embeddedSchemaIds);
    expect(Buffer.from(key).toString()).toBe('customer-1');
    expect(decode(value)).toEqual({ ...defaultsOf('orders'), ...order });
  });

  test('a policy that has older events lets them through', () => {
    const old = { ...order, occurredAt: '1985-07-13T12:00:00Z' };
    const { value } = encodeEvent('orders', old, embeddedSchemaIds, 0);
    expect(decode(value)).toMatchObject({ occurredAt: Date.UTC(1985, 6, 13, 12) });
  });

  test.each([
    new Date(1_700_000_000_123),
    1_700_000_000_123,
    '2023-11-14T22:13:20.123Z',
    '2023-11-14T23:13:20.123999+01:00',
    '2023-11-14T17:43:20.123-04:30',
  ])('%s is a time', (occurredAt) => {
    const { value } = encodeEvent('orders', { ...order, occurredAt }, embeddedSchemaIds);
    expect(decode(value)).toMatchObject({ occurredAt: 1_700_000_000_123 });
  });
});

describe('an event that would be refused is refused by the name of its field', () => {
  const text = (bytes: number) => 'x'.repeat(bytes);
  const manyNames = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`n${index}`, '']));
  test.each<[EventTopic, object, string, unknown]>([
    ['orders', { eventId: undefined }, 'eventId', 'nothing'],
    ['orders', { customerId: '' }, 'customerId', 'text of 0 bytes'],
    ['orders', { customerId: 'é'.repeat(129) }, 'customerId', 'text of 258 bytes'],
    ['orders', { customerId: 17 }, 'customerId', 'another number'],
    ['orders', { customerId: '\ud800' }, 'customerId', 'half of a surrogate pair'],
    ['orders', { occurredAt: undefined }, 'occurredAt', 'nothing'],
    ['orders', { occurredAt: -1 }, 'occurredAt', 'a number below 0'],
    ['orders', { occurredAt: 0.5 }, 'occurredAt', 'a number with a fraction'],
    ['orders', { occurredAt: new Date(Number.NaN) }, 'occurredAt', 'an invalid Date'],
    ['orders', { occurredAt: new Date(-1) }, 'occurredAt', 'a time beyond these'],
    ['orders', { occurredAt: '2026-11-21T09:30:00' }, 'occurredAt', 'text of 19 bytes'],
    ['orders', { occurredAt: '2026-02-30T09:30:00Z' }, 'occurredAt', 'text of 20 bytes'],
    ['orders', { occurredAt: '2026-11-21' }, 'occurredAt', 'text of 10 bytes'],
    ['orders', { status: 'paid' }, 'status', 'another text'],
    ['orders', { status: ['PAID'] }, 'status', 'a list'],
    ['orders', { amountMinor: 19.99 }, 'amountMinor', 'a number with a fraction'],
    ['orders', { amountMinor: -1 }, 'amountMinor', 'a number below 0'],
    ['orders', { amountMinor: 1e15 }, 'amountMinor', 'another number'],
    ['orders', { amountMinor: '1999' }, 'amountMinor', 'text of 4 bytes'],
    ['orders', { amountMinor: 1999n }, 'amountMinor', 'a bigint'],
    ['orders', { currency: 'eur' }, 'currency', 'text of 3 bytes'],
    ['orders', { currency: 'XYZ' }, 'currency', 'text of 3 bytes'],
    ['orders', { currency: 'toString' }, 'currency', 'text of 8 bytes'],
    ['orders', { refundId: text(257) }, 'refundId', 'text of 257 bytes'],
    ['orders', { marginMinor: Number.NaN }, 'marginMinor', 'NaN'],
    ['orders', { items: item }, 'items', 'an object'],
    ['orders', { items: null }, 'items', 'nothing'],
    ['orders', { items: Array.from({ length: 1_001 }, () => item) }, 'items', '1001 elements'],
    ['orders', { items: [item, null] }, 'items[1]', 'nothing'],
    ['orders', { items: new Array(1) }, 'items[0]', 'nothing'],
    ['orders', { items: [item, item, { ...item, quantity: -1 }] }, 'items[2].quantity', 'a number below 0'],
    ['orders', { items: [{ ...item, quantity: 2 ** 31 }] }, 'items[0].quantity', 'another number'],
    ['orders', { items: [{ ...item, price: 3 }] }, 'items[0].price', 'an unknown field'],
    ['orders', { amount: 19.99 }, 'amount', 'an unknown field'],
    ['orders', { 'a@b.example': 1 }, '(a name of 11 bytes)', 'an unknown field'],
    ['orders', { constructor: 1 }, 'constructor', 'an unknown field'],
    ['interactions', { channel: text(65) }, 'channel', 'text of 65 bytes'],
    ['interactions', { object: text(1_025) }, 'object', 'text of 1025 bytes'],
    ['interactions', { properties: new Map([['a', 'b']]) }, 'properties', 'an object'],
    ['interactions', { properties: manyNames }, 'properties', '101 names'],
    ['interactions', { properties: { [text(65)]: '' } }, 'properties', 'a name of 65 bytes'],
    ['interactions', { properties: { '\ud800': '' } }, 'properties', 'half of a surrogate pair'],
    ['interactions', { properties: JSON.parse('{"__proto__": "x"}') }, 'properties', 'that one'],
    ['interactions', { properties: { price: Number.NaN } }, 'properties.price', 'NaN'],
    ['interactions', { properties: { price: { net: 3 } } }, 'properties.price', 'an object'],
    ['interactions', { properties: { price: null } }, 'properties.price', 'nothing'],
    ['interactions', { properties: { title: '\ud800' } }, 'properties.title', 'half of a surrogate pair'],
    ['identities', { traits: { city: text(4_097) } }, 'traits.city', 'text of 4097 bytes'],
    ['identities', { consents: [{ ...consent, granted: 'yes' }] }, 'consents[0].granted', 'text of 3 bytes'],
    ['identities', { erasure: 1 }, 'erasure', 'another number'],
    ['identities', { erasure: true }, 'erasure', 'true'],
    ['orders', { customerId: ' ' }, 'customerId', 'text of 0 bytes'],
    ['orders', { customerId: ' null ' }, 'customerId', expect.stringContaining('missing value')],
    ['orders', { customerId: 'Jos\ufffd' }, 'customerId', expect.stringContaining('U+FFFD')],
    ['orders', { orderId: 'undefined' }, 'orderId', expect.stringContaining('missing value')],
    ['orders', { orderId: '1.23457E+11' }, 'orderId', expect.stringContaining('spreadsheet')],
    ['orders', { refundId: '[object Object]' }, 'refundId', expect.stringContaining('missing value')],
    ['orders', { eventId: 'NaN' }, 'eventId', expect.stringContaining('missing value')],
    ['identities', { linkedCustomerId: '#N/A' }, 'linkedCustomerId', expect.stringContaining('missing value')],
    ['orders', { occurredAt: 1_700_000_000 }, 'occurredAt', 'an earlier one: seconds, it seems'],
    ['orders', { occurredAt: '1989-12-31T23:59:59Z' }, 'occurredAt', 'an earlier one'],
    ['marketing', { kind: 'SEEN' }, 'kind', 'another text'],
  ])('%s (case %#)', (topic, change, field, found) => {
    const problems = problemsOf(topic, { ...smallest[topic], ...change });
    expect(problems).toEqual([{ field, expected: expect.stringMatching(/./), found }]);
  });

  test.each([null, undefined, 'text', [order], new Date(0)])('an event that is no object (%o)', (input) => {
    expect(problemsOf('orders', input)).toMatchObject([{ field: '(event)' }]);
  });

  test('as a whole, when key and record together are too large', () => {
    const properties = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`n${i}`, 'x'.repeat(4_090)]));
    expect(problemsOf('interactions', { ...interaction, properties })).toEqual([
      {
        field: '(event)',
        expected: expect.stringContaining(String(RECORD_BYTES_MAX)),
        found: expect.stringMatching(/bytes$/),
      },
    ]);
  });

  test('all problems at once, up to 20', () => {
    expect(problemsOf('orders', { ...order, status: 'x', amountMinor: -1, currency: '' })).toHaveLength(3);
    const items = Array.from({ length: 1_000 }, () => ({ ...item, quantity: -1 }));
    expect(problemsOf('orders', { ...order, items })).toHaveLength(20);
  });

  test('in a sentence that says what was expected', () => {
    expect(() => encodeEvent('orders', { ...order, amountMinor: 19.99 }, embeddedSchemaIds)).toThrow(
      'event for orders refused: amountMinor: expected a whole number of minor units (1999 for 19.99 EUR), from 0 to 1000000000000, found a number with a fraction',
    );
  });
});

test('what is said of a refused event contains nothing that its producer wrote', () => {
  const secret = fc.constantFrom('', 'S3CRET', 'S3CRET'.repeat(60), 987_654_321.5, { S3CRET: 'S3CRET' });
  const values = fc.record({
    ...Object.fromEntries(Object.keys(order).map((name) => [name, secret])),
    refundId: secret,
    items: fc.array(fc.record({ sku: secret, quantity: secret, amountMinor: secret, category: secret }), {
      maxLength: 2,
    }),
  });
  fc.assert(
    fc.property(values, (value) => {
      expect(JSON.stringify(problemsOf('orders', value))).not.toMatch(/S3CRET|98765432/);
    }),
  );
});

test('before its schema has an id, an event cannot be encoded, and it is worth trying again', () => {
  const none = { idOf: () => undefined, schemaOf: () => null };
  expect(() => encodeEvent('orders', order, none)).toThrow(
    expect.objectContaining({ code: 'registry-unavailable', retriable: true }),
  );
});

function defaultsOf(topic: EventTopic): Record<string, unknown> {
  const schema = schemas[RECORD_TYPES[topic]].at(-1)?.schema as unknown as {
    fields: { name: string; default?: unknown }[];
  };
  const withDefault = schema.fields.filter((field) => 'default' in field);
  return Object.fromEntries(withDefault.map((field) => [field.name, field.default]));
}

function problemsOf(topic: EventTopic, input: unknown): readonly FieldProblem[] {
  try {
    encodeEvent(topic, input, embeddedSchemaIds);
  } catch (error) {
    if (error instanceof EventError) return error.problems;
    throw error;
  }
  throw new Error('expected the event to be refused');
}

function decode(value: Uint8Array): unknown {
  const outcome = createRawDecoder(embeddedSchemaIds).decode(value);
  if (outcome instanceof Promise || !outcome.ok) throw new Error('expected a record that can be read at once');
  return outcome.value;
}

test('properties and traits take numbers, booleans and lists: they are kept as text', () => {
  const values = { n: 1.5, t: true, l: [1, 'x'], s: 'x' };
  const kept = { n: '1.5', t: 'true', l: '[1,"x"]', s: 'x' };
  const interaction = { ...common, channel: 'web', action: 'view', properties: values };
  expect(readEvent('interactions', interaction, 0)).toMatchObject({ properties: kept });
  expect(readEvent('identities', { ...common, traits: values }, 0)).toMatchObject({ traits: kept });
});

test('a trait that is null is no longer so: it is written by version 2 of the schema, and all else by version 1', () => {
  const idOf = (traits: object) => encodeEvent('identities', { ...common, traits }, embeddedSchemaIds).value[4];
  expect(idOf({ plan: 'pro' })).toBe(embeddedSchemaIds.idOf('identity-event', 1));
  expect(idOf({ plan: null })).toBe(embeddedSchemaIds.idOf('identity-event', 2));
});
