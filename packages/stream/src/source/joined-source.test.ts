import type { CustomerId, TimeMs } from '@tidemark/domain';
import { describe, expect, test } from 'vitest';
import { Fault } from '../errors.ts';
import { initialMeta, type PolicyMeta } from '../lane/lane-meta.ts';
import type { LaneConsumer, LogRecord } from '../ports/event-log.ts';
import type { TimelineReader } from '../timeline-record.ts';
import { JoinedSource, type Joins } from './joined-source.ts';
import type { ScoreRecord } from './score-input.ts';

const BOUNDS = { recordsMax: 100, bytesMax: 100_000 };
const UNDECODABLE = new Fault('undecodable-batch', 'expected a batch that can be decoded, found another');

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

test('a marker between changes is passed over by the join', () => {
  const { source, push } = joined();
  push([change(1, 0), marker(0), change(2, 1), marker(0), progress(1, 2)]);
  expect(source.ready(10).map(({ record, changes }) => [record.offset, changes.length])).toEqual([
    [0, 1],
    [1, 1],
  ]);
  source.folded({ offset: 1, cursor: null }, 2);
  expect(source.hints({ offset: 1, cursor: null })).toEqual({ 'rfm-changes': { offset: 5, number: 2, version: 0 } });
});

test('behind the marker of a version the join drops what lower ones still send, their progress too', () => {
  const { source, push } = joined();
  push([change(1, 0), marker(3), change(2, 1, 'c1'), progress(2, 2)]);
  expect(source.ready(10)).toEqual([]);
  push([change(2, 1, 'c2', 3), progress(1, 2, 3)]);
  const ready = source.ready(10).map(({ changes }) => changes.map(({ customerId }) => customerId));
  expect(ready).toEqual([['c1'], ['c2']]);
});

test('a place in a change topic has the version in force there: before a marker the one before it', () => {
  const { source, push } = joined();
  push([change(1, 0), marker(3), change(2, 1, 'c2', 3), progress(1, 2, 3)]);
  const atStart = { offset: -1, cursor: null };
  expect(source.hints(atStart)).toEqual({ 'rfm-changes': { offset: 0, number: 0, version: 0 } });
  expect(source.hints({ offset: 0, cursor: null })).toEqual({ 'rfm-changes': { offset: 2, number: 1, version: 3 } });
});

test('whom changes concern is known before their record is ready, and no more of them than asked for', () => {
  const { source, push } = joined();
  expect([...source.coming(10)]).toEqual([]);
  push([change(1, 0, 'c1'), progress(0, 1), change(2, 1, 'c2'), change(3, 1, 'c3'), change(4, 2, 'c2')]);
  expect(source.ready(10).map(({ record }) => record.offset)).toEqual([0, 1]);
  expect([...source.coming(10)]).toEqual(['c2']);
});

test('a change is worth a look although its record has to wait; progress that nothing waits for is not', () => {
  const { source, push } = joined('behaviour-changes');
  expect(push([change(1, 0, 'c1')])).toBe(true);
  expect(source.ready(10)).toEqual([]);
  expect([...source.coming(10)]).toEqual(['c1']);
  expect(push([progress(0, 1)])).toBe(false);
});

test('a timeline that cannot be read on stops the join once all before that is used, however late a score is', () => {
  const { source, push } = joined();
  source.block('timeline', UNDECODABLE);
  expect(source.fault).toBeNull();
  push([progress(1, 0)]);
  expect(source.ready(10).length).toBe(2);
  source.folded({ offset: 1, cursor: null }, 2);
  expect(source.fault).toBeNull();
  expect(push([progress(2, 0)])).toBe(true);
  source.folded({ offset: 2, cursor: null }, 1);
  expect(source.fault).toBe(UNDECODABLE);
});

test('a score that cannot be read on stops the join at the first record beyond what it has said, and is seen there', () => {
  const { source, push } = joined();
  push([progress(2, 0)]);
  source.block('rfm-changes', UNDECODABLE);
  expect(source.fault).toBeNull();
  expect(source.ready(10).length).toBe(3);
  source.folded({ offset: 2, cursor: null }, 3);
  expect(source.fault).toBeNull();
  expect(source.push('timeline', [recordAt(3)])).toBe(true);
  expect(source.fault).toBe(UNDECODABLE);
});

describe('a score that is off', () => {
  test('is not waited for, its topic is not read, and no place of it is saved', () => {
    const { source, pushTo, read } = switching();
    expect([...read]).toEqual(['timeline', 'rfm-changes']);
    expect(source.waitsFor()).toEqual(['rfm-changes']);
    expect(pushTo('rfm-changes', 0, [change(1, 0), progress(0, 1)])).toBe(true);
    expect(source.ready(10).map(({ record, changes }) => [record.offset, changes.length])).toEqual([[0, 1]]);
    expect(Object.keys(source.hints({ offset: 0, cursor: null }))).toEqual(['rfm-changes']);
  });

  test('is waited for from the policy on that switches it on, that record included, with all that it has told', () => {
    const { source, pushTo, read } = switching();
    pushTo('rfm-changes', 0, [progress(2, 0)]);
    source.folded({ offset: 0, cursor: null }, source.ready(10).length);
    expect([...read]).toEqual(['timeline', 'rfm-changes', 'visits-changes']);
    expect([source.waitsFor(), source.ready(10)]).toEqual([['visits-changes'], []]);
    expect(pushTo('visits-changes', 0, [progress(0, 0), change(1, 1), progress(1, 1)])).toBe(true);
    expect(source.ready(10).map(({ record, changes }) => [record.offset, changes.length])).toEqual([[1, 1]]);
    source.folded({ offset: 1, cursor: null }, 1);
    expect(source.waitsFor()).toEqual(['visits-changes']);
    expect(Object.keys(source.hints({ offset: 1, cursor: null }))).toEqual(['rfm-changes', 'visits-changes']);
  });

  test('is read from its beginning once it is on: what came of it meanwhile was not taken, and is no gap', () => {
    const { source, pushTo, seeks } = switching();
    pushTo('visits-changes', 0, [progress(0, 0)]);
    pushTo('rfm-changes', 0, [progress(2, 0)]);
    seeks.splice(0);
    source.folded({ offset: 0, cursor: null }, source.ready(10).length);
    expect(seeks).toEqual(['visits-changes:0']);
    pushTo('visits-changes', 0, [progress(0, 0), progress(2, 0)]);
    expect(source.hasGap).toBe(false);
    expect(source.ready(10).map(({ record }) => record.offset)).toEqual([1, 2]);
  });

  test('is on from the start where the policy in force has switched it on', () => {
    const { source } = switching({ number: 1, document: 'on' });
    expect(source.waitsFor()).toEqual(['rfm-changes', 'visits-changes']);
  });
});

/** A timeline of an event, a policy that switches visits on, and another event. */
function switching(policy: PolicyMeta | null = null) {
  const read = new Set<string>();
  const seeks: string[] = [];
  const consumer: LaneConsumer = {
    seek(topic, _lane, offset) {
      read.add(topic);
      seeks.push(`${topic}:${offset}`);
    },
    pause: (topic) => void read.delete(topic),
    resume: (topic) => void read.add(topic),
    committed: async () => new Map(),
    commit: async () => undefined,
    close: async () => undefined,
  };
  const contents = new Map<LogRecord, ScoreRecord>();
  const joins: Joins = {
    scores: new Map([
      ['rfm-changes', 'rfm'],
      ['visits-changes', 'visits'],
    ]),
    reader: (_score, record) => contents.get(record) as ScoreRecord,
    toldTopics: new Map(),
    isOn: (score, inForce) => score === 'rfm' || inForce?.name === 'on',
  };
  const reader = {
    record: ({ offset }: LogRecord) => ({ offset, type: offset === 1 ? 'policy' : 'tick' }),
    policy: () => ({ policy: { name: 'on' } }),
    policyOf: (name: string) => ({ name }),
  } as unknown as TimelineReader;
  const source = new JoinedSource('timeline', joins, 0, consumer, BOUNDS, reader);
  source.seek(consumer, { ...initialMeta(1), policy }, new Map());
  source.push('timeline', [recordAt(0), recordAt(1), recordAt(2)]);
  const pushTo = (topic: string, from: number, added: readonly ScoreRecord[]) => {
    const records = added.map((_, i) => recordAt(from + i));
    for (const [i, record] of records.entries()) contents.set(record, added[i] as ScoreRecord);
    return source.push(topic, records);
  };
  return { source, pushTo, read, seeks };
}

function joined(...others: readonly string[]) {
  const consumer: LaneConsumer = {
    seek: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    committed: async () => new Map(),
    commit: async () => undefined,
    close: async () => undefined,
  };
  const contents: ScoreRecord[] = [];
  const joins: Joins = {
    scores: new Map([['rfm-changes', 'rfm'], ...others.map((topic): [string, string] => [topic, topic])]),
    reader: (_score, { offset }) => contents[offset] as ScoreRecord,
    toldTopics: new Map(),
    isOn: () => true,
  };
  const reader = { record: ({ offset }: LogRecord) => ({ offset }) } as TimelineReader;
  const source = new JoinedSource('timeline', joins, 0, consumer, BOUNDS, reader);
  source.seek(consumer, initialMeta(1), new Map());
  source.push('timeline', [recordAt(0), recordAt(1), recordAt(2)]);
  const push = (added: readonly ScoreRecord[]) => {
    const from = contents.length;
    contents.push(...added);
    return source.push(
      'rfm-changes',
      added.map((_, i) => recordAt(from + i)),
    );
  };
  return { source, push };
}

function change(number: number, timelineOffset: number, customerId = 'c1', version = 2): ScoreRecord {
  const cause = { kind: 'event', origin: null, eventId: null } as const;
  const of = { score: 'rfm', customerId: customerId as CustomerId, effectiveAt: 0 as TimeMs, to: null, cause };
  return { kind: 'change', version, change: { ...of, number, timelineOffset } };
}

function progress(timelineOffset: number, number: number | null, version = 2): ScoreRecord {
  return { kind: 'progress', version, timelineOffset, number };
}

function marker(version: number): ScoreRecord {
  return { kind: 'marker', version };
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
