import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstReached } from './first-reached.ts';

test('the first is found from every start, however wrong', () => {
  const range = fc.uniqueArray(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(range, fc.boolean(), (numbers, isStartRight) => {
      const [below = 0, first = 0, start = 0, reached = 0] = numbers.toSorted((a, b) => a - b);
      const [answer, from] = isStartRight ? [start, first] : [first, start];
      expect(firstReached(from, below, reached, (at) => at >= answer)).toBe(answer);
    }),
  );
});

test('the first may lie at either end of its range', () => {
  for (const start of [1, 2, 5, 9]) {
    expect(firstReached(start, 0, 9, (at) => at >= 1)).toBe(1);
    expect(firstReached(start, 0, 9, (at) => at >= 9)).toBe(9);
  }
});

test('a right start costs two calls', () => {
  let calls = 0;
  const isReached = (at: number) => {
    calls += 1;
    return at >= 1_000;
  };
  expect(firstReached(1_000, 0, 1e12, isReached)).toBe(1_000);
  expect(calls).toBe(2);
});
