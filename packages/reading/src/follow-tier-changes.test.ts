import { codecs, outputHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type FollowedChange,
  followTierChanges,
  formatTierChangeCursor,
  parseTierChangeCursor,
  tierChangePlaces,
} from './follow-tier-changes.ts';
import { tierChangeRecord, World } from './world.testing.ts';

const LANES = 2;

function appendChanges(world: World, lane: number, numbers: readonly number[]): void {
  for (const number of numbers) world.append('tier-changes', tierChangeRecord('anna', { number }), lane);
}

/** What is given until there is nothing new and `appendMore` has nothing to add. */
async function followAll(
  world: World,
  places: readonly number[],
  appendMore: () => boolean = () => false,
): Promise<readonly FollowedChange[]> {
  const stop = new AbortController();
  const sleep = async () => {
    if (!appendMore()) stop.abort();
  };
  return Array.fromAsync(followTierChanges(world.reading, places, { signal: stop.signal, pollMs: 1, sleep }));
}

const namesOf = (changes: readonly FollowedChange[]) => changes.map(({ change }) => `${change.lane} ${change.number}`);

test('what is there and what comes is given once, whatever was sent again', async () => {
  const world = new World(LANES);
  appendChanges(world, 0, [1, 2, 3, 2, 3, 4]);
  appendChanges(world, 1, [1]);
  const later = [() => appendChanges(world, 1, [1, 2]), () => appendChanges(world, 0, [3, 4, 5])];
  const changes = await followAll(world, await tierChangePlaces(world.reading, 'start'), () => {
    const next = later.shift();
    next?.();
    return next !== undefined;
  });
  expect(namesOf(changes)).toEqual(['0 1', '0 2', '0 3', '0 4', '1 1', '1 2', '0 5']);
  expect(changes[0]?.change).toMatchObject({ customerId: 'anna', offset: 0, effectiveAt: '2025-01-01T00:00:00.000Z' });
});

test('from the end only what comes is given, and no repeat of what was before', async () => {
  const world = new World(LANES);
  appendChanges(world, 0, [1, 2, 3]);
  let isAppended = false;
  const changes = await followAll(world, await tierChangePlaces(world.reading, 'end'), () => {
    if (isAppended) return false;
    appendChanges(world, 0, [2, 3, 4]);
    isAppended = true;
    return true;
  });
  expect(namesOf(changes)).toEqual(['0 4']);
});

test('behind the marker of a version nothing of a lower one is given, wherever it was before', async () => {
  const world = new World(1);
  const tell = (number: number, foldVersion: number) =>
    world.append('tier-changes', tierChangeRecord(`of-${foldVersion}`, { number, foldVersion }));
  tell(1, 2);
  const marker = { timelineOffset: 7, effectiveAt: 0 as TimeMs, foldVersion: 3, epoch: null };
  world.append('tier-changes', { key: null, value: codecs.marker.encode(marker), headers: outputHeaders('marker') });
  for (const [number, version] of [
    [2, 2],
    [2, 3],
    [3, 2],
    [3, 3],
  ] as const) {
    tell(number, version);
  }
  const given = ['of-2 1', 'of-3 2', 'of-3 3'];
  for (const [place, before] of [0, 1, 1, 1, 2, 2, 3].entries()) {
    const changes = (await followAll(world, [place])).map(({ change }) => `${change.customerId} ${change.number}`);
    expect(changes).toEqual(given.slice(before));
  }
});

test('whoever goes on from any cursor gets the rest', async () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 20 }).map((back) => {
    let greatest = 0;
    return back.flatMap((count) => {
      greatest++;
      return Array.from({ length: Math.min(count, greatest - 1) + 1 }, (_, i, all = count) => {
        return greatest - Math.min(all, greatest - 1) + i;
      });
    });
  });
  await fc.assert(
    fc.asyncProperty(numbers, numbers, fc.nat(), async (first, second, pick) => {
      const world = new World(LANES);
      appendChanges(world, 0, first);
      appendChanges(world, 1, second);
      const all = await followAll(world, [0, 0]);
      expect(new Set(namesOf(all)).size).toBe(all.length);
      const from = all[pick % Math.max(1, all.length)];
      if (from === undefined) return;
      const rest = await followAll(world, parseTierChangeCursor(from.cursor, LANES));
      expect(namesOf(rest)).toEqual(namesOf(all.slice(all.indexOf(from) + 1)));
    }),
  );
});

test('a signal ends it, also between two changes', async () => {
  const world = new World(LANES);
  appendChanges(world, 0, [1, 2, 3]);
  const stop = new AbortController();
  const sleep = async () => undefined;
  const given: FollowedChange[] = [];
  for await (const change of followTierChanges(world.reading, [0, 0], { signal: stop.signal, pollMs: 1, sleep })) {
    given.push(change);
    stop.abort();
  }
  expect(namesOf(given)).toEqual(['0 1']);
});

test('a cursor reads back as it was written', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 12 }), (places) => {
      expect(parseTierChangeCursor(formatTierChangeCursor(places), places.length)).toEqual(places);
    }),
  );
});

test.each([
  '',
  '1',
  '1-0',
  '1-0-0-0',
  '2-0-0',
  '1-0-x!',
  '1-0--1',
  '1-00-0',
  '1-0-zzzzzzzzzzzzzzz',
  `1-${'0'.repeat(99_999)}-0`,
])('the text %.20j is no cursor of two lanes', (text) => {
  const refused = expect.objectContaining({ code: 'invalid-cursor', name: 'QueryError' });
  expect(() => parseTierChangeCursor(text, LANES)).toThrow(refused);
});

test('a place beyond the log or before its start is refused in words, not skipped', async () => {
  const world = new World(LANES);
  appendChanges(world, 0, [1, 2, 3]);
  await expect(followAll(world, [4, 0])).rejects.toThrow(
    'expected a cursor within tier-changes, lane 0 (offsets 0 to 3), found one beyond its end',
  );
  const { log } = world.reading;
  const bounds: typeof log.bounds = async (topic, lane) => ({ ...(await log.bounds(topic, lane)), start: 2 });
  const sleep = async () => undefined;
  const options = { signal: new AbortController().signal, pollMs: 1, sleep };
  const following = followTierChanges({ log: { ...log, bounds } }, [1, 2], options);
  await expect(following.next()).rejects.toThrow('found one whose next change it no longer keeps');
});
