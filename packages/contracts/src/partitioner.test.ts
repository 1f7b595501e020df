import fc from 'fast-check';
import { expect, test } from 'vitest';
import { laneOf, murmur2 } from './partitioner.ts';

/** From `UtilsTest.testMurmur2` of Kafka's Java client. */
test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('murmur2 of %s is what the Java client computes', (text, expected) => {
  expect(murmur2(Buffer.from(text))).toBe(expected);
});

test('a lane is the positive hash modulo the lanes, as in the Java client', () => {
  expect(laneOf(Buffer.from('foobar'), 12)).toBe((-790_332_482 & 0x7fffffff) % 12);
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1_000 }), (key, lanes) => {
      const lane = laneOf(key, lanes);
      expect(Number.isInteger(lane) && lane >= 0 && lane < lanes).toBe(true);
    }),
  );
});

test('customers spread evenly over lanes', () => {
  const counts = Array<number>(12).fill(0);
  for (let i = 0; i < 24_000; i++) {
    const lane = laneOf(Buffer.from(`customer-${i}`), 12);
    counts[lane] = (counts[lane] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(200);
});
