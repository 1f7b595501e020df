import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { typeOf } from './avro-types.ts';
import { embeddedSchemaIds } from './embedded-schema-ids.ts';
import { ContractError } from './errors.ts';
import type { PunctuationRecord } from './generated/records.ts';
import { schemas } from './generated/schemas.ts';
import {
  createRawDecoder,
  encodePolicy,
  encodeRaw,
  isControlRecordType,
  RAW_RECORD_TYPES,
  type RawOutcome,
  type RawRecordType,
  type SchemaIds,
} from './raw-wire.ts';
import { recordArbitrary } from './testing/record-arbitrary.ts';
import { rawVersionFor } from './version-for.ts';

const PUNCTUATION_ID = 6;
const punctuation = { time: 1_000, until: 2_000 } as PunctuationRecord;
const decoder = createRawDecoder(embeddedSchemaIds);

describe.each(RAW_RECORD_TYPES)('%s', (recordType) => {
  const id = embeddedSchemaIds.idOf(recordType) ?? 0;

  test('comes back from the wire', () => {
    fc.assert(
      fc.property(recordArbitrary(recordType) as fc.Arbitrary<PunctuationRecord>, (value) => {
        const id = idFor(recordType, value);
        const bytes = encodeRaw(recordType as 'punctuation', id, value);
        expect([...bytes.subarray(0, 5)]).toEqual([0, 0, 0, 0, id]);
        expect(decoder.decode(bytes)).toEqual({ ok: true, recordType, value });
      }),
    );
  });

  test('any other bytes under its schema id are an outcome, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
        const outcome = decoder.decode(Buffer.concat([Buffer.of(0, 0, 0, 0, id), body])) as RawOutcome;
        expect(outcome.ok || outcome.reason === 'malformed').toBe(true);
      }),
    );
  });
});

/** Of the version that the record is written with. */
function idFor(recordType: RawRecordType, value: unknown): number {
  const version = isControlRecordType(recordType) ? undefined : rawVersionFor(recordType, value as never);
  return embeddedSchemaIds.idOf(recordType, version) ?? 0;
}

describe('an identity', () => {
  const identity = {
    eventId: 'e',
    customerId: 'c',
    occurredAt: 1 as TimeMs,
    consents: [],
    erasure: false,
    linkedCustomerId: null,
  };
  const encoded = (traits: Readonly<Record<string, string | null>>) => {
    const record = { ...identity, traits };
    return encodeRaw('identity-event', idFor('identity-event', record), record);
  };

  test('is written by version 1, byte for byte as before, unless a trait is removed', () => {
    expect(Buffer.from(encoded({ a: 'b' })).toString('hex')).toBe('00000000040265026302020261026200000000');
    expect(encoded({ a: null })[4]).toBe(embeddedSchemaIds.idOf('identity-event', 2));
  });

  test('comes back with what is no longer so', () => {
    const traits = { a: null, b: 'c' };
    expect(decoder.decode(encoded(traits))).toEqual({
      ok: true,
      recordType: 'identity-event',
      value: { ...identity, traits },
    });
  });
});

test.each([
  ['nothing', null],
  ['no bytes', Buffer.alloc(0)],
  ['a prefix cut short', Buffer.of(0, 0, 0, 0)],
  [
    'another magic byte',
    Buffer.concat([Buffer.of(1), encodeRaw('punctuation', PUNCTUATION_ID, punctuation).subarray(1)]),
  ],
  ['a body cut short', encodeRaw('punctuation', PUNCTUATION_ID, punctuation).subarray(0, -1)],
  ['bytes left over', Buffer.concat([encodeRaw('punctuation', PUNCTUATION_ID, punctuation), Buffer.of(0)])],
  ['JSON', Buffer.from('{"time":1,"until":2}')],
])('%s is malformed', (_name, bytes) => {
  expect(decoder.decode(bytes)).toMatchObject({ ok: false, reason: 'malformed' });
});

test('a schema id beyond 2^31 is read as the positive number it is', () => {
  const schemaOf = vi.fn<SchemaIds['schemaOf']>(() => null);
  createRawDecoder({ ...embeddedSchemaIds, schemaOf }).decode(encodeRaw('punctuation', 4_000_000_000, punctuation));
  expect(schemaOf).toHaveBeenCalledWith(4_000_000_000);
});

test.each([
  ['an id that is not registered', null],
  ['a schema of some other record', '{"type":"record","name":"Invoice","namespace":"acme","fields":[]}'],
  ['a schema that lacks a field without default', schemaOf([{ name: 'time', type: 'long' }])],
  ['what is no Avro schema', '{"type":"object"}'],
  ['what is no JSON', 'syntax = "proto3";'],
])('%s is an unknown schema', (_name, schema) => {
  const bytes = encodeRaw('punctuation', 99, punctuation);
  const outcome = createRawDecoder({ ...embeddedSchemaIds, schemaOf: () => schema }).decode(bytes);
  expect(outcome).toMatchObject({ ok: false, reason: 'unknown-schema' });
});

describe('under a schema of the producer’s own', () => {
  const order = {
    eventId: 'event-1',
    customerId: 'ada',
    occurredAt: 1_700_000_000_000,
    orderId: 'order-1',
    amountMinor: 100,
    currency: 'EUR',
    refundId: null,
    items: [],
    marginMinor: null,
  };
  const read = (change: (fields: Record<string, unknown>[]) => void, value: object) => {
    const schema = structuredClone(schemas['order-event'].at(-1)?.schema) as unknown as {
      fields: Record<string, unknown>[];
    };
    change(schema.fields);
    const own = JSON.stringify(schema);
    const body = typeOf(JSON.parse(own)).toBuffer(value);
    const bytes = Buffer.concat([Buffer.of(0, 0, 0, 0, 99), body]);
    return createRawDecoder({ ...embeddedSchemaIds, schemaOf: () => own }).decode(bytes) as RawOutcome;
  };
  const withShipped = (fields: Record<string, unknown>[]) => {
    const status = fields.find(({ name }) => name === 'status')?.['type'] as { symbols: string[]; default?: string };
    status.symbols = ['SHIPPED', 'PLACED'];
    delete status.default;
  };
  const withNumbers = (fields: Record<string, unknown>[]) => {
    (fields.find(({ name }) => name === 'refundId') as { type: unknown }).type = ['null', 'double', 'string'];
  };

  test('a symbol that we do not know is UNKNOWN in its record alone', () => {
    expect(read(withShipped, { ...order, status: 'SHIPPED' })).toMatchObject({
      ok: true,
      value: { status: 'UNKNOWN' },
    });
    expect(read(withShipped, { ...order, status: 'PLACED' })).toMatchObject({ ok: true, value: { status: 'PLACED' } });
  });

  test('a value of a type that we cannot read is malformed in its record alone', () => {
    expect(read(withNumbers, { ...order, status: 'PLACED', refundId: null })).toMatchObject({ ok: true });
    expect(read(withNumbers, { ...order, status: 'PLACED', refundId: 'r' })).toMatchObject({
      ok: true,
      value: { refundId: 'r' },
    });
    expect(read(withNumbers, { ...order, status: 'PLACED', refundId: 1 })).toMatchObject({
      ok: false,
      reason: 'malformed',
      detail: expect.stringContaining('a type that this version cannot read'),
    });
  });
});

test('a later version that is registered is read as ours', () => {
  const fields = [
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'until', type: 'long' },
    { name: 'time', type: 'int' },
  ];
  const body = typeOf(JSON.parse(schemaOf(fields))).toBuffer({ note: 'new', until: 2_000, time: 1_000 });
  const later = createRawDecoder({ ...embeddedSchemaIds, schemaOf: () => schemaOf(fields) });
  const bytes = Buffer.concat([Buffer.of(0, 0, 0, 0, 99), body]);
  expect(later.decode(bytes)).toEqual({ ok: true, recordType: 'punctuation', value: punctuation });
});

describe('with a registry across a network', () => {
  const bytes = encodeRaw('punctuation', 42, punctuation);
  const decoded = { ok: true, recordType: 'punctuation', value: punctuation };
  const registered = JSON.stringify(schemas.punctuation[0].schema);

  test('the first record of a schema waits for it, and all later ones are decoded at once', async () => {
    const ask = vi.fn<SchemaIds['schemaOf']>(async () => registered);
    const remote = createRawDecoder({ ...embeddedSchemaIds, schemaOf: ask });
    const [first, second] = [remote.decode(bytes), remote.decode(bytes)];
    expect(first).toBeInstanceOf(Promise);
    expect(await Promise.all([first, second])).toEqual([decoded, decoded]);
    const asked = ask.mock.calls.length;
    expect(remote.decode(bytes)).toEqual(decoded);
    expect(ask).toHaveBeenCalledTimes(asked);
  });

  test('while it is away the caller is told to try again, and nothing is refused', async () => {
    const away = new ContractError('registry-unavailable', 'away');
    const ask = vi.fn<SchemaIds['schemaOf']>().mockRejectedValueOnce(away).mockResolvedValueOnce(registered);
    const remote = createRawDecoder({ ...embeddedSchemaIds, schemaOf: ask });
    await expect(remote.decode(bytes)).rejects.toMatchObject({ code: 'registry-unavailable', retriable: true });
    expect(await remote.decode(bytes)).toEqual(decoded);
  });

  test('an id that was not registered is asked for again', async () => {
    const ask = vi.fn<SchemaIds['schemaOf']>().mockResolvedValueOnce(null).mockResolvedValueOnce(registered);
    const remote = createRawDecoder({ ...embeddedSchemaIds, schemaOf: ask });
    expect(await remote.decode(bytes)).toMatchObject({ reason: 'unknown-schema' });
    expect(await remote.decode(bytes)).toEqual(decoded);
  });
});

function schemaOf(fields: readonly object[]): string {
  return JSON.stringify({ type: 'record', name: 'Punctuation', namespace: 'tidemark', fields });
}

test('a policy of format 1 has the bytes that it had; a build that knows no formats refuses a later one', () => {
  const policy = { number: 3, hash: 'h', document: '{}' };
  const time = 5 as TimeMs;
  const [first] = schemas.policy;
  const v1 = typeOf(first.schema);
  const plain = encodePolicy(embeddedSchemaIds, { ...policy, format: 1 }, time) ?? new Uint8Array();
  expect(Buffer.from(plain)).toEqual(Buffer.concat([Buffer.of(0, 0, 0, 0, 5), v1.toBuffer({ ...policy, time })]));
  const later = encodePolicy(embeddedSchemaIds, { ...policy, format: 2 }, time) ?? new Uint8Array();
  expect(Buffer.from(later).readUInt32BE(1)).toBe(8);
  expect(() => v1.createResolver(typeOf(schemas.policy[1].schema))).toThrow();
  const { document: rules, ...rest } = policy;
  for (const [bytes, format] of [
    [plain, 1],
    [later, 2],
  ] as const) {
    const value = { ...rest, time, rules, format, versions: {} };
    expect(decoder.decode(bytes)).toEqual({ ok: true, recordType: 'policy', value });
  }
});

test('a policy whose schema has no id yet is not written with another', () => {
  const only = (version: number) => ({ idOf: (_: string, asked?: number) => (asked === version ? 7 : undefined) });
  const policy = { number: 1, hash: 'h', document: '{}' };
  expect(encodePolicy(only(1), { ...policy, format: 2 }, 0 as TimeMs)).toBeNull();
  expect(encodePolicy(only(1), { ...policy, format: 1 }, 0 as TimeMs)).not.toBeNull();
});
