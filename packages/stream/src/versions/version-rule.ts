/** What a record of a change topic says of itself. A marker says from where on a version of the fold tells. */
export type ToldRecord =
  | { readonly kind: 'change'; readonly version: number; readonly number: number }
  | {
      readonly kind: 'progress';
      readonly version: number;
      /** Of the last change before it; null where that is not told. */
      readonly number: number | null;
    }
  | { readonly kind: 'marker'; readonly version: number };

/** `gap`: a change is missing from the topic before this record. */
export type Verdict = 'taken' | 'dropped' | 'gap';

/**
 * Which records of a change topic count, for whoever reads it in order. The first marker of a version ends what lower ones
 * tell: an owner that lingers may go on sending behind it, and is heard no more. Numbers are dense across versions; one that
 * was there before is a repeat. A place in the topic is an offset with the `number` and the `version` there.
 */
export class VersionRule {
  #number: number;
  #version: number;

  /** By default those of a topic's start. */
  constructor(number = 0, version = 0) {
    this.#number = number;
    this.#version = version;
  }

  /** Of the last change that counts. */
  get number(): number {
    return this.#number;
  }

  /** The greatest version of any marker so far; 0 before the first. */
  get version(): number {
    return this.#version;
  }

  take(record: ToldRecord): Verdict {
    if (record.kind === 'change') return this.takeChange(record.version, record.number);
    if (record.kind === 'progress') return this.takeProgress(record.version, record.number);
    return this.takeMarker(record.version);
  }

  takeChange(version: number, number: number): Verdict {
    if (version < this.#version || number <= this.#number) return 'dropped';
    if (number > this.#number + 1) return 'gap';
    this.#number = number;
    return 'taken';
  }

  /** Goes on with this change, whatever is missing before it: for a reader who has no use for a stop. */
  passTo(number: number): void {
    this.#number = number;
  }

  takeProgress(version: number, number: number | null): Verdict {
    if (version < this.#version) return 'dropped';
    return (number ?? 0) > this.#number ? 'gap' : 'taken';
  }

  /** One that changes nothing is dropped: it was written again, or by an owner that lingers. */
  takeMarker(version: number): Verdict {
    if (version <= this.#version) return 'dropped';
    this.#version = version;
    return 'taken';
  }
}
