import { expect, test } from 'vitest';
import { DEEDS } from './nemesis.ts';
import { CLOCKS, clockOf } from './seeds.ts';
import { simulate } from './simulate.ts';

const SEEDS = 24;
const TIMEOUT_MS = 600_000;

test.each(CLOCKS)('a seed gives the same run again (%s clock)', { timeout: TIMEOUT_MS }, async (clock) => {
  const [first, second] = [await simulate(3, clock), await simulate(3, clock)];
  expect(second.trace).toBe(first.trace);
  expect(second.steps).toBe(first.steps);
  expect(second.happenings).toEqual(first.happenings);
});

test('a run that is told about is the same run', { timeout: TIMEOUT_MS }, async () => {
  const told: string[] = [];
  const [silent, loud] = [await simulate(5, 'event'), await simulate(5, 'event', {}, (_at, text) => told.push(text))];
  expect(loud.trace).toBe(silent.trace);
  expect(told.length).toBeGreaterThan(100);
});

test('seeds differ in what goes wrong, and everything goes wrong in some', { timeout: TIMEOUT_MS }, async () => {
  const happened = new Map<string, number>();
  for (let seed = 0; seed < SEEDS; seed++) {
    for (const [what, count] of (await simulate(seed, clockOf(seed))).happenings) {
      happened.set(what, (happened.get(what) ?? 0) + count);
    }
  }
  for (const what of [...DEEDS, ...EXPECTED]) expect(happened.get(what) ?? 0, what).toBeGreaterThan(0);
});

const EXPECTED = [
  'call lost',
  'call unknown',
  'call late',
  'call slow',
  'call repeated',
  'call crashBefore',
  'call crashAfter',
  'stopped: clock-ahead',
  'stopped: other-fold-version',
  'slept too long',
  'stale batch',
  'event duplicate',
  'event refused',
  'event late',
  'poisoned',
  'store went back to a place',
  'refused',
  'retried',
  'unify retried',
  'commits part-way',
  'timeline repeats',
  'changes repeated on the wire',
  'tier changes by silence',
  'dead letters of folds',
  'letters of what waited in vain',
  'customers with notes',
  'upgrades begun',
  'upgrades given up',
  'versions sent away',
  'versions ended',
  'rebuilt without earlier versions',
  'changes at cutovers',
];
