import type { Appended, Bounds, Headers, LogRecord, NewRecord, Offset } from '@tidemark/stream';
import { ChunkCache } from './chunk-cache.ts';
import type { Database } from './database.ts';
import { OFFSETS_PER_PARTITION, type Partition } from './partitions.ts';
import { BlockPacker, loadBlock, measureBlock, storeBlock, unpackBlock } from './record-block.ts';
import { corrupt } from './sqlite-errors.ts';

/** Consecutive records as they are stored, kept in memory and delivered. */
export interface Chunk {
  readonly records: readonly LogRecord[];
  /** Bytes of keys, values and headers, for bounds. */
  readonly bytes: number;
}

type BlockRow = readonly [id: number, count: number, appendedAtMs: number, headers: string, records: Uint8Array];

/** What is known of a partition's end without asking SQLite again: this process is the only writer. */
interface End {
  offset: Offset;
  appendedAtMs: number;
}

/** The log's table. */
export class RecordTable {
  readonly #database: Database;
  readonly #packer = new BlockPacker();
  readonly #cache = new ChunkCache();
  readonly #ends: Map<Partition, End> | null;
  readonly #insert;
  readonly #selectBlock;
  readonly #selectLast;

  /** `writes` says that this process is the folder's only writer: then ends are remembered. */
  constructor(database: Database, writes: boolean) {
    this.#database = database;
    this.#ends = writes ? new Map() : null;
    this.#insert = database.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?, ?)');
    this.#selectBlock = database.prepare(
      'SELECT id, count, appended_at_ms, headers, records FROM blocks WHERE id >= ? AND id < ? ORDER BY id LIMIT 1',
    );
    this.#selectLast = database.prepare(
      'SELECT id, appended_at_ms FROM blocks WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1',
    );
  }

  /** Appends all records or none, in one transaction. */
  append(partition: Partition, records: readonly NewRecord[], nowMs: number): Appended {
    const end = this.#end(partition);
    const appended: Appended = { baseOffset: end.offset, appendedAtMs: Math.max(nowMs, end.appendedAtMs) };
    this.#database.write(() => this.#insertBlocks(partition, records, appended));
    end.offset += records.length;
    end.appendedAtMs = appended.appendedAtMs;
    return appended;
  }

  /** The records of one block from offset `from` on; undefined at the end. */
  chunk(partition: Partition, from: Offset): Chunk | undefined {
    const base = partition * OFFSETS_PER_PARTITION;
    const cached = this.#cache.get(base + from);
    if (cached !== undefined) return cached;
    const row = this.#database.guard(() => this.#selectBlock.get(base + from, base + OFFSETS_PER_PARTITION));
    if (row === undefined) return undefined;
    const chunk = this.#unpack(base, from, row as unknown as BlockRow);
    this.#cache.add(base + from, chunk);
    return chunk;
  }

  bounds(partition: Partition): Bounds {
    const first = this.chunk(partition, 0)?.records[0]?.offset ?? 0;
    return { start: first, end: this.end(partition) };
  }

  end(partition: Partition): Offset {
    return this.#end(partition).offset;
  }

  #insertBlocks(partition: Partition, records: readonly NewRecord[], { baseOffset, appendedAtMs }: Appended): void {
    const base = partition * OFFSETS_PER_PARTITION + baseOffset;
    for (let from = 0; from < records.length; ) {
      const { end, bytes } = measureBlock(records, from);
      const headers = JSON.stringify(records.slice(from, end).map((record) => record.headers));
      const stored = storeBlock(headers, this.#packer.pack(records, from, end, bytes));
      this.#insert.run(base + end - 1, end - from, appendedAtMs, stored.headers, stored.records);
      from = end;
    }
  }

  #end(partition: Partition): End {
    const known = this.#ends?.get(partition);
    if (known !== undefined) return known;
    const base = partition * OFFSETS_PER_PARTITION;
    const row = this.#database.guard(() => this.#selectLast.get(base, base + OFFSETS_PER_PARTITION)) as
      | [id: number, appendedAtMs: number]
      | undefined;
    const end: End =
      row === undefined ? { offset: 0, appendedAtMs: 0 } : { offset: row[0] - base + 1, appendedAtMs: row[1] };
    this.#ends?.set(partition, end);
    return end;
  }

  /** The block's records from offset `from` on. */
  #unpack(base: number, from: Offset, [id, count, appendedAtMs, storedHeaders, storedRecords]: BlockRow): Chunk {
    const block = loadBlock({ headers: storedHeaders, records: storedRecords });
    if (block === undefined) throw this.#corruptBlock(id);
    const packed = unpackBlock(block.records, count);
    const headers = parseHeaders(block.headers);
    if (packed === undefined || headers?.length !== count) throw this.#corruptBlock(id);
    const first = id - base - count + 1;
    const records: LogRecord[] = [];
    for (let i = Math.max(0, from - first); i < count; i++) {
      const part = packed[i];
      const named = headers[i];
      if (part === undefined || named === undefined) throw this.#corruptBlock(id);
      records.push({ offset: first + i, key: part.key, value: part.value, headers: named, appendedAtMs });
    }
    return { records, bytes: block.records.length + block.headers.length };
  }

  #corruptBlock(id: number): Error {
    return corrupt(this.#database.file, `the records of block ${id}`, 'bytes that do not hold them');
  }
}

/** Up to `limit` records from `from` on, chunk by chunk. */
export function readChunks(chunkAt: (from: Offset) => Chunk | undefined, from: Offset, limit: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (let next = from; records.length < limit; ) {
    const chunk = chunkAt(next);
    if (chunk === undefined) break;
    for (const record of chunk.records.slice(0, limit - records.length)) records.push(record);
    next = (chunk.records.at(-1)?.offset ?? next) + 1;
  }
  return records;
}

function parseHeaders(json: string): readonly Headers[] | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
