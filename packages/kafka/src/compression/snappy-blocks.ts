import { uncompress } from 'snappy';
import { tooLarge } from './inflated-bound.ts';

/** What xerial's snappy for Java, which Kafka's own client uses, begins its blocks with; two numbers of versions follow. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD_BYTES = XERIAL_MAGIC.length + 8;

/** One raw block, as most clients write it, or xerial's: blocks with their lengths. */
export async function inflateSnappy(batch: Buffer, bytesMax: number): Promise<Buffer> {
  const blocks = isXerial(batch) ? splitXerial(batch) : [batch];
  const inflatedBytes = blocks.reduce((sum, block) => sum + inflatedLengthOf(block), 0);
  if (inflatedBytes > bytesMax) throw tooLarge(bytesMax);
  const inflated: Buffer[] = [];
  for (const block of blocks) inflated.push((await uncompress(block, { asBuffer: true })) as Buffer);
  return inflated.length === 1 ? (inflated[0] as Buffer) : Buffer.concat(inflated);
}

function isXerial(batch: Buffer): boolean {
  return batch.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC);
}

function splitXerial(batch: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEAD_BYTES; at < batch.length; ) {
    const length = at + 4 <= batch.length ? batch.readUInt32BE(at) : Number.POSITIVE_INFINITY;
    const end = at + 4 + length;
    if (end > batch.length) throw new Error('a block that is longer than what is left');
    blocks.push(batch.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

/** A block begins with the length of what it holds: base 128, the least first, at most five bytes. */
function inflatedLengthOf(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return length;
  }
  throw new Error('a block without a length');
}
