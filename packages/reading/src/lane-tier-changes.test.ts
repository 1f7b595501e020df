import { codecs, outputHeaders, type TierCause } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { isBySilence, laneTierChanges, tierTimeOf } from './lane-tier-changes.ts';
import { tierChangeRecord, World } from './world.testing.ts';

type Kinds = readonly TierCause['kind'][];

function logOf(numbers: readonly number[]): Parameters<typeof laneTierChanges>[0] {
  const world = new World();
  for (const number of numbers) world.append('tier-changes', tierChangeRecord('anna', { number }));
  return world.reading.log;
}

test.each<{ kinds: Kinds; isSilent: boolean }>([
  { kinds: ['silence'], isSilent: true },
  { kinds: ['silence', 'silence'], isSilent: true },
  { kinds: ['silence', 'event'], isSilent: false },
  { kinds: ['policy'], isSilent: false },
])('a change with the causes $kinds is by silence: $isSilent', ({ kinds, isSilent }) => {
  const causes = kinds.map((kind) => ({ score: 'rfm', kind, origin: null, eventId: null }));
  expect(isBySilence({ causes })).toBe(isSilent);
});

test('what a repeated send left twice in the log is read once', async () => {
  const changes = await Array.fromAsync(laneTierChanges(logOf([1, 2, 3, 2, 3, 4]), 0));
  expect(changes.map(({ change }) => change.number)).toEqual([1, 2, 3, 4]);
});

test('a marker is no tier change, and stands where it says', async () => {
  const marker = { timelineOffset: 7, effectiveAt: 5_000 as TimeMs, foldVersion: 1, epoch: null };
  const record = { key: null, value: codecs.marker.encode(marker), headers: outputHeaders('marker') };
  const world = new World();
  world.append('tier-changes', tierChangeRecord('anna', { number: 1 }));
  world.append('tier-changes', record);
  world.append('tier-changes', tierChangeRecord('anna', { number: 2 }));
  const changes = await Array.fromAsync(laneTierChanges(world.reading.log, 0));
  expect(changes.map(({ change }) => change.number)).toEqual([1, 2]);
  expect(tierTimeOf({ ...record, offset: 1, appendedAtMs: 0 }, 0)).toBe(5_000);
});

test('behind the marker of a version what a lower one still sends is no change of tier', async () => {
  const marker = { timelineOffset: 7, effectiveAt: 5_000 as TimeMs, foldVersion: 2, epoch: null };
  const world = new World();
  const tell = (number: number, foldVersion: number) =>
    world.append('tier-changes', tierChangeRecord(`of-${foldVersion}`, { number, foldVersion }));
  tell(1, 1);
  world.append('tier-changes', { key: null, value: codecs.marker.encode(marker), headers: outputHeaders('marker') });
  for (const [number, version] of [
    [2, 1],
    [2, 2],
    [3, 1],
    [3, 2],
  ] as const)
    tell(number, version);
  const changes = await Array.fromAsync(laneTierChanges(world.reading.log, 0));
  expect(changes.map(({ customerId, change }) => [customerId, change.number])).toEqual([
    ['of-1', 1],
    ['of-2', 2],
    ['of-2', 3],
  ]);
});

test('a lane of many pages is read to its end', async () => {
  const numbers = Array.from({ length: 1_234 }, (_, i) => i + 1);
  expect(await Array.fromAsync(laneTierChanges(logOf(numbers), 0))).toHaveLength(1_234);
});
