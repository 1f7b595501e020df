import type { Committed, Lane, Topic } from '@tidemark/stream';
import type { Database } from './database.ts';

/** Bytes of UTF-8 that a committed place's note may take: what Kafka's `offset.metadata.max.bytes` allows. */
const METADATA_BYTES_MAX = 4_000;

/** The groups' committed places. */
export class CommitTable {
  readonly #database: Database;
  readonly #select;
  readonly #upsert;

  constructor(database: Database) {
    this.#database = database;
    this.#select = database.prepare(
      'SELECT topic, next_offset, metadata FROM commits WHERE member_group = ? AND lane = ?',
    );
    this.#upsert = database.prepare('INSERT OR REPLACE INTO commits VALUES (?, ?, ?, ?, ?)');
  }

  committed(group: string, lane: Lane): ReadonlyMap<Topic, Committed> {
    const rows = this.#database.guard(() => this.#select.all(group, lane)) as unknown as readonly [
      topic: string,
      offset: number,
      metadata: string,
    ][];
    return new Map(rows.map(([topic, offset, metadata]) => [topic, { offset, metadata }]));
  }

  commit(group: string, lane: Lane, places: ReadonlyMap<Topic, Committed>): void {
    for (const { metadata } of places.values()) {
      const bytes = Buffer.byteLength(metadata);
      if (bytes > METADATA_BYTES_MAX) {
        throw new RangeError(
          `A committed place's metadata takes ${bytes} bytes; at most ${METADATA_BYTES_MAX} are allowed.`,
        );
      }
    }
    this.#database.write(() => {
      for (const [topic, { offset, metadata }] of places) this.#upsert.run(group, lane, topic, offset, metadata);
    });
  }
}
