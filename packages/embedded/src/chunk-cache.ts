import type { Chunk } from './record-table.ts';

/** Bytes of heap the cache may take, an estimate. */
const CACHE_BYTES_MAX = 8 * 1_048_576;
/** Bytes of heap a record takes besides its key, value and headers' text: the objects that hold them. */
const RECORD_OVERHEAD_BYTES = 400;

/**
 * The chunks read last, by the id of their first record: several services read the timeline at about the same time, and
 * then get the same objects. Blocks never change, so nothing here is ever out of date.
 */
export class ChunkCache {
  readonly #chunks = new Map<number, Chunk>();
  #bytes = 0;

  get(firstId: number): Chunk | undefined {
    return this.#chunks.get(firstId);
  }

  add(firstId: number, chunk: Chunk): void {
    this.#chunks.set(firstId, chunk);
    this.#bytes += heapBytes(chunk);
    // A map gives its entries in the order they were added: the oldest first.
    for (const [id, oldest] of this.#chunks) {
      if (this.#bytes <= CACHE_BYTES_MAX) return;
      this.#chunks.delete(id);
      this.#bytes -= heapBytes(oldest);
    }
  }
}

function heapBytes(chunk: Chunk): number {
  return chunk.bytes + chunk.records.length * RECORD_OVERHEAD_BYTES;
}
