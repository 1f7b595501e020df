import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantileCuts } from './quantile-cuts.ts';
import { quintileOf } from './quintile-of.ts';

test('the cuts interpolate linearly between neighbours', () => {
  expect(quantileCuts([4, 1, 3, 2])).toEqual([1.6, 2.2, 2.8, 3.4].map((cut) => expect.closeTo(cut, 12)));
  expect(quantileCuts([60, 10, 50, 20, 40, 30])).toEqual([20, 30, 40, 50]);
  expect(quantileCuts([7])).toEqual([7, 7, 7, 7]);
});

test('the cuts of no values are not defined', () => {
  expect(() => quantileCuts([])).toThrow(RangeError);
});

test('a score is 1 + the cuts strictly below the value: a value on a cut stays under it', () => {
  expect([9, 10, 11, 20, 21, 30, 40, 41].map((value) => quintileOf(value, [10, 20, 30, 40]))).toEqual([
    1, 1, 2, 2, 3, 3, 4, 5,
  ]);
  expect([1, 2, 3].map((value) => quintileOf(value, [1, 1, 1, 2]))).toEqual([1, 4, 5]);
});

test('without ties each score has a fifth of the population', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { minLength: 5, maxLength: 200 }), (values) => {
      const cuts = quantileCuts(values);
      for (const score of [1, 2, 3, 4, 5]) {
        const share = values.filter((value) => quintileOf(value, cuts) === score).length / values.length;
        expect(Math.abs(share - 0.2)).toBeLessThanOrEqual(1 / values.length);
      }
    }),
  );
});
