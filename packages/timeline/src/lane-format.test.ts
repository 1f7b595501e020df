import { TIMELINE_FORMAT, type TimelineFormat, timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { formatOf, readFormat } from './lane-format.ts';

const UNKNOWN = { noted: null, first: null, tail: 1 } as const;

test('a timeline without records begins in the newest format', () => {
  expect(formatOf(UNKNOWN)).toBe(TIMELINE_FORMAT);
});

test('one that exists goes on in its own, whoever takes it up', () => {
  expect(formatOf({ ...UNKNOWN, noted: 1 })).toBe(1);
  expect(formatOf({ ...UNKNOWN, noted: 2 })).toBe(2);
  expect(formatOf({ ...UNKNOWN, first: 1 })).toBe(1);
  expect(formatOf({ ...UNKNOWN, first: 2 })).toBe(2);
});

test('what is written and not committed tells', () => {
  expect(formatOf({ ...UNKNOWN, noted: 1, tail: 2 })).toBe(2);
  expect(formatOf({ ...UNKNOWN, first: 1, tail: 2 })).toBe(2);
});

test('a late owner of before takes nothing back', () => {
  expect(formatOf({ ...UNKNOWN, noted: 2, tail: 1 })).toBe(2);
});

test('where nothing is committed the first record that the log has tells how the lane began', async () => {
  const read = (format: TimelineFormat) => readFormat(logOf(format), 0, null, { format: 1, end: 5 });
  expect([await read(1), await read(2)]).toEqual([1, 2]);
});

test('a note of a build that knew no formats says the first, one of a later build the newest that this one writes', async () => {
  const read = (note: object) => readFormat(logOf(2), 0, note, { format: 1, end: 5 });
  expect([await read({}), await read({ format: 2 }), await read({ format: 3 })]).toEqual([1, 2, 2]);
});

/** Its first records are gone. */
function logOf(format: TimelineFormat): Parameters<typeof readFormat>[0] {
  const tick = { type: 'tick', origin: null, logTime: 5 as TimeMs, clock: 'live' } as const;
  const headers = timelineHeaders({ ...tick, eventId: null, rawAppendedAtMs: null }, undefined, format);
  const record = { offset: 3, key: null, value: null, headers, appendedAtMs: 0 };
  return {
    bounds: async () => ({ start: 3, end: 5 }),
    read: async (_topic, _lane, from) => (from === 3 ? [record] : []),
  };
}
