// How kafkajs, as it is patched, decodes the batches of an answer to a fetch.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPRESSIONS, type Compression, compressionTypeOf, registerCodecs } from './compression/codecs.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const Encoder = require('kafkajs/src/protocol/encoder') as new () => {
  writeVarIntBytes(bytes: Buffer): object;
  writeVarInt(value: number): object;
};
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => object;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: EncodeBatch };
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as DecodeMessages;
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Uint8Array) => number;
const MIB = 1_048_576;
/** Where the fields of a batch are. */
const [CRC, ATTRIBUTES, COUNT] = [17, 21, 57];

beforeAll(registerCodecs);

test('a checksum of any length is that of its bits, one by one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      let crc = 0xffffffff;
      for (const byte of bytes) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
      }
      expect(crc32c(bytes)).toBe((crc ^ 0xffffffff) >>> 0);
    }),
  );
});

test('batches of every codec in one answer come back, and what was cut off at its end is left for the next', async () => {
  const batches = await Promise.all(COMPRESSIONS.map((codec, i) => batchOf(codec, [10 * i, 10 * i + 1])));
  const { messages, undecodable } = await decode(...batches, (batches[0] as Buffer).subarray(0, 70));
  expect(messages.map(({ offset }) => Number(offset))).toEqual(COMPRESSIONS.flatMap((_, i) => [10 * i, 10 * i + 1]));
  expect(undecodable).toBeNull();
});

test('whatever byte of a batch is changed behind its checksum, it is not decoded, and neither is what follows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...COMPRESSIONS),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (codec, at, by) => {
        const [first, bad, last] = await Promise.all([0, 10, 20].map((from) => batchOf(codec, [from, from + 1])));
        const damaged = Buffer.from(bad as Buffer);
        const place = 21 + (at % (damaged.length - 21));
        damaged.writeUInt8(damaged.readUInt8(place) ^ by, place);
        const { messages, undecodable } = await decode(first as Buffer, damaged, last as Buffer);
        expect(messages.map(({ offset }) => Number(offset))).toEqual([0, 1]);
        expect(undecodable).toMatchObject({ offset: '10', lastOffset: '19', isLastOfAnswer: false });
        expect(damaged.equals(undecodable?.bytes ?? Buffer.alloc(0))).toBe(true);
      },
    ),
  );
});

test.each(COMPRESSIONS)('of a batch in %s a record whose bytes are none spoils itself alone', async (codec) => {
  const bad = Buffer.from('these bytes are no record');
  const records = [recordAt(0), new Encoder().writeVarIntBytes(bad), recordAt(2)];
  const { messages, undecodable } = await decode(await encode(codec, 40, records));
  expect(undecodable).toBeNull();
  expect(messages.map(({ offset, key, value }) => [offset, key, String(value)])).toEqual([
    ['40', null, 'tidemark'],
    ['41', null, String(bad)],
    ['42', null, 'tidemark'],
  ]);
});

test('a batch whose records have wrong lengths, down to below zero, is not decoded', async () => {
  for (const length of [-7, -1, 100]) {
    const records = [recordAt(0), new Encoder().writeVarInt(length), recordAt(2)];
    const { messages, undecodable } = await decode(await encode('none', 40, records));
    expect(messages).toEqual([]);
    expect(undecodable).toMatchObject({ offset: '40', lastOffset: '42', reason: expect.stringContaining('records') });
  }
});

describe('the memory of an answer is bounded', () => {
  test('by what its batches inflate to together: those beyond are left for the next answer', async () => {
    const zeros = Buffer.alloc(40 * MIB);
    const batches = await Promise.all([0, 1, 2].map((offset) => batchOf('zstd', [offset], zeros)));
    const { messages, undecodable } = await decode(...batches);
    expect(messages.map(({ offset }) => Number(offset))).toEqual([0, 1]);
    expect(undecodable).toBeNull();
  });

  test('by how many records a batch has, which may be more than a call can have arguments', async () => {
    const many = Array.from({ length: 150_000 }, (_, i) => recordAt(i, Buffer.alloc(0)));
    expect((await decode(await encode('zstd', 0, many))).messages).toHaveLength(150_000);
    const claims = await encode('none', 0, [recordAt(0)]);
    claims.writeInt32BE(250_001, COUNT);
    claims.writeUInt32BE(crc32c(claims.subarray(ATTRIBUTES)), CRC);
    const { messages, undecodable } = await decode(claims);
    expect(messages).toEqual([]);
    expect(undecodable?.reason).toBe('250001 records, more than 250000 in one batch');
  });
});

/** As a broker keeps it; records at these offsets. */
async function batchOf(
  codec: Compression,
  offsets: readonly number[],
  value = Buffer.from('tidemark'),
): Promise<Buffer> {
  const [first = 0] = offsets;
  return encode(
    codec,
    first,
    offsets.map((offset) => recordAt(offset - first, value)),
  );
}

function recordAt(offsetDelta: number, value = Buffer.from('tidemark')): object {
  return encodeRecord({ offsetDelta, key: null, value });
}

async function encode(codec: Compression, firstOffset: number, records: readonly object[]): Promise<Buffer> {
  const compression = compressionTypeOf(codec);
  const batch = { compression, firstOffset, lastOffsetDelta: records.length - 1, records };
  return Buffer.from((await RecordBatch(batch)).buffer);
}

function decode(...batches: readonly Buffer[]) {
  const size = Buffer.alloc(4);
  const all = Buffer.concat(batches);
  size.writeInt32BE(all.length);
  return decodeMessages(new Decoder(Buffer.concat([size, all])));
}

type EncodeBatch = (batch: {
  readonly compression: number;
  readonly firstOffset: number;
  readonly lastOffsetDelta: number;
  readonly records: readonly object[];
}) => Promise<{ readonly buffer: Buffer }>;
type DecodeMessages = (decoder: object) => Promise<{
  readonly messages: readonly {
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
  }[];
  readonly undecodable: {
    readonly offset: string;
    readonly lastOffset: string | null;
    readonly isLastOfAnswer: boolean;
    readonly bytes: Buffer;
    readonly reason: string;
  } | null;
}>;
