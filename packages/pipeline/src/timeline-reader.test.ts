import { codecs, type TimelineHeaders, timelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { Fault, type LogRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { readScoreRecord } from './score-encoding.ts';
import { timelineReader } from './timeline-reader.ts';

const PARTS: TimelineHeaders = {
  type: 'policy',
  origin: { topic: 'control', offset: 1 },
  logTime: 5 as TimeMs,
  clock: 'live',
  eventId: null,
  rawAppendedAtMs: null,
};
const HEADERS = timelineHeaders(PARTS, undefined, 1);
const VALUE = codecs.marker.encode({ timelineOffset: 1, effectiveAt: 2 as TimeMs, foldVersion: null, epoch: null });

const readTimeline = (headers: Record<string, string>) => {
  const record = timelineReader.record(recordOf({ ...HEADERS, ...headers }));
  return record.type === 'policy' ? timelineReader.policy(record) : timelineReader.event(record);
};
const readChanges = (headers: Record<string, string>) =>
  readScoreRecord('rfm', { ...recordOf(headers), key: Buffer.from('c1') });

test.each<[string, () => unknown, string, RegExp]>([
  [
    'a type',
    () => readTimeline({ type: 'erasure' }),
    'unknown-schema',
    /found erasure\. A newer build wrote it: upgrade/,
  ],
  ['a schema', () => readTimeline({ schema: 'f'.repeat(16) }), 'unknown-schema', /newer build wrote it: upgrade/],
  [
    'a kind of change',
    () => readChanges({ type: 'look', schema: 'x' }),
    'unknown-schema',
    /found look\. A newer build/,
  ],
  ['a schema of changes', () => readChanges({ type: 'change', schema: 'x' }), 'unknown-schema', /newer build wrote it/],
  [
    'a type that is no word',
    () => readTimeline({ type: '<b>' }),
    'corrupt-record',
    /Something other than unify wrote there/,
  ],
  [
    'a format of the timeline',
    () => readTimeline({ head: '3 order live 5 - ffff orders:1 - - e' }),
    'unknown-schema',
    /found format 3\. A newer build wrote it: upgrade/,
  ],
  [
    'a type in one header',
    () => readTimeline({ head: '2 erasure live 5 - ffff orders:1 - - e' }),
    'unknown-schema',
    /found erasure\. A newer build wrote it: upgrade/,
  ],
  [
    'a schema in one header',
    () => readTimeline(timelineHeaders(PARTS, 'f'.repeat(16))),
    'unknown-schema',
    /newer build wrote it: upgrade/,
  ],
  [
    'one header that is none',
    () => readTimeline({ head: '2 order' }),
    'corrupt-record',
    /Something other than unify wrote there/,
  ],
  ['no type', () => readChanges({ schema: 'x' }), 'corrupt-record', /Something else wrote there/],
  ['bytes of another record', () => readTimeline({}), 'corrupt-record', /Something other than unify wrote there/],
])('%s that this build does not have is a fault that says where, and what to do', (_what, read, code, says) => {
  let fault: unknown;
  try {
    read();
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(Fault);
  expect(fault).toMatchObject({ code, message: expect.stringMatching(says) });
  expect((fault as Fault).message).toMatch(/^(timeline|changes of rfm), offset 7: /);
});

function recordOf(headers: Record<string, string>): LogRecord {
  return { offset: 7, key: null, value: VALUE, headers, appendedAtMs: 0 };
}

test('a record is the same whichever format says what it is, so that tokens and places are, too', () => {
  const read = ([1, 2] as const).map((format) => {
    const { source: _, ...record } = timelineReader.record(recordOf(timelineHeaders(PARTS, undefined, format)));
    return record;
  });
  expect(read[1]).toEqual(read[0]);
  expect(read[0]).toMatchObject({ originText: 'control:1', logTime: 5, clock: 'live' });
});
