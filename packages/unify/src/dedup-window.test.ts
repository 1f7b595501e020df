import type { TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { DEDUP_IDS_MAX, DEDUP_WINDOW_MS, DedupWindow } from './dedup-window.ts';

test('an id is remembered for an hour of log time, and no longer', () => {
  const window = new DedupWindow();
  window.add('first', 0 as TimeMs);
  window.add('later', DEDUP_WINDOW_MS as TimeMs);
  expect([window.has('first'), window.reachesBackTo]).toEqual([true, 0]);
  window.add('last', (DEDUP_WINDOW_MS + 1) as TimeMs);
  expect([window.has('first'), window.has('later'), window.reachesBackTo]).toEqual([false, true, DEDUP_WINDOW_MS]);
});

test('the window never holds more ids than its bound, the oldest go first', () => {
  const window = new DedupWindow();
  for (let i = 0; i <= DEDUP_IDS_MAX; i++) window.add(`id-${i}`, 0 as TimeMs);
  expect([window.has('id-0'), window.has('id-1'), window.has(`id-${DEDUP_IDS_MAX}`)]).toEqual([false, true, true]);
});
