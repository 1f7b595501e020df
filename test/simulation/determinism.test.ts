import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';

test.each(['live', 'event'] as const)('a seed gives the same run again (%s clock)', async (clock) => {
  for (const seed of [3, 4]) {
    const [first, second] = [await simulate(seed, clock), await simulate(seed, clock)];
    expect(second.trace).toBe(first.trace);
    expect(second.steps).toBe(first.steps);
    expect(second.happenings).toEqual(first.happenings);
  }
});

test('seeds differ in what goes wrong, and everything goes wrong in some', { timeout: 60_000 }, async () => {
  const happened = new Map<string, number>();
  for (let seed = 0; seed < 30; seed++) {
    for (const [what, count] of (await simulate(seed, 'live')).happenings) {
      happened.set(what, (happened.get(what) ?? 0) + count);
    }
  }
  for (const what of EXPECTED) expect(happened.get(what) ?? 0, what).toBeGreaterThan(0);
});

const EXPECTED = [
  'crash',
  'linger',
  'stop',
  'startAnother',
  'rebalance',
  'contend',
  'loseCommits',
  'flush',
  'store went back to a place',
  'refused',
  'retried',
  'unify retried',
  'commits part-way',
  'timeline repeats',
  'changes repeated on the wire',
  'tier changes by silence',
  'dead letters of folds',
];
