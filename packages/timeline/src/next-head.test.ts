import {
  createRawDecoder,
  embeddedSchemaIds,
  encodePolicy,
  encodeRaw,
  RAW_TOPICS,
  type RawTopic,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LaneConsumer, LogRecord } from '@tidemark/stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextMerged } from './next-head.ts';
import { type RawHead, RawInput } from './raw-input.ts';

test('the merge is the same however the topics arrive, and in order of time, punctuations first, then topic', () => {
  fc.assert(
    fc.property(contents(), fc.array(fc.nat(4), { minLength: 200, maxLength: 200 }), (topics, arrivals) => {
      const atOnce = merge(topics, []);
      expect(merge(topics, arrivals)).toEqual(atOnce);
      expect(atOnce).toEqual([...atOnce].sort(byTimeKindTopic));
      expect(atOnce).toHaveLength(topics.flat().length);
    }),
  );
});

test('an input that has nothing and has promised nothing holds up the merge', () => {
  expect(merge([[], [at(0, 'punctuation'), at(5)], [], [], []], [])).toEqual([]);
});

test('the switch to the live clock comes after the last punctuations of its time, and waits for nothing more', () => {
  const last = [at(5, 'punctuation'), at(9, 'punctuation')];
  const ofEvents = RAW_TOPICS.slice(0, -1).map(() => last);
  const merged = merge([...ofEvents, [at(5, 'punctuation'), at(9, 'switch')]], []);
  expect(merged).toHaveLength(2 * RAW_TOPICS.length);
  expect(merged.at(-1)).toEqual({ time: 9, kind: 'switch', topic: 'control' });
});

interface Entry {
  readonly time: number;
  readonly kind: 'punctuation' | 'event' | 'switch';
}

type Merged = Entry & { readonly topic: RawTopic };

const DAY = 10;
const consumer: LaneConsumer = {
  seek: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  committed: async () => new Map(),
  commit: async () => undefined,
  close: async () => undefined,
};

/** Per topic three days, each begun by a punctuation, and a last punctuation for all. */
function contents(): fc.Arbitrary<Entry[][]> {
  const day = fc.array(fc.nat(DAY - 1), { maxLength: 4 }).map((times) => times.sort((a, b) => a - b));
  const topic = fc
    .tuple(day, day, day)
    .map((days) => [
      ...days.flatMap((times, d) => [at(d * DAY, 'punctuation'), ...times.map((time) => at(d * DAY + time))]),
      at(3 * DAY, 'punctuation'),
    ]);
  return fc.array(topic, { minLength: RAW_TOPICS.length, maxLength: RAW_TOPICS.length });
}

function at(time: number, kind: Entry['kind'] = 'event'): Entry {
  return { time, kind };
}

/** Feeds the inputs record by record in the drawn order, then the rest, taking what may be taken after each. */
function merge(topics: readonly (readonly Entry[])[], arrivals: readonly number[]): Merged[] {
  const decoder = createRawDecoder(embeddedSchemaIds);
  const inputs = RAW_TOPICS.map(
    (topic) => new RawInput(topic, 0, consumer, { recordsMax: 1e9, bytesMax: 1e9 }, decoder),
  );
  for (const input of inputs) input.seek(consumer, 0, null);
  const given = topics.map(() => 0);
  const merged: Merged[] = [];
  const give = (topic: number, count: number) => {
    const from = given[topic] ?? 0;
    const entries = (topics[topic] ?? []).slice(from, from + count);
    given[topic] = from + entries.length;
    inputs[topic]?.push(entries.map((entry, i) => recordOf(entry, from + i)));
    takeAll(inputs, merged);
  };
  for (const topic of arrivals) give(topic, 1);
  for (const topic of topics.keys()) give(topic, 1_000);
  return merged;
}

function takeAll(inputs: readonly RawInput[], merged: Merged[]): void {
  for (let next = nextMerged(inputs); next !== null; next = nextMerged(inputs)) {
    if (next instanceof Promise) throw new Error('embedded schemas are known at once');
    const { input, head } = next;
    merged.push({ time: head.key.time, kind: kindOf(head), topic: input.topic });
    input.take(head);
  }
}

function kindOf({ outcome }: RawHead): Entry['kind'] {
  if (!outcome.ok || outcome.recordType === 'policy') return 'event';
  return outcome.recordType === 'punctuation' ? 'punctuation' : 'switch';
}

function recordOf({ time, kind }: Entry, offset: number): LogRecord {
  const instant = time as TimeMs;
  const values = {
    punctuation: () =>
      encodeRaw('punctuation', id('punctuation'), { time: instant, until: (time + DAY - 1) as TimeMs }),
    switch: () => encodeRaw('live-switch', id('live-switch'), { number: 1, time: instant }),
    event: () => encodePolicy(embeddedSchemaIds, { number: 1, hash: '', format: 1, document: '' }, instant),
  };
  return { offset, key: null, value: values[kind](), headers: {}, appendedAtMs: 0 };
}

function id(recordType: 'punctuation' | 'live-switch'): number {
  return embeddedSchemaIds.idOf(recordType) ?? 0;
}

function byTimeKindTopic(a: Merged, b: Merged): number {
  const kind = (entry: Entry) => (entry.kind === 'punctuation' ? 0 : 1);
  return a.time - b.time || kind(a) - kind(b) || RAW_TOPICS.indexOf(a.topic) - RAW_TOPICS.indexOf(b.topic);
}
