import { promisify } from 'node:util';
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame } from 'lz4-napi';
import { compress as compressSnappy } from 'snappy';
import { INFLATED_BYTES_MAX, tooLarge } from './inflated-bound.ts';
import { inflateLz4Frame } from './lz4-frame.ts';
import { inflateSnappy } from './snappy-blocks.ts';

/** What a batch may be compressed with, by the names of Kafka's `compression.type`. */
export const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Compresses records, and inflates them again up to a bound. Rejects what is not its own, or is more. */
export interface Codec {
  deflate(records: Buffer): Promise<Buffer>;
  inflate(batch: Buffer, bytesMax: number): Promise<Buffer>;
}

const deflateGzip = promisify(gzip);
const inflateGzip = promisify(gunzip);
const deflateZstd = promisify(zstdCompress);
const inflateZstd = promisify(zstdDecompress);
/** As a power of two: how far back zstd may look, which it holds in memory. No more than what it may give. */
const ZSTD_WINDOW_BITS_MAX = Math.log2(INFLATED_BYTES_MAX);

export const codecs: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: {
    deflate: (records) => deflateGzip(records),
    inflate: (batch, bytesMax) => inflateGzip(batch, { maxOutputLength: bytesMax }),
  },
  snappy: { deflate: (records) => compressSnappy(records), inflate: inflateSnappy },
  lz4: { deflate: (records) => compressFrame(records), inflate: inflateLz4Frame },
  zstd: {
    deflate: (records) => deflateZstd(records),
    inflate: (batch, bytesMax) =>
      inflateZstd(batch, {
        maxOutputLength: bytesMax,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_BITS_MAX },
      }),
  },
};

/** kafkajs's numbers of them. */
const TYPES: Readonly<Record<Compression, kafkajs.CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

export function compressionTypeOf(compression: Compression): kafkajs.CompressionTypes {
  return TYPES[compression];
}

/** Gives kafkajs, which has gzip alone and without a bound, these codecs. It has one table of them for all its clients. */
export function registerCodecs(): void {
  // Its types know neither that it may be written to nor what it holds.
  const table = kafkajs.CompressionCodecs as Record<number, unknown>;
  for (const [name, codec] of Object.entries(codecs)) {
    table[compressionTypeOf(name as Compression)] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) => codec.deflate(buffer),
      decompress: (batch: Buffer) => codec.inflate(batch, INFLATED_BYTES_MAX).catch((error) => refuse(name, error)),
    });
  }
}

function refuse(name: string, error: Error & { readonly code?: string }): never {
  const found = error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(INFLATED_BYTES_MAX).message : error.message;
  throw new Error(`${name}: ${found}`);
}
