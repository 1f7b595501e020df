import type { TimeMs } from '@tidemark/domain';
import { describe, expect, test } from 'vitest';
import { QuietTicks, type TimerHint } from './quiet-ticks.ts';

const TICK_MS = 1_000;
const QUIET_TICK_MS = 30_000;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

describe('a silent lane', () => {
  test('without a timer gets a tick every 30 s: 2,880 a day', async () => {
    expect(await ticksWithin(DAY_MS, { firstTimerAfter: async () => null })).toHaveLength(DAY_MS / QUIET_TICK_MS);
  });

  test('gets one as a timer comes due, a second after the last at the earliest; none for a timer that waits for a fold', async () => {
    const timers = [START - 5, START + 4_321, START + 4_322, START + 65_000];
    const firstTimerAfter = async (_lane: number, after: TimeMs) =>
      (timers.find((timer) => timer > after) ?? null) as TimeMs | null;
    expect(await ticksWithin(70_000, { firstTimerAfter })).toEqual([4_321, 5_321, 35_321, 65_000]);
  });

  test('whose timers are set later is looked at again every second', async () => {
    let asked = 0;
    const firstTimerAfter = async (_lane: number, after: TimeMs) => {
      asked++;
      return asked < 5 || after > START + 5_500 ? null : ((START + 5_500) as TimeMs);
    };
    expect((await ticksWithin(10_000, { firstTimerAfter }))[0]).toBe(5_500);
  });

  test.each([
    ['is not there', undefined],
    ['fails', { firstTimerAfter: () => Promise.reject(new Error('away')) }],
  ])('whose store %s gets one every second', async (_how, timers: TimerHint | undefined) => {
    expect(await ticksWithin(3_000, timers)).toEqual([1_000, 2_000, 3_000]);
  });

  test('waits for an answer of the store no longer than for a tick', async () => {
    const timers = { firstTimerAfter: () => new Promise<null>(() => {}) };
    expect(await ticksWithin(7_000, timers)).toEqual([2_000, 4_000, 6_000]);
  });
});

/** When a lane that hears of nothing gets ticks, ms since its last record. */
async function ticksWithin(ms: number, timers: TimerHint | undefined): Promise<number[]> {
  let now = START;
  const clock = { now: () => now as TimeMs, elapsedMs: () => now - START, sleep: async () => {} };
  const ticks = new QuietTicks(0, timers, clock, { tickMs: TICK_MS, quietTickMs: QUIET_TICK_MS }, () => {});
  const found: number[] = [];
  for (let logTime = START as TimeMs; now <= START + ms; ) {
    const waitMs = ticks.waitMs(logTime);
    if (waitMs > 0) {
      // The answer to a look comes before the wait is over.
      await nextTurn();
      now += Math.min(waitMs, ticks.waitMs(logTime));
      continue;
    }
    logTime = now as TimeMs;
    found.push(now - START);
  }
  return found;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
