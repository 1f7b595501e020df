import type { TimeMs } from '@tidemark/domain';

/** Ages are told apart by so much: a run of times for each hash would need more memory than the hashes. */
const STEP_MS = 1_000;
const COUNT_INITIAL = 1_024;

/**
 * The newest hashes of 64 bits that were added within an age, in the order of their times: a ring of them, and an open
 * hash table of places in the ring. At 1,000,000 hashes it has 15.7 MiB, and grows to that by doubling.
 */
export class RecentHashes {
  readonly #countMax: number;
  readonly #ageMaxSteps: number;
  #high: Uint32Array;
  #low: Uint32Array;
  /** Linear probing, at most half full; 0 is free, else 1 + a place in the ring. */
  #table: Uint32Array;
  /** The place of the oldest. */
  #first = 0;
  #count = 0;
  /** How many, from the oldest on, are of the same step. */
  readonly #steps: { readonly step: number; count: number }[] = [];

  /** An age is held to the second: at most one longer than `ageMaxMs`. */
  constructor(countMax: number, ageMaxMs: number) {
    this.#countMax = countMax;
    this.#ageMaxSteps = Math.ceil(ageMaxMs / STEP_MS);
    const capacity = Math.min(countMax, COUNT_INITIAL);
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#table = new Uint32Array(tableSizeOf(capacity));
  }

  /** The time of the oldest, to the second; null while empty. */
  get reachesBackTo(): TimeMs | null {
    const [oldest] = this.#steps;
    return oldest === undefined ? null : ((oldest.step * STEP_MS) as TimeMs);
  }

  get bytes(): number {
    return this.#high.byteLength + this.#low.byteLength + this.#table.byteLength;
  }

  /** Whether the digest's first 64 bits were added and are not too old at `at`. */
  has(digest: string, at: TimeMs): boolean {
    const place = this.#find(highOf(digest), lowOf(digest));
    if (place === null) return false;
    const age = (place - this.#first + this.#high.length) % this.#high.length;
    return age >= this.#expiredAt(at);
  }

  /** Does nothing for one that is held. An `at` before others that were added counts as the newest of them. */
  add(digest: string, at: TimeMs): void {
    const step = Math.max(Math.floor(at / STEP_MS), this.#steps.at(-1)?.step ?? 0);
    for (let expired = this.#expiredAt(at); expired > 0; expired--) this.#removeOldest();
    const high = highOf(digest);
    const low = lowOf(digest);
    if (this.#find(high, low) !== null) return;
    if (this.#count === this.#countMax) this.#removeOldest();
    if (this.#count === this.#high.length) this.#grow();
    const last = this.#steps.at(-1);
    if (last?.step === step) last.count++;
    else this.#steps.push({ step, count: 1 });
    const place = (this.#first + this.#count++) % this.#high.length;
    this.#high[place] = high;
    this.#low[place] = low;
    this.#enter(place);
  }

  /** How many of the oldest are too old at `at`. */
  #expiredAt(at: TimeMs): number {
    const oldestStep = Math.floor(at / STEP_MS) - this.#ageMaxSteps;
    let expired = 0;
    for (const { step, count } of this.#steps) {
      if (step >= oldestStep) break;
      expired += count;
    }
    return expired;
  }

  #find(high: number, low: number): number | null {
    const mask = this.#table.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#table[slot] as number;
      if (entry === 0) return null;
      if (this.#low[entry - 1] === low && this.#high[entry - 1] === high) return entry - 1;
    }
  }

  #enter(place: number): void {
    const mask = this.#table.length - 1;
    let slot = (this.#low[place] as number) & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = place + 1;
  }

  #removeOldest(): void {
    this.#leave(this.#first);
    this.#first = (this.#first + 1) % this.#high.length;
    this.#count--;
    const [oldest] = this.#steps;
    if (oldest !== undefined && --oldest.count === 0) this.#steps.shift();
  }

  /** Whatever was entered behind a place that becomes free moves up, so that a search never ends too early. */
  #leave(place: number): void {
    const mask = this.#table.length - 1;
    let free = (this.#low[place] as number) & mask;
    while (this.#table[free] !== place + 1) free = (free + 1) & mask;
    for (let slot = (free + 1) & mask; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#table[slot] as number;
      const home = (this.#low[entry - 1] as number) & mask;
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      this.#table[free] = entry;
      free = slot;
    }
    this.#table[free] = 0;
  }

  #grow(): void {
    const capacity = Math.min(this.#countMax, this.#high.length * 2);
    this.#high = unrolled(this.#high, this.#first, capacity);
    this.#low = unrolled(this.#low, this.#first, capacity);
    this.#first = 0;
    this.#table = new Uint32Array(tableSizeOf(capacity));
    for (let place = 0; place < this.#count; place++) this.#enter(place);
  }
}

/** The first 32 bits of a digest, whose characters are bytes; then the next. */
function highOf(digest: string): number {
  return wordAt(digest, 0);
}

function lowOf(digest: string): number {
  return wordAt(digest, 4);
}

function wordAt(digest: string, at: number): number {
  const high = (digest.charCodeAt(at) << 8) | digest.charCodeAt(at + 1);
  return ((high << 16) | (digest.charCodeAt(at + 2) << 8) | digest.charCodeAt(at + 3)) >>> 0;
}

/** A power of two of at least twice the capacity. */
function tableSizeOf(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(capacity * 2));
}

/** A full ring from its first place on, with room behind. */
function unrolled(ring: Uint32Array, first: number, capacity: number): Uint32Array {
  const unrolled = new Uint32Array(capacity);
  unrolled.set(ring.subarray(first));
  unrolled.set(ring.subarray(0, first), ring.length - first);
  return unrolled;
}
