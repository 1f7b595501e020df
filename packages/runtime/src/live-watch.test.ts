import { setImmediate } from 'node:timers/promises';
import { facets, type TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { type LiveState, LiveWatch } from './live-watch.ts';

const NOW = Date.UTC(2026, 10, 30) as TimeMs;
const MINUTE_MS = 60_000;

/** A watch over two lanes: both on this clock, the second's stream time `aheadMs` ahead of now. */
async function stateOf(clock: 'event' | 'live', aheadMs: number): Promise<LiveState> {
  const metaOf = (lane: number) => ({
    foldVersion: facets.profile.score.version,
    place: { offset: 7, cursor: null },
    streamTime: lane === 1 ? NOW + aheadMs : NOW,
    clock,
    policy: null,
  });
  const store = { metas: async (lane: number) => new Map([['profile', JSON.stringify(metaOf(lane))]]) };
  const never = new Promise<void>(() => undefined);
  const watch = LiveWatch.start(store, 2, { now: () => NOW, elapsedMs: () => 0, sleep: () => never });
  // As many turns as it has questions to ask.
  for (let turn = 0; turn < 20; turn++) await setImmediate();
  watch.stop();
  return watch.state.lanes;
}

test.each<['event' | 'live', number, LiveState]>([
  ['live', 5 * MINUTE_MS, 'live'],
  ['live', 5 * MINUTE_MS + 1, 'ahead'],
  ['event', 400 * 24 * 60 * MINUTE_MS, 'replaying'],
])('lanes on the %s clock, one of them %d ms ahead of the wall clock: %s', async (clock, aheadMs, expected) => {
  expect(await stateOf(clock, aheadMs)).toBe(expected);
});
