import { expect, test } from 'vitest';
import { DEEDS } from './nemesis.ts';
import { CLOCKS, clockOf } from './seeds.ts';
import { simulate } from './simulate.ts';

/** Within so many, everything has gone wrong. */
const SEEDS_MAX = 48;
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
  const missing = new Set<string>([...DEEDS, ...EXPECTED]);
  for (let seed = 0; seed < SEEDS_MAX && missing.size > 0; seed++) {
    for (const what of (await simulate(seed, clockOf(seed))).happenings.keys()) missing.delete(what);
  }
  expect([...missing]).toEqual([]);
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
