import {
  codecs,
  HEADER,
  type OrderEventRecord,
  type RawRecord,
  type RawTopic,
  readTimelineHeaders,
  timelineFormatOf,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { defaultPolicy, type PolicyDocument, policyDocument } from '@tidemark/policy';
import type { LaneConsumer, LogRecord } from '@tidemark/stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { UnifyBatch } from './batch.ts';
import { DEDUP_WINDOW_MS } from './dedup-window.ts';
import { LaneTimeline } from './lane-timeline.ts';
import { FUTURE_MAX_MS, RawInput } from './raw-input.ts';

const NOW = Date.UTC(2026, 5, 1) as TimeMs;
const DAY = 86_400_000;
const POLICY = policyDocument(defaultPolicy());
const RECORD_BYTES_MAX = 1_000;

let timeline: LaneTimeline;
let offset: number;

beforeEach(() => {
  timeline = new LaneTimeline(0, 1, RECORD_BYTES_MAX);
  offset = 0;
});

describe('on the live clock', () => {
  beforeEach(() => {
    timeline.clock = 'live';
    take('control', policyRecord(1), NOW);
  });

  test('log time is the wall clock, and never goes back when that does', () => {
    expect(logTimesOf(take('interactions', interaction('a', NOW), (NOW + 50) as TimeMs))).toEqual([NOW + 50]);
    expect(logTimesOf(take('interactions', interaction('b', NOW), (NOW - 9_999) as TimeMs))).toEqual([NOW + 50]);
  });

  test('an event more than five minutes ahead is refused, one exactly that far is not', () => {
    expect(reasonsOf(take('interactions', interaction('a', NOW + FUTURE_MAX_MS + 1), NOW))).toEqual(['future']);
    expect(reasonsOf(take('interactions', interaction('b', NOW + FUTURE_MAX_MS), NOW))).toEqual([]);
  });

  test('a repeated eventId is dropped without a trace but the count', () => {
    take('interactions', interaction('a', NOW), NOW);
    const batch = take('interactions', interaction('a', NOW), NOW);
    expect([batch.timeline.length, batch.deadLetters.length, batch.duplicates]).toEqual([0, 0, 1]);
  });

  test('an eventId of another customer, of another topic or of an hour ago hides nothing', () => {
    take('interactions', interaction('a', NOW), NOW);
    const later = (NOW + DEDUP_WINDOW_MS + 1_000) as TimeMs;
    expect(take('interactions', interaction('a', NOW, 'c2'), NOW).events).toBe(1);
    expect(take('orders', order({ eventId: 'a' }), NOW).events).toBe(1);
    expect(take('interactions', interaction('a', NOW), later).events).toBe(1);
  });

  test('an order’s event that says the same under another eventId is a repeat, and says anything else is none', () => {
    take('orders', order({ eventId: 'a' }), NOW);
    expect(take('orders', order({ eventId: 'b' }), NOW)).toMatchObject({ events: 0, duplicates: 1 });
    expect(take('orders', order({ eventId: 'c', amountMinor: 1_001 }), NOW).events).toBe(1);
    expect(take('orders', order({ eventId: 'd', occurredAt: (NOW + 1) as TimeMs }), NOW).events).toBe(1);
    const part = { status: 'PARTIALLY_REFUNDED', amountMinor: 500 } as const;
    expect(take('orders', order({ ...part, eventId: 'e' }), NOW).events).toBe(1);
    expect(take('orders', order({ ...part, eventId: 'f' }), NOW).events).toBe(1);
    expect(take('orders', order({ ...part, eventId: 'f' }), NOW).duplicates).toBe(1);
  });

  test('a record on another lane than Kafka’s partitioner gives for its key is refused, and takes nothing with it', () => {
    // Kafka's murmur2 gives lane 2 of 3 for the key c1.
    const lanes = [0, 1, 2].map((lane) => {
      timeline = new LaneTimeline(lane, 3, RECORD_BYTES_MAX);
      timeline.clock = 'live';
      take('control', policyRecord(1), NOW);
      return take('interactions', interaction('a', NOW), NOW);
    });
    expect(lanes.map((batch) => [batch.events, ...reasonsOf(batch)])).toEqual([
      [0, 'wrong-lane'],
      [0, 'wrong-lane'],
      [1],
    ]);
  });

  test('a refused event does not take its eventId with it', () => {
    take('interactions', { ...interaction('a', NOW), value: { ...interaction('a', NOW).value, action: '' } }, NOW);
    expect(take('interactions', interaction('a', NOW), NOW).events).toBe(1);
  });

  test('punctuations and a second switch are refused', () => {
    expect(reasonsOf(take('orders', punctuation(NOW), NOW))).toEqual(['unexpected-type']);
    expect(reasonsOf(take('control', liveSwitch(), NOW))).toEqual(['unexpected-type']);
  });
});

describe('on the event clock', () => {
  beforeEach(() => {
    timeline.clock = 'event';
  });

  test('the first policy precedes everything: its own time does not move the clock', () => {
    expect(logTimesOf(take('control', policyRecord(1), NOW, NOW))).toEqual([0]);
  });

  test('a punctuation is a tick where it moves the clock, and nothing where it does not', () => {
    take('control', policyRecord(1), NOW);
    const batch = take('orders', punctuation(5 * DAY), NOW, 5 * DAY);
    expect(batch.timeline.map(({ headers }) => readTimelineHeaders(headers).type)).toEqual(['tick']);
    expect(take('interactions', punctuation(5 * DAY), NOW, 5 * DAY).timeline).toEqual([]);
  });

  test('going live sets no clock ahead of now, whatever time the switch says; one that is ahead already stays', () => {
    take('control', policyRecord(1), NOW);
    expect(logTimesOf(take('control', liveSwitch(), NOW, NOW + DAY))).toEqual([NOW]);
    timeline = new LaneTimeline(0, 1, RECORD_BYTES_MAX);
    timeline.clock = 'event';
    take('control', policyRecord(1), NOW);
    take('orders', punctuation(NOW + DAY), NOW, NOW + DAY);
    expect(logTimesOf(take('control', liveSwitch(), NOW, NOW + DAY))).toEqual([NOW + DAY]);
  });

  test('a switch brings the live clock, once', () => {
    take('control', policyRecord(1), NOW);
    const batch = take('control', liveSwitch(), NOW, 7 * DAY);
    expect(readTimelineHeaders(batch.timeline[0]?.headers ?? {})).toMatchObject({ type: 'live-switch', clock: 'live' });
    expect(timeline.clock).toBe('live');
  });
});

describe('a policy', () => {
  beforeEach(() => {
    timeline.clock = 'live';
    take('control', policyRecord(5), NOW);
  });

  test('takes effect only with a greater number', () => {
    expect(take('control', policyRecord(5), NOW)).toMatchObject({ timeline: [], deadLetters: [], duplicates: 1 });
    expect(take('control', policyRecord(4), NOW)).toMatchObject({ timeline: [], deadLetters: [], duplicates: 1 });
    expect(take('control', policyRecord(6), NOW).timeline).toHaveLength(1);
    expect(timeline.policy?.number).toBe(6);
  });

  test.each<[string, Partial<PolicyDocument>]>([
    ['that is no policy', { document: '{}' }],
    ['whose hash is not its own', { hash: '0'.repeat(64) }],
    ['of a later format', { format: 3 }],
    ['of another base currency', policyDocument({ ...defaultPolicy(), currency: { base: 'EUR', rates: {} } })],
  ])('%s is refused, and the one in force stays', (_what, changes) => {
    expect(reasonsOf(take('control', policyRecord(6, { ...POLICY, ...changes }), NOW))).toEqual(['invalid-policy']);
    expect(timeline.policy?.number).toBe(5);
  });

  test('without the section of a facet that is on is refused, and the one in force stays', () => {
    const on = policyDocument({ ...defaultPolicy(), visits: { windowDays: 30, bands: { some: 5, many: 20 } } });
    expect(take('control', policyRecord(6, on), NOW).timeline).toHaveLength(1);
    expect(reasonsOf(take('control', policyRecord(7), NOW))).toEqual(['invalid-policy']);
    expect(timeline.policy?.number).toBe(6);
    expect(take('control', policyRecord(8, on), NOW).timeline).toHaveLength(1);
  });

  test('that the timeline holds is taken again as it is, though it would not be applied today', () => {
    const policy = { ...defaultPolicy(), behaviour: { ...defaultPolicy().behaviour, halfLifeDays: 1e9 } };
    expect(reasonsOf(take('control', policyRecord(6, policyDocument(policy)), NOW))).toEqual(['invalid-policy']);
    const at = new Map([['control', offset] as const]);
    timeline.resume(at, at, new Set([offset]));
    expect(take('control', policyRecord(6, policyDocument(policy)), NOW).timeline).toHaveLength(1);
    expect(timeline.policy?.policy.behaviour.halfLifeDays).toBe(1e9);
  });

  test('that names versions of folds has them on the timeline, too', () => {
    const [record] = take('control', policyRecord(6, POLICY, { rfm: 3 }), NOW).timeline;
    const policy = codecs['timeline-policy'].decode(
      record?.value ?? new Uint8Array(),
      readTimelineHeaders(record?.headers ?? {}).schema ?? '',
    );
    expect(policy.versions).toEqual({ rfm: 3 });
  });

  test('is refused in few words, whatever its names', () => {
    const rates = { [`${'x'.repeat(72)}${'\u{1f600}'.repeat(99)}`]: 1 };
    const document = JSON.stringify({ ...defaultPolicy(), currency: { base: 'USD', rates } });
    const { value, headers } = take('control', policyRecord(6, { ...POLICY, document }), NOW).deadLetters[0] ?? {};
    const { detail } = codecs['dead-letter'].decode(value ?? new Uint8Array(), headers?.[HEADER.schema] ?? '');
    expect(detail).toContain('currency.rates["xx');
    expect(detail.length).toBeLessThan(300);
  });

  test('outside control is refused', () => {
    expect(reasonsOf(take('orders', policyRecord(6), NOW))).toEqual(['unexpected-type']);
  });
});

describe('a cutover', () => {
  test('is passed on, behind a tick of the same time, whatever fold and version it names', () => {
    timeline.clock = 'live';
    take('control', policyRecord(1), NOW);
    const later = (NOW + DAY) as TimeMs;
    const batch = take('control', cutover('a-later-fold', 9), later);
    expect(batch.timeline.map(({ headers }) => readTimelineHeaders(headers).type)).toEqual(['tick', 'cutover']);
    expect(logTimesOf(batch)).toEqual([later, later]);
    expect(timeline.logTime).toBe(later);
  });

  test('on the event clock has its own time', () => {
    timeline.clock = 'event';
    take('control', policyRecord(1), NOW);
    expect(logTimesOf(take('control', cutover('rfm', 3), NOW, 5 * DAY))).toEqual([5 * DAY, 5 * DAY]);
  });

  test('before the first policy, or outside control, is refused', () => {
    timeline.clock = 'live';
    expect(reasonsOf(take('control', cutover('rfm', 3), NOW))).toEqual(['unexpected-type']);
    take('control', policyRecord(1), NOW);
    expect(reasonsOf(take('orders', cutover('rfm', 3), NOW))).toEqual(['unexpected-type']);
  });
});

describe('a format', () => {
  beforeEach(() => {
    timeline.clock = 'live';
    timeline.format = 1;
    take('control', policyRecord(1), NOW);
  });

  test('is the last record in the format of before; all behind it are in its own', () => {
    const batches = [take('interactions', interaction('a', NOW), NOW), take('control', format(2), (NOW + 5) as TimeMs)];
    batches.push(take('interactions', interaction('b', NOW), NOW));
    expect(batches.map(formatsOf)).toEqual([[1], [1], [2]]);
    const [said] = batches[1]?.timeline ?? [];
    expect(readTimelineHeaders(said?.headers ?? {})).toMatchObject({ type: 'format', logTime: NOW + 5 });
    expect(timeline.logTime).toBe(NOW + 5);
  });

  test('that the lane has already is a repeat', () => {
    take('control', format(2), NOW);
    expect(take('control', format(2), NOW)).toMatchObject({ timeline: [], deadLetters: [], duplicates: 1 });
    expect(take('control', format(1), NOW)).toMatchObject({ timeline: [], deadLetters: [], duplicates: 1 });
  });

  test('of a later build, or none, is refused: nothing is written that this one does not know', () => {
    for (const number of [3, 0, -1])
      expect(reasonsOf(take('control', format(number), NOW))).toEqual(['unexpected-type']);
    expect(formatsOf(take('interactions', interaction('a', NOW), NOW))).toEqual([1]);
  });

  test('before the first policy, or outside control, is refused', () => {
    expect(reasonsOf(take('orders', format(2), NOW))).toEqual(['unexpected-type']);
    timeline = new LaneTimeline(0, 1, RECORD_BYTES_MAX);
    timeline.clock = 'live';
    timeline.format = 1;
    expect(reasonsOf(take('control', format(2), NOW))).toEqual(['unexpected-type']);
  });
});

describe('a held id', () => {
  const flagsOf = (batch: UnifyBatch) => batch.timeline.map(({ headers }) => readTimelineHeaders(headers).isHeld);

  test('is marked on its events, and a customer’s are not', () => {
    timeline.clock = 'live';
    take('control', policyRecord(1), NOW);
    const batches = ['anon:1', 'anonym', 'ANON:1'].map((id) => take('interactions', interaction(id, NOW, id), NOW));
    expect(batches.map(flagsOf)).toEqual([[true], [undefined], [undefined]]);
    expect(take('interactions', interaction('anon:1', NOW, 'anon:1'), NOW)).toMatchObject({
      timeline: [],
      duplicates: 1,
    });
  });

  test('is like any other while the lane is in the format of before, whose records cannot say it', () => {
    timeline.clock = 'live';
    timeline.format = 1;
    take('control', policyRecord(1), NOW);
    const batch = take('interactions', interaction('a', NOW, 'anon:1'), NOW);
    expect([formatsOf(batch), flagsOf(batch)]).toEqual([[1], [undefined]]);
  });
});

test('a record above the bound is refused with its original bytes', () => {
  timeline.clock = 'live';
  take('control', policyRecord(1), NOW);
  const value = new Uint8Array(RECORD_BYTES_MAX).fill(7);
  const batch = take('interactions', interaction('a', NOW), NOW, 0, value);
  expect(reasonsOf(batch)).toEqual(['too-large']);
  const letter = batch.deadLetters[0];
  const decoded = codecs['dead-letter'].decode(letter?.value ?? new Uint8Array(), letter?.headers[HEADER.schema] ?? '');
  expect(decoded).toMatchObject({ reason: 'too-large', topic: 'interactions', lane: 3 });
  expect(Uint8Array.from(decoded.value ?? [])).toEqual(value);
});

/** Takes one decoded record of a topic, alone in its batch. */
function take(topic: RawTopic, raw: RawRecord, now: TimeMs, mergedAt = 0, value: Uint8Array | null = null): UnifyBatch {
  const batch = new UnifyBatch(3, timeline.clock ?? 'live', timeline.format);
  const customerId = 'customerId' in raw.value ? raw.value.customerId : 'c1';
  const record: LogRecord = { offset: offset++, key: Buffer.from(customerId), value, headers: {}, appendedAtMs: 0 };
  const key = { time: mergedAt, kind: raw.recordType === 'punctuation' ? 0 : 1 } as const;
  timeline.take(batch, { input: inputOf(topic), head: { record, outcome: { ok: true, ...raw }, key } }, now);
  return batch;
}

function inputOf(topic: RawTopic): RawInput {
  return new RawInput(topic, 3, {} as LaneConsumer, { recordsMax: 1, bytesMax: 1 }, { decode: () => NEVER });
}

const NEVER = { ok: false, reason: 'malformed', detail: 'not decoded here' } as const;

function policyRecord(number: number, { document, hash, format } = POLICY, versions = {}): RawRecord {
  return { recordType: 'policy', value: { number, hash, rules: document, format, versions, time: NOW } };
}

function punctuation(time: number): RawRecord {
  return { recordType: 'punctuation', value: { time: time as TimeMs, until: (time + DAY - 1) as TimeMs } };
}

function liveSwitch(): RawRecord {
  return { recordType: 'live-switch', value: { number: 1, time: NOW } };
}

function cutover(facet: string, version: number): RawRecord {
  return { recordType: 'cutover', value: { facet, version, time: NOW } };
}

function format(number: number): RawRecord {
  return { recordType: 'format', value: { format: number, time: NOW } };
}

function order(changes: Partial<OrderEventRecord>): RawRecord & { recordType: 'order-event' } {
  return {
    recordType: 'order-event',
    value: {
      eventId: 'o',
      customerId: 'c1',
      occurredAt: NOW,
      orderId: 'order-1',
      status: 'PAID',
      amountMinor: 1_000,
      currency: 'USD',
      refundId: null,
      items: [],
      marginMinor: null,
      ...changes,
    },
  };
}

function interaction(
  eventId: string,
  occurredAt: number,
  customerId = 'c1',
): RawRecord & { recordType: 'interaction-event' } {
  return {
    recordType: 'interaction-event',
    value: {
      eventId,
      customerId,
      occurredAt: occurredAt as TimeMs,
      channel: 'web',
      action: 'page_view',
      object: null,
      category: null,
      sessionId: null,
      properties: {},
    },
  };
}

function logTimesOf(batch: UnifyBatch): number[] {
  return batch.timeline.map(({ headers }) => readTimelineHeaders(headers).logTime);
}

function formatsOf(batch: UnifyBatch): number[] {
  return batch.timeline.map(({ headers }) => timelineFormatOf(headers));
}

function reasonsOf(batch: UnifyBatch): readonly string[] {
  return batch.refusals;
}
