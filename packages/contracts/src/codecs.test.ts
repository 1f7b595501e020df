import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprintOf, typeOf } from './avro-types.ts';
import { type Codec, codecs, createCodec } from './codecs.ts';
import { ContractError } from './errors.ts';
import type { TierChangeRecord } from './generated/records.ts';
import { schemas } from './generated/schemas.ts';
import { recordArbitrary } from './testing/record-arbitrary.ts';

const all = Object.values(codecs) as readonly Codec<unknown>[];
type CodecName = keyof typeof codecs;

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return error instanceof ContractError ? error.code : `not a ContractError: ${String(error)}`;
  }
  return 'nothing thrown';
}

describe.each(all.map((codec) => ({ name: codec.type, codec })))('the codec of $name', ({ name, codec }) => {
  const records = recordArbitrary(name as CodecName) as fc.Arbitrary<unknown>;

  test('gives back every record that the schema allows', () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(codec.decode(codec.encode(record), codec.fingerprintFor(record))).toEqual(record);
      }),
    );
  });

  test('refuses a record cut short anywhere, and one with bytes left over', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, cut) => {
        const bytes = codec.encode(record);
        const fingerprint = codec.fingerprintFor(record);
        const short = bytes.subarray(0, cut % bytes.length);
        expect(codeOf(() => codec.decode(short, fingerprint))).toBe('corrupt-record');
        const long = Buffer.concat([bytes, Buffer.of(0)]);
        expect(codeOf(() => codec.decode(long, fingerprint))).toBe('corrupt-record');
      }),
    );
  });

  test('answers any bytes at once, with a corrupt-record error or a record that it can write again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        let record: unknown;
        try {
          record = codec.decode(bytes, codec.fingerprint);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ContractError', code: 'corrupt-record', retriable: false });
          return;
        }
        expect(codec.decode(codec.encode(record), codec.fingerprintFor(record))).toEqual(record);
      }),
    );
  });

  test('refuses a record in which a byte was lost, or decodes it to something of the right shape', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, at) => {
        const bytes = codec.encode(record);
        const lost = at % bytes.length;
        const damaged = Buffer.concat([bytes.subarray(0, lost), bytes.subarray(lost + 1)]);
        try {
          const read = codec.decode(damaged, codec.fingerprintFor(record));
          expect(typeOf(schemas[name as CodecName].at(-1)?.schema).isValid(read)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ContractError);
        }
      }),
    );
  });
});

test('every version carries the fingerprint of its schema', () => {
  for (const versions of Object.values(schemas)) {
    for (const version of versions) expect(version.fingerprint).toBe(fingerprintOf(typeOf(version.schema)));
  }
});

describe('a record type with two versions', () => {
  const v1 = versionOf(1, [{ name: 'number', type: 'long' }]);
  const v2 = versionOf(2, [
    { name: 'number', type: 'long' },
    { name: 'note', type: ['null', 'string'], default: null },
  ]);
  const old = createCodec<{ number: number }>('sample', [v1]);
  const current = createCodec<{ number: number; note: string | null }>('sample', [v1, v2]);

  test('is written as the newest', () => {
    expect(current.fingerprint).toBe(v2.fingerprint);
    const record = { number: 7, note: 'new' };
    expect(current.decode(current.encode(record), v2.fingerprint)).toEqual(record);
  });

  test('is read as the newest when the older one wrote it', () => {
    expect(current.decode(old.encode({ number: 7 }), old.fingerprint)).toEqual({ number: 7, note: null });
  });

  test('cannot be read by a build that has only the older one, which says what to do', () => {
    const bytes = current.encode({ number: 7, note: null });
    expect(codeOf(() => old.decode(bytes, current.fingerprint))).toBe('unknown-fingerprint');
    expect(() => old.decode(bytes, current.fingerprint)).toThrow(/upgrade/);
  });

  function versionOf(version: number, fields: object[]) {
    const schema = { type: 'record', name: 'Sample', namespace: 'tidemark', fields };
    return { version, fingerprint: fingerprintOf(typeOf(schema)), schema };
  }
});

test('a cause and a direction that a later version says are read as unknown, by whoever has its schema', () => {
  const ours = schemas['tier-change'][1];
  const later = JSON.parse(
    JSON.stringify(ours.schema).replace('"enter"', '"sideways","enter"').replace('"event"', '"whim","event"'),
  ) as object;
  const versions = [{ version: 3, schema: later, fingerprint: 'later' }, ours] as const;
  const written = typeOf(later).toBuffer({
    number: 1,
    timelineOffset: 0,
    effectiveAt: 0,
    change: 1,
    from: null,
    to: 'gold',
    direction: 'sideways',
    points: 0,
    reasons: [],
    causes: [{ score: null, kind: 'whim', origin: null, eventId: null }],
    policyNumber: 1,
    labels: {},
    benefits: [],
    strategy: null,
    foldVersion: 2,
    epoch: null,
  });
  const read = createCodec<TierChangeRecord>('tier-change', versions).decode(written, 'later');
  expect(read).toMatchObject({ direction: 'unknown', causes: [{ kind: 'unknown' }] });
});

test('a value that does not fit is refused by the name of its field, and the value is not shown', () => {
  const record = { number: 1, hash: 'h', document: 42, format: 1, versions: {} };
  const encode = () => codecs['timeline-policy'].encode(record as never);
  expect(codeOf(encode)).toBe('invalid-record');
  expect(encode).toThrow(/field document/);
  expect(encode).not.toThrow(/42/);
});

test('text that UTF-8 cannot carry is refused when written', () => {
  const lone = { number: 1, hash: 'h', document: 'half a pair: \ud83d', format: 1, versions: {} };
  expect(codeOf(() => codecs['timeline-policy'].encode(lone))).toBe('invalid-record');
});

test('a record far greater than the scratch space comes back whole', () => {
  const record = { number: 1, hash: 'h', document: 'é'.repeat(400_000), format: 1, versions: {} };
  const codec = codecs['timeline-policy'];
  expect(codec.decode(codec.encode(record), codec.fingerprintFor(record))).toEqual(record);
});

test('what an older version can say is written with it, to the byte; what only a later one can is written with that', () => {
  const codec = codecs['timeline-policy'];
  const [first, second] = schemas['timeline-policy'];
  const policy = { number: 3, hash: 'h', document: '{}', versions: {} };
  const versions = [
    { ...policy, format: 1 },
    { ...policy, format: 2 },
    { ...policy, format: 1, versions: { rfm: 3 } },
  ];
  expect(versions.map((record) => codec.fingerprintFor(record))).toEqual([
    first.fingerprint,
    second.fingerprint,
    second.fingerprint,
  ]);
  expect(codec.encode({ ...policy, format: 1 })).toEqual(typeOf(first.schema).toBuffer(policy));
  for (const record of versions) {
    expect(codec.decode(codec.encode(record), codec.fingerprintFor(record))).toEqual(record);
  }
  const [told, treated] = schemas['tier-change'];
  const fingerprintOf = (strategy: string | null) =>
    codecs['tier-change'].fingerprintFor({ strategy } as TierChangeRecord);
  expect([fingerprintOf(null), fingerprintOf('call')]).toEqual([told.fingerprint, treated.fingerprint]);
});

test('a dead letter takes bytes that are part of any array', () => {
  const whole = Uint8Array.of(9, 1, 2, 3, 9);
  const letter = {
    service: 's',
    reason: 'r',
    detail: 'd',
    topic: 't',
    lane: 0,
    offset: 1,
    headers: {},
    at: 2 as never,
  };
  const codec = codecs['dead-letter'];
  const decoded = codec.decode(codec.encode({ ...letter, key: whole.subarray(1, 4), value: null }), codec.fingerprint);
  expect([...(decoded.key ?? [])]).toEqual([1, 2, 3]);
  expect(decoded.value).toBeNull();
});

test('a dead letter can be written whatever headers its record has', () => {
  const hostile = JSON.parse('{"__proto__": "x", "constructor": "y", "\\ud800": "\\udfff"}');
  const letter = { service: 's', reason: 'r', detail: 'd', topic: 't', lane: 0, offset: 1, at: 2 as never };
  const codec = codecs['dead-letter'];
  const bytes = codec.encode({ ...letter, key: null, value: null, headers: hostile });
  expect(codec.decode(bytes, codec.fingerprint).headers).toEqual({ constructor: 'y', '\ufffd': '\ufffd' });
});

test('two records written one after the other do not share bytes', () => {
  const codec = codecs.progress;
  const records = [
    { timelineOffset: 1, number: 3, foldVersion: 4 },
    { timelineOffset: 2, number: null, foldVersion: 4 },
  ];
  const written = records.map((record) => codec.encode(record));
  expect(written.map((bytes) => codec.decode(bytes, codec.fingerprint))).toEqual(records);
});

test('decoded records are plain objects, nested ones too', () => {
  const codec = codecs['behaviour-change'];
  const record = {
    number: 1,
    timelineOffset: 2,
    effectiveAt: 3 as never,
    step: 1,
    from: null,
    to: { band: 'hot' },
    cause: { kind: 'event', origin: 'orders:1', eventId: 'e' },
    foldVersion: null,
  } as const;
  const decoded = codec.decode(codec.encode(record), codec.fingerprintFor(record));
  expect(decoded).toStrictEqual(record);
  expect(Object.getPrototypeOf(decoded.to)).toBe(Object.prototype);
});
