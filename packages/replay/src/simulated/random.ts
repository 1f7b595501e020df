/**
 * A stream of pseudo-random numbers (sfc32 by Chris Doty-Humphrey) that depends on nothing but its seed: the same on
 * every machine and in every version of Node.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** `seed` is the data set's, `name` what the stream is for, such as a customer's id. */
  constructor(seed: number, name: string) {
    this.#a = hash(name, seed);
    this.#b = hash(name, seed ^ 0x9e3779b9);
    this.#c = hash(name, seed ^ 0x85ebca6b);
    for (let i = 0; i < WARM_UP; i++) this.unit();
  }

  /** In [0, 1). */
  unit(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  /** Waiting time of a Poisson process; above 0, `mean` on average. */
  waiting(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }
}

/** Rounds after which the states of similar seeds have nothing in common any more. */
const WARM_UP = 12;

/** FNV-1a over UTF-16 code units, with a final mix (murmur3's). */
function hash(text: string, seed: number): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
