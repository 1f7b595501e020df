import { findVersion, type Lane, type LogRecord, type Offset, type ToldTopic } from '@tidemark/stream';
import type { Reading } from './types.ts';

/**
 * Which records of a change topic's lane count (`VersionRule`), for whoever reads it from the end backwards: those below
 * the version in force where they stand are of an owner that lingered. Repeats are the reader's to know.
 */
export class BackwardVersions {
  readonly #log: Reading['log'];
  readonly #told: ToldTopic;
  readonly #lane: Lane;
  /** What is in force where the pages so far begin; null: nothing was asked yet. */
  #inForce: number | null = null;

  constructor(log: Reading['log'], told: ToldTopic, lane: Lane) {
    this.#log = log;
    this.#told = told;
    this.#lane = lane;
  }

  /** Those of a page that count; to be asked page by page, from the newest on. `records`: from `from` up to `end`. */
  async counted(records: readonly LogRecord[], from: Offset, end: Offset): Promise<readonly LogRecord[]> {
    this.#inForce ??= await findVersion(this.#log, this.#told, this.#lane, end);
    if (this.#inForce === 0) return records;
    let version = await findVersion(this.#log, this.#told, this.#lane, from, this.#inForce);
    this.#inForce = version;
    return records.filter((record) => {
      const told = this.#told.read(record);
      if (told.kind === 'marker') version = Math.max(version, told.version);
      return told.version >= version;
    });
  }
}
