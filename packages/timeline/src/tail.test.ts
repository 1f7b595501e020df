import { encodeTimeline, type TimelineOrderRecord, timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LogRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { DedupWindow, type EventKeys, eventKeysOf } from './dedup-window.ts';
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

test('a tail is the window that its writer had: ids and what orders said, in order, to the bound', async () => {
  const records = Array.from({ length: 3 * TAIL_RECORDS_MIN }, (_, i) => order(i, (NOON + i * 500) as TimeMs));
  // A repeat of the first, which an owner of before sends late: it says nothing new, and does not end the window.
  records.push({ ...(records[0] as (typeof records)[number]) });
  const { window, logTime } = await readTail(logOf(records), 0);
  expect(logTime).toBe(NOON + (3 * TAIL_RECORDS_MIN - 1) * 500);
  const writers = new DedupWindow();
  for (let i = 0; i < 3 * TAIL_RECORDS_MIN; i++)
    writers.add(keysOf(i, `e${i}`), (NOON + i * 500) as TimeMs, i % 4 === 0);
  expect(window.reachesBackTo).toBe(writers.reachesBackTo);
  const known = (tested: DedupWindow, eventId: (i: number) => string) =>
    records.slice(1).map((_, i) => tested.has(keysOf(i, eventId(i)), logTime));
  expect(known(window, (i) => `e${i}`)).toEqual(known(writers, (i) => `e${i}`));
  // Under other eventIds what the orders said tells.
  expect(known(window, (i) => `other-${i}`)).toEqual(known(writers, (i) => `e${i}`));
  expect(window.has(keysOf(0, 'e0'), logTime)).toBe(false);
});

test('a timeline without records has no clock', async () => {
  const tail = await readTail(logOf([]), 0);
  expect([tail.clock, tail.logTime, tail.end, tail.policyAt]).toEqual([null, 0, 0, null]);
});

test.each([
  ['type', { type: 'erasure' }, / order /, ' erasure '],
  ['schema', { schema: 'f'.repeat(16) }, /[0-9a-f]{16}/, 'f'.repeat(16)],
  ['format', { head: '3' }, /^2 /, '3 '],
])('a record of a newer build, by its %s, is a fault that says so', async (_what, changed, part, other) => {
  const [packed, record] = [order(0, NOON), order(1, NOON)];
  const head = (packed.headers['head'] ?? '').replace(part, other);
  await expect(readTail(logOf([{ ...packed, headers: { head } }]), 0)).rejects.toMatchObject({
    code: 'unknown-schema',
  });
  const log = logOf([{ ...record, headers: { ...record.headers, ...changed } }]);
  await expect(readTail(log, 0)).rejects.toMatchObject({ name: 'Fault', code: 'unknown-schema' });
  await expect(readTail(log, 0)).rejects.toThrow(/lane 0: offset 0 of timeline: .*newer build wrote it: upgrade/);
});

function order(i: number, logTime: TimeMs): Pick<LogRecord, 'headers' | 'key' | 'value'> {
  const data = orderOf(i, `e${i}`);
  const origin = { topic: 'orders', offset: i } as const;
  const isHeld = i % 4 === 0 || undefined;
  const parts = { type: 'order', origin, clock: 'live', eventId: data.eventId, rawAppendedAtMs: 0 } as const;
  const headers = { ...parts, isHeld };
  return {
    key: Buffer.from('ada'),
    value: encodeTimeline({ type: 'order', data }),
    // Every second one as it was written before.
    headers: timelineHeaders({ ...headers, logTime }, undefined, i % 2 === 0 ? 2 : 1),
  };
}

function keysOf(i: number, eventId: string): EventKeys {
  return eventKeysOf('orders', 'ada', eventId, orderOf(i, eventId));
}

function orderOf(i: number, eventId: string): TimelineOrderRecord {
  const rest = { refundId: null, amountMinor: 1, currency: 'USD', rate: '1', items: [], marginMinor: null };
  return { eventId, occurredAt: NOON, orderId: `o${i}`, status: 'paid', ...rest };
}

function tick(clock: 'event' | 'live', logTime: number, offset: number): Pick<LogRecord, 'headers'> {
  const origin = { topic: 'orders', offset } as const;
  const times = { logTime: logTime as TimeMs, rawAppendedAtMs: null };
  return { headers: timelineHeaders({ type: 'tick', origin, clock, eventId: null, ...times }) };
}

function logOf(records: readonly (Pick<LogRecord, 'headers'> & Partial<LogRecord>)[]): Parameters<typeof readTail>[0] {
  const stored = records.map((record, offset) => ({ key: null, value: null, ...record, offset, appendedAtMs: 0 }));
  return {
    lanes: 1,
    bounds: async () => ({ start: 0, end: stored.length }),
    read: async (_topic, _lane, from, limit) => stored.slice(from, from + limit),
    writer: () => Promise.reject(new Error('not used')),
    consume: () => Promise.reject(new Error('not used')),
  };
}
