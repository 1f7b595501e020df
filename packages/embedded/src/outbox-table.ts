import assert from 'node:assert';
import type { Headers, Lane, OutboxEntry, Topic } from '@tidemark/stream';
import type { Database } from './database.ts';
import { BlockPacker, measureBlock, unpackBlock } from './record-block.ts';
import { corrupt } from './sqlite-errors.ts';

type Envelope = readonly [topic: Topic, headers: Headers];

/** Outputs that are not yet known to be in the log. Entries are dense, so a row needs only its last sequence. */
export class OutboxTable {
  readonly #file: string;
  readonly #packer = new BlockPacker();
  readonly #insert;
  readonly #select;
  readonly #delete;

  constructor(database: Database) {
    this.#file = database.file;
    this.#insert = database.prepare('INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)');
    this.#select = database.prepare(
      'SELECT last, count, envelopes, records FROM outbox WHERE service = ? AND lane = ? ORDER BY last',
    );
    this.#delete = database.prepare('DELETE FROM outbox WHERE service = ? AND lane = ? AND last <= ?');
  }

  append(service: string, lane: Lane, entries: readonly OutboxEntry[]): void {
    for (let from = 0; from < entries.length; ) {
      const { end, bytes } = measureBlock(entries, from);
      const last = entries[end - 1]?.sequence ?? 0;
      assert(entries[from]?.sequence === last - (end - from) + 1, 'outbox sequences are dense');
      const envelopes = entries.slice(from, end).map(({ topic, headers }): Envelope => [topic, headers]);
      const packed = this.#packer.pack(entries, from, end, bytes);
      this.#insert.run(service, lane, last, end - from, JSON.stringify(envelopes), packed);
      from = end;
    }
  }

  /** Removes the rows that end at or before `through`; the caller remembers it for a row that is trimmed in part. */
  trim(service: string, lane: Lane, through: number): void {
    this.#delete.run(service, lane, through);
  }

  /** The entries after `trimmedThrough`. */
  read(service: string, lane: Lane, trimmedThrough: number): OutboxEntry[] {
    const rows = this.#select.all(service, lane) as unknown as readonly (readonly [
      number,
      number,
      string,
      Uint8Array,
    ])[];
    return rows
      .flatMap(([last, count, envelopes, records]) => this.#unpack(last, count, envelopes, records))
      .filter((entry) => entry.sequence > trimmedThrough);
  }

  #unpack(last: number, count: number, envelopesJson: string, bytes: Uint8Array): OutboxEntry[] {
    const envelopes = JSON.parse(envelopesJson) as readonly Envelope[];
    const records = unpackBlock(bytes, count);
    if (records === undefined || envelopes.length !== count) throw this.#corruptEntry(last);
    return records.map(({ key, value }, i): OutboxEntry => {
      const envelope = envelopes[i];
      if (envelope === undefined || value === null) throw this.#corruptEntry(last);
      return { sequence: last - count + 1 + i, topic: envelope[0], key, value, headers: envelope[1] };
    });
  }

  #corruptEntry(last: number): Error {
    return corrupt(this.#file, `the outbox entries up to ${last}`, 'bytes that do not hold them');
  }
}
