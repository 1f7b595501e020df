import { timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LogRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { readTail, TAIL_RECORDS_MIN } from './tail.ts';

const NOON = Date.UTC(2026, 5, 1, 12) as TimeMs;

test('a lane that went live stays so, and its log time stands, although a record of the event clock came late', async () => {
  const tail = await readTail(logOf([tick('event', NOON, 0), tick('live', NOON + 9, 1), tick('event', NOON, 0)]), 0);
  expect([tail.clock, tail.logTime, tail.end]).toEqual(['live', NOON + 9, 3]);
});

test('the log time is the greatest, also where it takes several reads to get there', async () => {
  const records = Array.from({ length: TAIL_RECORDS_MIN }, (_, i) => tick('live', NOON, i + 1));
  const tail = await readTail(logOf([tick('live', NOON + 5, 0), ...records]), 0);
  expect(tail.logTime).toBe(NOON + 5);
});

test('a timeline without records has no clock', async () => {
  const tail = await readTail(logOf([]), 0);
  expect([tail.clock, tail.logTime, tail.end, tail.policyAt]).toEqual([null, 0, 0, null]);
});

function tick(clock: 'event' | 'live', logTime: number, offset: number): Pick<LogRecord, 'headers'> {
  const origin = { topic: 'orders', offset } as const;
  const times = { logTime: logTime as TimeMs, rawAppendedAtMs: null };
  return { headers: timelineHeaders({ type: 'tick', origin, clock, eventId: null, ...times }) };
}

function logOf(records: readonly Pick<LogRecord, 'headers'>[]): Parameters<typeof readTail>[0] {
  const stored = records.map(({ headers }, offset) => ({ key: null, value: null, headers, offset, appendedAtMs: 0 }));
  return {
    lanes: 1,
    bounds: async () => ({ start: 0, end: stored.length }),
    read: async (_topic, _lane, from, limit) => stored.slice(from, from + limit),
    writer: () => Promise.reject(new Error('not used')),
    consume: () => Promise.reject(new Error('not used')),
  };
}
