import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const crc32c = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

/** Where the fields of a batch are. */
const LENGTH = 8;
const CRC = 17;
const ATTRIBUTES = 21;
export const BATCH_HEAD_BYTES = 61;

/** What a broker has of a partition on its disk, whose damage it does not notice. Small partitions have one such file. */
export class SegmentFile {
  readonly #path: string;

  /** @param folder a native broker's */
  constructor(folder: string, topic: string, partition: number) {
    this.#path = join(folder, `${topic}-${partition}`, '00000000000000000000.log');
  }

  /** The numbers of the codecs of all batches, in their order. */
  codecs(): number[] {
    return this.#batches().map((batch) => batch.readInt16BE(ATTRIBUTES) & 7);
  }

  /** Changes a batch in place, with a checksum that fits unless it is to be damaged, too. */
  change(index: number, edit: (batch: Buffer) => void, { mendsChecksum }: { readonly mendsChecksum: boolean }): void {
    const bytes = readFileSync(this.#path);
    const batch = this.#batches(bytes)[index];
    if (batch === undefined) throw new Error(`expected ${this.#path} to have a batch ${index}`);
    edit(batch);
    if (mendsChecksum) batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES)), CRC);
    writeFileSync(this.#path, bytes, { flag: 'r+' });
  }

  #batches(bytes = readFileSync(this.#path)): Buffer[] {
    const batches: Buffer[] = [];
    for (let at = 0; at + BATCH_HEAD_BYTES <= bytes.length; ) {
      const end = at + LENGTH + 4 + bytes.readInt32BE(at + LENGTH);
      batches.push(bytes.subarray(at, end));
      at = end;
    }
    return batches;
  }
}

/** Sets the number of the codec that a batch says it has. */
export function setCodec(batch: Buffer, codec: number): void {
  batch.writeInt16BE((batch.readInt16BE(ATTRIBUTES) & ~7) | codec, ATTRIBUTES);
}
