import { expect, test } from 'vitest';
import { failuresOf, seedsOn } from './seeds.ts';

const TIMEOUT_MS = 600_000;

test('on the event clock, whatever fails, the timeline is the merge of the raw topics, and the rest its plain fold', {
  timeout: TIMEOUT_MS,
}, async () => {
  expect(await failuresOf(seedsOn('event').map((seed) => ({ seed, clock: 'event' })))).toBe('');
});
