import type { CustomerId, TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { Fault } from '../errors.ts';
import { initialMeta } from '../lane/lane-meta.ts';
import type { LaneConsumer, LogRecord } from '../ports/event-log.ts';
import type { TimelineReader } from '../timeline-record.ts';
import { JoinedSource, type ScoreRecord } from './joined-source.ts';

const BOUNDS = { recordsMax: 100, bytesMax: 100_000 };

test('progress releases the records up to its offset, with the changes that came before it', () => {
  const { source, push } = joined();
  push([change(1, 0), progress(1, 1)]);
  expect(source.ready(10).map(({ record, changes }) => [record.offset, changes.length])).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('progress that counts a change which is not there stops the join before anything is decided without it', () => {
  const { source, push } = joined();
  push([change(1, 0), progress(1, 2)]);
  expect(codeOf(() => source.ready(10))).toBe('output-skipped');
});

test('progress of an owner that is behind, or of a build that does not count, is taken as it is', () => {
  const { source, push } = joined();
  push([change(1, 0), change(2, 0), progress(1, 1), progress(2, null)]);
  expect(source.ready(10).length).toBe(3);
});

test('a change number that is skipped stops the join', () => {
  const { source, push } = joined();
  push([change(1, 0), change(3, 1)]);
  expect(codeOf(() => source.ready(10))).toBe('output-skipped');
});

function joined() {
  const consumer: LaneConsumer = {
    seek: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    committed: async () => new Map(),
    commit: async () => undefined,
    close: async () => undefined,
  };
  const contents: ScoreRecord[] = [];
  const source = new JoinedSource(
    'timeline',
    new Map([['rfm-changes', 'rfm']]),
    0,
    consumer,
    BOUNDS,
    { record: ({ offset }: LogRecord) => ({ offset }) } as TimelineReader,
    (_score, { offset }) => contents[offset] as ScoreRecord,
  );
  source.place(consumer, initialMeta(1), new Map());
  source.push('timeline', [recordAt(0), recordAt(1), recordAt(2)]);
  const push = (added: readonly ScoreRecord[]) => {
    const from = contents.length;
    contents.push(...added);
    source.push(
      'rfm-changes',
      added.map((_, i) => recordAt(from + i)),
    );
  };
  return { source, push };
}

function change(number: number, timelineOffset: number): ScoreRecord {
  const cause = { kind: 'event', origin: null, eventId: null } as const;
  const of = { score: 'rfm', customerId: 'c1' as CustomerId, effectiveAt: 0 as TimeMs, to: null, cause };
  return { kind: 'change', change: { ...of, number, timelineOffset } };
}

function progress(timelineOffset: number, number: number | null): ScoreRecord {
  return { kind: 'progress', timelineOffset, number };
}

function recordAt(offset: number): LogRecord {
  return { offset, key: null, value: null, headers: {}, appendedAtMs: 0 };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return 'none';
}
