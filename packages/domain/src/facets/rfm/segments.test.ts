import { expect, test } from 'vitest';
import { type Quintile, SEGMENTS, type Segment, segmentOf } from './segments.ts';

const QUINTILES: readonly Quintile[] = [1, 2, 3, 4, 5];

/** The reference's table, as rectangles: recency from to, frequency from to. */
const RECTANGLES: readonly [number, number, number, number, Segment][] = [
  [1, 2, 1, 2, 'hibernating'],
  [1, 2, 3, 4, 'at_risk'],
  [1, 2, 5, 5, 'cant_lose'],
  [3, 3, 1, 2, 'about_to_sleep'],
  [3, 3, 3, 3, 'need_attention'],
  [3, 4, 4, 5, 'loyal'],
  [4, 4, 1, 1, 'promising'],
  [5, 5, 1, 1, 'new'],
  [4, 5, 2, 3, 'potential_loyalist'],
  [5, 5, 4, 5, 'champions'],
];

test('each of the 25 cells lies in exactly one rectangle of the reference, and has its segment', () => {
  for (const recency of QUINTILES) {
    for (const frequency of QUINTILES) {
      const holding = RECTANGLES.filter(
        ([r1, r2, f1, f2]) => r1 <= recency && recency <= r2 && f1 <= frequency && frequency <= f2,
      );
      expect(holding.map(([, , , , segment]) => segment)).toEqual([segmentOf(recency, frequency)]);
    }
  }
});

test('every segment can be reached', () => {
  const reached = QUINTILES.flatMap((recency) => QUINTILES.map((frequency) => segmentOf(recency, frequency)));
  expect(new Set(reached)).toEqual(new Set(SEGMENTS));
});
