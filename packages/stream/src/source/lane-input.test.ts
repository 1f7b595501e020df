import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { LaneConsumer, LogRecord } from '../ports/event-log.ts';
import { LaneInput } from './lane-input.ts';

const BOUNDS = { recordsMax: 4, bytesMax: 1_000 };

test('records left over from before a seek are ignored', () => {
  const { input } = inputAt(10);
  input.push(records(5, 8));
  expect([input.length, input.hasGap]).toEqual([0, false]);
  input.push(records(10, 12));
  expect([input.at(0)?.offset, input.at(1)?.offset, input.next]).toEqual([10, 11, 12]);
});

test('a skipped record is a gap, and nothing beyond it is taken', () => {
  const { input } = inputAt(10);
  input.push(records(11, 13));
  expect(input.hasGap).toBe(true);
  expect(input.length).toBe(0);
});

test('a reader that is sent back is a gap: the log was made anew', () => {
  const { input } = inputAt(10);
  input.push(records(10, 12));
  input.push(records(0, 3));
  expect([input.length, input.hasGap]).toEqual([2, true]);
});

test('a reader that is sent back before anything came is noticed before it gets to where it was', () => {
  for (const batches of [[records(0, 4), records(4, 10)], [records(0, 10)], [records(0, 12)]]) {
    const { input } = inputAt(10);
    for (const batch of batches) input.push(batch);
    expect(input.hasGap).toBe(true);
  }
});

test('a full input pauses, and resumes once half of it is used', () => {
  const { input, calls } = inputAt(0);
  input.push(records(0, 4));
  expect(calls).toEqual(['seek 0', 'pause']);
  input.shift(2);
  expect(calls).toEqual(['seek 0', 'pause']);
  input.shift(1);
  expect(calls).toEqual(['seek 0', 'pause', 'resume']);
});

test('bytes fill an input as records do', () => {
  const { input, calls } = inputAt(0);
  input.push([record(0, 1_000)]);
  expect(calls).toEqual(['seek 0', 'pause']);
});

test('a seek empties the input and reads on even if it was paused', () => {
  const { input, consumer, calls } = inputAt(0);
  input.push(records(0, 4));
  input.seek(consumer, 2);
  expect(calls).toEqual(['seek 0', 'pause', 'seek 2', 'resume']);
  expect([input.length, input.next, input.isPaused]).toEqual([0, 2, false]);
});

test('a record that was used is let go, however few there are', async () => {
  const { input } = inputAt(0);
  const alive = pushWatched(input, 3);
  input.shift(2);
  await nextTurn();
  collectGarbage();
  expect(alive.map((record) => record.deref()?.offset)).toEqual([undefined, undefined, 2]);
});

/** In a function of its own, which leaves no reference behind. */
function pushWatched(input: ReturnType<typeof inputAt>['input'], count: number): WeakRef<LogRecord>[] {
  const watched = records(0, count);
  input.push(watched);
  return watched.map((record) => new WeakRef(record));
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function inputAt(offset: number) {
  const calls: string[] = [];
  const consumer: LaneConsumer = {
    seek: (_topic, _lane, to) => void calls.push(`seek ${to}`),
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
    committed: async () => new Map(),
    commit: async () => undefined,
    close: async () => undefined,
  };
  const input = new LaneInput('orders', 0, consumer, BOUNDS, (arrived) => arrived);
  input.seek(consumer, offset);
  return { input, consumer, calls };
}

function records(from: number, end: number): LogRecord[] {
  return Array.from({ length: end - from }, (_, i) => record(from + i, 1));
}

function record(offset: number, bytes: number): LogRecord {
  return { offset, key: null, value: new Uint8Array(bytes), headers: {}, appendedAtMs: 0 };
}
