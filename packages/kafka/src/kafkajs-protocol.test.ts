// What the patch changes of kafkajs's encoding, compared with the protocol's own words: https://kafka.apache.org/protocol
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const require = createRequire(import.meta.url);
const Encoder = require('kafkajs/src/protocol/encoder') as EncoderClass;
const Decoder = require('kafkajs/src/protocol/decoder') as DecoderClass;
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: NewRecord) => { buffer: Buffer };
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as RecordDecoder;
const FetchSession = require('kafkajs/src/consumer/fetchSession') as FetchSessionClass;

describe('numbers of varying length', () => {
  test('are zigzag and base 128, and come back', () => {
    const ints = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 30 - 1, 2 ** 30, -(2 ** 30)));
    fc.assert(
      fc.property(ints, (int) => {
        const { buffer } = new Encoder().writeVarInt(int);
        expect([...buffer]).toEqual(varint(BigInt(int)));
        expect(Encoder.sizeOfVarInt(int)).toBe(buffer.length);
        expect(new Decoder(buffer).readVarInt()).toBe(int);
      }),
    );
  });

  test('of 64 bits are so too, given as numbers or as text', () => {
    const edges = [2n ** 30n - 1n, 2n ** 30n, -(2n ** 30n), 2n ** 31n, 2n ** 53n, 2n ** 62n, -(2n ** 62n)];
    const longs = fc.oneof(fc.bigInt(-(2n ** 62n), 2n ** 62n), fc.constantFrom(...edges), fc.bigInt(-300n, 300n));
    fc.assert(
      fc.property(longs, (long) => {
        const isExact = Number.isSafeInteger(Number(long));
        for (const given of isExact ? [Number(long), String(long)] : [String(long)]) {
          const { buffer } = new Encoder().writeVarLong(given);
          expect([...buffer]).toEqual(varint(long));
          expect(Encoder.sizeOfVarLong(given)).toBe(buffer.length);
          expect(String(new Decoder(buffer).readVarLong())).toBe(String(long));
        }
      }),
    );
  });
});

test('a record comes back as it was, with its offset and time, and its length is what it says', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 200 }).map((drawn) => Buffer.from(drawn)));
  const headers = fc.dictionary(fc.string({ minLength: 1, unit: 'binary' }), fc.string({ unit: 'binary' }));
  const deltas = fc.oneof(fc.nat(), fc.nat(2 ** 40), fc.constantFrom(0, 2 ** 30 - 1, 2 ** 30, -1, -(2 ** 40)));
  const firsts = fc.oneof(
    fc.nat(2 ** 50).map(String),
    fc.bigInt(2n ** 53n, 2n ** 61n).map(String),
    fc.constant(String(2n ** 53n + 1n)),
  );
  const cases = fc.record({ key: bytes, value: bytes, headers, timestampDelta: deltas, offsetDelta: fc.nat() });
  fc.assert(
    fc.property(cases, firsts, firsts, (record, firstOffset, firstTimestamp) => {
      const decoder = new Decoder(encodeRecord(record).buffer);
      const body = decoder.readVarIntBytes();
      expect(decoder.offset).toBe(decoder.buffer.length);
      const found = decodeRecord(new Decoder(body), { firstOffset, firstTimestamp });
      expect(found.offset).toBe(String(BigInt(firstOffset) + BigInt(record.offsetDelta)));
      expect(found.timestamp).toBe(String(BigInt(firstTimestamp) + BigInt(record.timestampDelta)));
      expect([found.key, found.value]).toEqual([record.key, record.value]);
      expect(Object.entries(found.headers).map(([name, value]) => [name, String(value)])).toEqual(
        Object.entries(record.headers),
      );
    }),
  );
});

describe('a fetch session', () => {
  test('names what is new, what has moved, and what is not wanted any more', () => {
    const session = new FetchSession();
    const a = (fetchOffset: string) => ({ partition: 0, fetchOffset });
    const b = { partition: 1, fetchOffset: '5' };
    expect(asked(session, [a('1'), b])).toEqual({ topics: [a('1'), b], forgotten: [] });
    expect(asked(session, [a('1'), b])).toEqual({ topics: [], forgotten: [] });
    expect(asked(session, [a('2'), b])).toEqual({ topics: [a('2')], forgotten: [] });
    expect(asked(session, [b])).toEqual({ topics: [], forgotten: [0] });
    expect(asked(session, [a('2'), b])).toEqual({ topics: [a('2')], forgotten: [] });
    session.reset();
    expect(asked(session, [b])).toEqual({ topics: [b], forgotten: [] });
  });

  test('knows a partition that takes the place of another', () => {
    const session = new FetchSession();
    const [a, b] = [0, 1].map((partition) => ({ partition, fetchOffset: '5' }));
    asked(session, [a]);
    expect(asked(session, [b])).toEqual({ topics: [b], forgotten: [0] });
  });
});

function asked(session: FetchSession, partitions: readonly unknown[]) {
  const { topics, forgottenTopics } = session.ask([{ topic: 't', partitions }]);
  return {
    topics: topics.flatMap((topic) => topic.partitions),
    forgotten: forgottenTopics.flatMap((topic) => topic.partitions),
  };
}

function varint(value: bigint): number[] {
  let zigzag = value < 0n ? -2n * value - 1n : 2n * value;
  const bytes: number[] = [];
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
  return [...bytes, Number(zigzag)];
}

interface EncoderClass {
  new (): {
    writeVarInt(value: number): { readonly buffer: Buffer };
    writeVarLong(value: number | string): { readonly buffer: Buffer };
  };
  sizeOfVarInt(value: number): number;
  sizeOfVarLong(value: number | string): number;
}

type DecoderClass = new (
  bytes: Buffer,
) => {
  readonly buffer: Buffer;
  readonly offset: number;
  readVarInt(): number;
  readVarLong(): unknown;
  readVarIntBytes(): Buffer;
};

interface NewRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
}

type RecordDecoder = (
  decoder: InstanceType<DecoderClass>,
  batch: { readonly firstOffset: string; readonly firstTimestamp: string },
) => {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
};

interface FetchSession {
  ask(topics: readonly { readonly topic: string; readonly partitions: readonly unknown[] }[]): {
    readonly topics: readonly { readonly partitions: readonly unknown[] }[];
    readonly forgottenTopics: readonly { readonly partitions: readonly number[] }[];
  };
  reset(): void;
}
type FetchSessionClass = new () => FetchSession;
