import { createRawDecoder, embeddedSchemaIds, eventJsonSchema, type RawOutcome } from '@tidemark/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRawRecord } from './decode-raw-record.ts';
import { encodeEvent } from './encode-event.ts';
import { EventError } from './event-error.ts';

const decoder = createRawDecoder(embeddedSchemaIds);
const isValid = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': true } }).compile(
  eventJsonSchema('orders'),
);
const SECRET = 'ada@example.org';

const decode = (bytes: Uint8Array, topic = 'orders') => decodeRawRecord(topic, bytes, decoder) as RawOutcome;
const decodeText = (text: string, topic?: string) => decode(Buffer.from(text), topic);

/** The first values are right, the others wrong: so that about half of all events pass. */
const mostly = (right: readonly unknown[], ...wrong: unknown[]) =>
  fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });

const orders = fc.record(
  {
    eventId: mostly(['e1', SECRET], '', 17),
    customerId: mostly(['c1', 'é😀'], 'null', { id: 1 }),
    occurredAt: mostly([1_700_000_000_000, '2026-01-02T03:04:05Z'], 'yesterday', 0.5),
    orderId: mostly(['o1'], '', null),
    status: mostly(['PAID', 'PLACED'], 'SOLD', 3),
    amountMinor: mostly([0, 10_000], -1, 0.5, '1e3'),
    currency: mostly(['USD'], 'usd', 5),
    items: mostly([[], [{ sku: 's', quantity: 1, amountMinor: 5 }]], [null], 'none'),
    marginMinor: mostly([-5, null], {}),
  },
  { requiredKeys: ['eventId', 'customerId', 'occurredAt', 'orderId', 'status', 'amountMinor', 'currency'] },
);

test('JSON of a raw topic is the record that the same event is over HTTP, refused where that is, and valid by its JSON Schema', () => {
  const seen = new Set<boolean>();
  fc.assert(
    fc.property(orders, (order) => {
      const json = JSON.stringify(order);
      const found = decodeText(json);
      seen.add(found.ok);
      if (found.ok) expect(isValid(JSON.parse(json)) || isValid.errors).toBe(true);
      try {
        const { value } = encodeEvent('orders', JSON.parse(json), embeddedSchemaIds);
        expect(found).toEqual(decode(value));
      } catch (error) {
        expect(error).toBeInstanceOf(EventError);
        expect(found).toMatchObject({ ok: false, reason: 'invalid-field' });
      }
    }),
    { numRuns: 500 },
  );
  expect(seen).toEqual(new Set([true, false]));
});

test('whatever begins with a brace is read to an end, and nothing of it is quoted', () => {
  const tails = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(`"${SECRET}": ${text}`)),
    fc.json().map((json) => Buffer.from(`"${SECRET}":${json}}`)),
  );
  fc.assert(
    fc.property(tails, (tail) => {
      const found = decode(Buffer.concat([Buffer.from('{'), tail]));
      expect(found.ok).toBe(false);
      expect(JSON.stringify(found)).not.toContain(SECRET);
    }),
    { numRuns: 500 },
  );
  expect(decode(Buffer.from('7b2261223a22ff227d', 'hex'))).toMatchObject({ reason: 'malformed' });
  expect(decodeText(`{"a":`.repeat(50_000))).toMatchObject({ reason: 'malformed' });
});

test('a mark before it, a list and a tombstone are no event; on the control topic JSON is none either', () => {
  for (const text of ['\ufeff{}', '[]', '']) expect(decodeText(text)).toMatchObject({ ok: false, reason: 'malformed' });
  expect(decodeRawRecord('orders', null, decoder)).toMatchObject({ reason: 'malformed' });
  expect(decodeText('{}', 'control')).toMatchObject({ reason: 'malformed' });
});

test('JSON behind a schema id, as serializers of JSON Schema write it, is told how to be sent', () => {
  const schema = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}';
  const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, 9]), Buffer.from('{"eventId":"e1"}')]);
  const registry = createRawDecoder({ idOf: () => undefined, schemaOf: () => schema });
  expect(decodeRawRecord('orders', framed, registry)).toMatchObject({
    reason: 'malformed',
    detail: expect.stringContaining('send the JSON object alone'),
  });
});
