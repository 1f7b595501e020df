import { expect, test } from 'vitest';
import { failuresOf, seedsOn } from './seeds.ts';

const TIMEOUT_MS = 600_000;

test('whatever fails, a lane goes live once, after all of its history, and what it makes of both is the plain fold', {
  timeout: TIMEOUT_MS,
}, async () => {
  expect(await failuresOf(seedsOn('switch').map((seed) => ({ seed, clock: 'switch' })))).toBe('');
});
