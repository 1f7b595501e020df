/**
 * The lane of a key: Kafka's own partitioner, so that producers in any language agree with ours.
 * Source: `Utils.murmur2` and `Utils.toPositive` of Kafka's Java client. Seed 0x9747b28c, little-endian words.
 */
export function laneOf(key: Uint8Array, lanes: number): number {
  return (murmur2(key) & 0x7fffffff) % lanes;
}

/** Signed 32 bits, as in Java. */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  const wordsEnd = length & ~3;
  let hash = SEED ^ length;
  for (let i = 0; i < wordsEnd; i += 4) {
    let word = at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24);
    word = Math.imul(word, M);
    word ^= word >>> R;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const rest = length - wordsEnd;
  if (rest >= 3) hash ^= at(bytes, wordsEnd + 2) << 16;
  if (rest >= 2) hash ^= at(bytes, wordsEnd + 1) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ at(bytes, wordsEnd), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

const SEED = 0x9747b28c;
const M = 0x5bd1e995;
const R = 24;

/** Never out of range here; the fallback is for the compiler. */
function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
