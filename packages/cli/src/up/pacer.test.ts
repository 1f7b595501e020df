import { DAY_MS, type TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { Pacer } from './pacer.ts';

const day = (number: number) => (number * DAY_MS) as TimeMs;

test('nothing is waited for while few records are ahead', () => {
  const pacer = new Pacer(4_000);
  expect(pacer.streamTimeToWaitFor(day(1), 2_000)).toBe(0);
  expect(pacer.streamTimeToWaitFor(day(2), 4_000)).toBe(0);
});

test('the folds must reach the last day after which too many records were written', () => {
  const pacer = new Pacer(4_000);
  for (const [number, records] of [
    [1, 2_000],
    [2, 4_000],
    [3, 5_999],
  ] as const) {
    expect(pacer.streamTimeToWaitFor(day(number), records)).toBe(0);
  }
  expect(pacer.streamTimeToWaitFor(day(4), 8_000)).toBe(day(2));
  expect(pacer.streamTimeToWaitFor(day(5), 12_000)).toBe(day(4));
});

test('a day that is busier than the bound is never waited for beyond its own start', () => {
  const pacer = new Pacer(4_000);
  pacer.streamTimeToWaitFor(day(1), 2_000);
  for (let records = 20_000; records <= 100_000; records += 20_000) {
    expect(pacer.streamTimeToWaitFor(day(2), records)).toBeLessThanOrEqual(day(2));
  }
});
