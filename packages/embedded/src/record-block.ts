import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/**
 * Keys and values of consecutive records as one blob: a row a block instead of a row a record halves the cost of an
 * append (measured). Each record is: key bytes (u32, or 2^32 - 1 for null), key, value bytes (likewise), value.
 */
export interface KeyAndValue {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** Records and bytes a block holds at most, so that reading one record decodes little; one larger record is alone. */
const BLOCK_RECORDS_MAX = 250;
const BLOCK_BYTES_MAX = 65_536;

/** A block of fewer bytes stays as it is: little would be saved. */
const COMPRESSED_BYTES_MIN = 4_096;
/**
 * Measured on our records: to a fifth or less, 50 to 130 microseconds a block; a higher level saves next to nothing more.
 * The tables that a call begins with are as large as a block needs, which halves what a small one costs.
 */
const COMPRESSION = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_windowLog]: 16,
    [constants.ZSTD_c_hashLog]: 14,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
  chunkSize: 16_384,
};
/** What is inflated comes in pieces of so many bytes. `info` tells what was read for it. */
const INFLATING = { chunkSize: BLOCK_BYTES_MAX, info: true };

const LENGTH_BYTES = 4;
const NULL_LENGTH = 0xffff_ffff;

/** Where the block that starts at `from` ends (exclusive), and how many bytes it takes. */
export function measureBlock(records: readonly KeyAndValue[], from: number): { end: number; bytes: number } {
  let bytes = 0;
  let end = from;
  for (; end < records.length && end - from < BLOCK_RECORDS_MAX; end++) {
    const record = records[end];
    if (record === undefined) break;
    const size = 2 * LENGTH_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    if (end > from && bytes + size > BLOCK_BYTES_MAX) break;
    bytes += size;
  }
  return { end, bytes };
}

/** Packs records into a buffer that is used again by the next call: SQLite copies what it is given. */
export class BlockPacker {
  #scratch = Buffer.allocUnsafe(BLOCK_BYTES_MAX);

  pack(records: readonly KeyAndValue[], from: number, end: number, bytes: number): Uint8Array {
    const target = bytes <= this.#scratch.length ? this.#scratch : Buffer.allocUnsafe(bytes);
    let at = 0;
    for (let i = from; i < end; i++) {
      const record = records[i];
      if (record === undefined) break;
      at = packPart(target, record.key, at);
      at = packPart(target, record.value, at);
    }
    return target.subarray(0, at);
  }
}

/** A block as it is stored. */
export interface StoredBlock {
  /** JSON; empty where `records` is compressed, and begins with it. */
  readonly headers: string;
  readonly records: Uint8Array;
}

/** What a row holds of the headers and packed records of a block: compressed together, unless they are few. */
export function storeBlock(headers: string, records: Uint8Array): StoredBlock {
  if (headers.length + records.length < COMPRESSED_BYTES_MIN) return { headers, records };
  const head = Buffer.from(headers);
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32LE(head.length);
  return { headers: '', records: zstdCompressSync(Buffer.concat([length, head, records]), COMPRESSION) };
}

/** What was given to `storeBlock`; undefined where the bytes are none of its own. */
export function loadBlock(stored: StoredBlock): StoredBlock | undefined {
  if (stored.headers !== '') return stored;
  try {
    const inflated: unknown = zstdDecompressSync(stored.records, INFLATING);
    const { buffer: bytes, engine } = inflated as { buffer: Buffer; engine: { bytesWritten: number } };
    // What stands behind it is passed over without a word.
    if (engine.bytesWritten !== stored.records.length) return undefined;
    const end = LENGTH_BYTES + bytes.readUInt32LE(0);
    return { headers: bytes.toString('utf8', LENGTH_BYTES, end), records: bytes.subarray(end) };
  } catch {
    return undefined;
  }
}

/** The records of a block, as views of `bytes`; undefined if it does not hold exactly `count` records. */
export function unpackBlock(bytes: Uint8Array, count: number): KeyAndValue[] | undefined {
  const source = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: KeyAndValue[] = [];
  let at = 0;
  const next = (): Uint8Array | null | undefined => {
    if (at + LENGTH_BYTES > bytes.length) return undefined;
    const length = source.getUint32(at, true);
    at += LENGTH_BYTES;
    if (length === NULL_LENGTH) return null;
    at += length;
    return at <= bytes.length ? bytes.subarray(at - length, at) : undefined;
  };
  for (let i = 0; i < count; i++) {
    const key = next();
    const value = next();
    if (key === undefined || value === undefined) return undefined;
    records.push({ key, value });
  }
  return at === bytes.length ? records : undefined;
}

function packPart(target: Buffer, part: Uint8Array | null, at: number): number {
  if (part === null) return target.writeUInt32LE(NULL_LENGTH, at);
  const start = target.writeUInt32LE(part.length, at);
  target.set(part, start);
  return start + part.length;
}
