import { timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LogRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { placeFault } from './place-fault.ts';
import { TAIL_RECORDS_MIN } from './tail.ts';

const SET_BY_A_TOOL = { offset: 9_999, metadata: '' };

test.each([
  ['which has nothing of the topic', TAIL_RECORDS_MIN, [], /topic is as it was\. .* back to 5: nothing is lost\.$/],
  ['whose end has something of it', TAIL_RECORDS_MIN * 2, [TAIL_RECORDS_MIN], /as it was\. .* 8: nothing is lost\.$/],
  [
    'whose end has nothing of it',
    TAIL_RECORDS_MIN + 1,
    [0],
    /cannot be told, since none of the last 4000 .* back to 5\.$/,
  ],
])(
  'offsets that somebody set are held against the timeline, %s: only what it says is promised',
  async (_, end, own, words) => {
    const log = {
      bounds: async () => ({ start: 0, end }),
      read: async (_topic: string, _lane: number, from: number, limit: number) =>
        Array.from({ length: Math.min(limit, end - from) }, (_, i) => recordAt(from + i, own)),
    };
    const fault = await placeFault({ log, lane: 0, topic: 'orders' }, SET_BY_A_TOOL, { start: 5, end: 20 });
    expect(fault?.message).toMatch(words);
  },
);

function recordAt(offset: number, own: readonly number[]): LogRecord {
  const origin = own.includes(offset) ? ({ topic: 'orders', offset: 7 } as const) : null;
  const logTime = 0 as TimeMs;
  const headers = timelineHeaders({
    type: 'tick',
    origin,
    logTime,
    clock: 'live',
    eventId: null,
    rawAppendedAtMs: null,
  });
  return { offset, key: null, value: null, headers, appendedAtMs: 0 };
}
