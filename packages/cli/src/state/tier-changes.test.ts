import { codecs, customerKey, outputHeaders, type TierChangeRecord } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LogRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import type { FolderReading } from './folder-reading.ts';
import { isBySilence, readTierChanges } from './tier-changes.ts';

type Kinds = readonly TierChangeRecord['causes'][number]['kind'][];

function tierChange(number: number, kinds: Kinds = ['event']): TierChangeRecord {
  return {
    number,
    timelineOffset: number,
    effectiveAt: 0 as TimeMs,
    change: 1,
    from: null,
    to: 'member',
    direction: 'enter',
    points: 0,
    reasons: [],
    causes: kinds.map((kind) => ({ score: 'rfm', kind, origin: null, eventId: null })),
    policyNumber: 1,
  };
}

function logOf(numbers: readonly number[]): FolderReading['log'] {
  const records: LogRecord[] = numbers.map((number, offset) => ({
    offset,
    appendedAtMs: 0,
    key: customerKey('anna'),
    value: codecs['tier-change'].encode(tierChange(number)),
    headers: outputHeaders('tier-change'),
  }));
  return {
    lanes: 1,
    bounds: async () => ({ start: 0, end: records.length }),
    read: async (_topic, _lane, from, limit) => records.slice(from, from + limit),
  };
}

test.each<{ kinds: Kinds; isSilent: boolean }>([
  { kinds: ['silence'], isSilent: true },
  { kinds: ['silence', 'silence'], isSilent: true },
  { kinds: ['silence', 'event'], isSilent: false },
  { kinds: ['policy'], isSilent: false },
])('a change with the causes $kinds is by silence: $isSilent', ({ kinds, isSilent }) => {
  expect(isBySilence(tierChange(1, kinds))).toBe(isSilent);
});

test('what a repeated send left twice in the log is read once', async () => {
  const changes = await Array.fromAsync(readTierChanges(logOf([1, 2, 3, 2, 3, 4]), 0));
  expect(changes.map(({ change }) => change.number)).toEqual([1, 2, 3, 4]);
});

test('a lane of many pages is read to its end', async () => {
  const numbers = Array.from({ length: 1_234 }, (_, i) => i + 1);
  expect(await Array.fromAsync(readTierChanges(logOf(numbers), 0))).toHaveLength(1_234);
});
