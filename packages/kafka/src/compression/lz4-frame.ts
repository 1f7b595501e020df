// https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
import { decompressFrame } from 'lz4-napi';
import { tooLarge } from './inflated-bound.ts';

const MAGIC = 0x184d2204;
/** Bits of the frame's descriptor. */
const HAS_BLOCK_CHECKSUMS = 0x10;
const HAS_CONTENT_SIZE = 0x08;
const HAS_CONTENT_CHECKSUM = 0x04;
const HAS_DICTIONARY = 0x01;
/** A block's greatest size, by the number that the descriptor has for it. */
const BLOCK_BYTES_MAX: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
/** Of a block's length: it is not compressed. */
const IS_STORED = 0x80000000;
/** A byte of a block is at most so many bytes of what it holds. */
const RATIO_MAX = 255;

/** Rejects a frame whose blocks could hold more, before any of them is inflated: the library has no bound. */
export async function inflateLz4Frame(frame: Buffer, bytesMax: number): Promise<Buffer> {
  const { end, inflatedBytesMax } = measureFrame(frame);
  if (inflatedBytesMax > bytesMax) throw tooLarge(bytesMax);
  return decompressFrame(frame.subarray(0, end));
}

/** Where the frame ends, and what its blocks hold at most. */
function measureFrame(frame: Buffer): { readonly end: number; readonly inflatedBytesMax: number } {
  if (frame.length < 7 || frame.readUInt32LE(0) !== MAGIC) throw new Error('no lz4 frame');
  const flags = frame.readUInt8(4);
  const blockBytesMax = BLOCK_BYTES_MAX[(frame.readUInt8(5) >> 4) & 7];
  if (blockBytesMax === undefined) throw new Error('an lz4 frame with blocks of an unknown size');
  if ((flags & HAS_DICTIONARY) !== 0) throw new Error('an lz4 frame with a dictionary, which Kafka has not');
  const checksumBytes = (flags & HAS_BLOCK_CHECKSUMS) === 0 ? 0 : 4;
  let inflatedBytesMax = 0;
  for (let at = (flags & HAS_CONTENT_SIZE) === 0 ? 7 : 15; at + 4 <= frame.length; ) {
    const head = frame.readUInt32LE(at);
    at += 4;
    if (head === 0) return { end: at + ((flags & HAS_CONTENT_CHECKSUM) === 0 ? 0 : 4), inflatedBytesMax };
    const length = head & ~IS_STORED;
    const isStored = length !== head;
    inflatedBytesMax += isStored ? length : Math.min(blockBytesMax, length * RATIO_MAX);
    at += length + checksumBytes;
  }
  throw new Error('an lz4 frame without an end');
}
