import { expect, test } from 'vitest';
import { failuresOf, seedsOn } from './seeds.ts';

const TIMEOUT_MS = 600_000;

test('on the wall clock, whatever fails, state and outputs are those of a plain fold of the timeline', {
  timeout: TIMEOUT_MS,
}, async () => {
  expect(await failuresOf(seedsOn('live').map((seed) => ({ seed, clock: 'live' })))).toBe('');
});
