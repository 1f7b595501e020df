import { expect, test } from 'vitest';
import { PINNED_SEEDS } from './pinned-seeds.ts';
import { failuresOf } from './seeds.ts';

const TIMEOUT_MS = 600_000;

test.each(PINNED_SEEDS)('seed $seed, $clock clock: $found, and no more', { timeout: TIMEOUT_MS }, async (pinned) => {
  expect(await failuresOf([pinned])).toBe('');
});
