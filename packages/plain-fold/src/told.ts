import type { CustomerId } from '@tidemark/domain';
import type { Cutover, PolicyInForce, Told } from '@tidemark/stream';

/** What versions of a fold have to know of each other; nothing of it where a pipeline has never had but one. */
export interface PlainVersion {
  /** Of the fold in the first release that had it; its own where not said. */
  readonly firstVersion?: number;
  /** What was told before this version, up to the first marker of it in its change topic; asked for at its cutover. */
  readonly toldBefore?: () => PlainToldBefore;
  /** The number of its last change before the first marker of a later version: what it would tell beyond is told by none. */
  readonly tellsThrough?: number;
}

export interface PlainToldBefore {
  /** Of the last change. */
  readonly number: number;
  readonly last: ReadonlyMap<CustomerId, Told>;
}

/** Whether a version tells, from record to record. */
export class PlainStand {
  readonly #service: string;
  readonly #version: number;
  readonly #firstVersion: number;
  #hasPolicy = false;
  #force: number;
  #isEnded = false;

  constructor(service: string, version: number, firstVersion: number) {
    this.#service = service;
    this.#version = version;
    this.#firstVersion = firstVersion;
    this.#force = firstVersion;
  }

  get isTelling(): boolean {
    return this.#force === this.#version;
  }

  /** The version as records of it say it: the first release's say none. */
  get told(): number | null {
    return this.#version === this.#firstVersion ? null : this.#version;
  }

  get stateName(): string {
    return this.told === null ? this.#service : `${this.#service}-${this.#version}`;
  }

  /** Whether the version is at its end: it has no part in a record from the cutover to a later one on. */
  endsAt(cutover: Cutover | null): boolean {
    if (cutover?.facet === this.#service && cutover.version > this.#version) this.#isEnded = true;
    return this.#isEnded;
  }

  /** Whether the cutover is the one from which on this version tells. */
  looksAt(cutover: Cutover | null): boolean {
    return cutover?.facet === this.#service && cutover.version === this.#version && this.#force < this.#version;
  }

  /** After all of the record. */
  passed(policy: PolicyInForce | null, cutover: Cutover | null): void {
    if (policy !== null && !this.#hasPolicy) this.#force = policy.versions?.[this.#service] ?? this.#force;
    this.#hasPolicy ||= policy !== null;
    if (cutover?.facet === this.#service) this.#force = Math.max(this.#force, cutover.version);
  }
}
