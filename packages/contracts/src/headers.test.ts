import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RAW_TOPICS } from './catalogue.ts';
import { codecs } from './codecs.ts';
import {
  originText,
  outputHeaders,
  parseOrigin,
  rawHeaders,
  readOutputHeaders,
  readRedriven,
  readSource,
  readTimelineHeaders,
  redrivenHeaders,
  type TimelineHeaders,
  timelineHeaders,
} from './headers.ts';

const timeline: fc.Arbitrary<TimelineHeaders> = fc.record({
  type: fc.constantFrom('order', 'interaction', 'marketing', 'identity', 'tick', 'policy', 'live-switch', 'cutover'),
  origin: fc.option(fc.record({ topic: fc.constantFrom(...RAW_TOPICS), offset: fc.maxSafeNat() })),
  logTime: fc.maxSafeNat().map((time) => time as TimeMs),
  clock: fc.constantFrom('event', 'live'),
  eventId: fc.option(fc.string()),
  rawAppendedAtMs: fc.option(fc.maxSafeNat()),
});

test('timeline headers come back as they were set, with the schema of their type', () => {
  fc.assert(
    fc.property(timeline, (headers) => {
      const { schema, ...read } = readTimelineHeaders(timelineHeaders(headers));
      expect(read).toEqual(headers);
      expect(schema).toBe(headers.type === 'tick' ? null : codecs[`timeline-${headers.type}`].fingerprint);
    }),
  );
});

test('the names and forms of timeline headers are those of the design', () => {
  const origin = { topic: 'orders', offset: 123 } as const;
  const parts = { type: 'order', origin, logTime: 5 as TimeMs, clock: 'live', eventId: 'e-1' } as const;
  const headers = timelineHeaders({ ...parts, rawAppendedAtMs: 4 });
  const schema = codecs['timeline-order'].fingerprint;
  expect(headers).toEqual({
    type: 'order',
    origin: 'orders:123',
    'log-time': '5',
    clock: 'live',
    'event-id': 'e-1',
    'raw-appended-at': '4',
    schema,
  });
});

test('a tick of the live clock has neither origin nor schema nor event id', () => {
  const tick = { type: 'tick', origin: null, logTime: 5 as TimeMs, clock: 'live', eventId: null } as const;
  expect(timelineHeaders({ ...tick, rawAppendedAtMs: null })).toEqual({ type: 'tick', 'log-time': '5', clock: 'live' });
});

describe('a timeline header that this pipeline did not write is refused by its name', () => {
  const valid = { type: 'tick', 'log-time': '5', clock: 'live' };
  test.each([
    ['type', { ...valid, type: 'toString' }],
    ['type', { 'log-time': '5', clock: 'live' }],
    ['clock', { ...valid, clock: 'wall' }],
    ['log-time', { ...valid, 'log-time': '' }],
    ['log-time', { ...valid, 'log-time': '1e3' }],
    ['log-time', { ...valid, 'log-time': '-1' }],
    ['log-time', { ...valid, 'log-time': '5.5' }],
    ['schema', { ...valid, schema: 'abc' }],
    ['schema', { ...valid, type: 'order' }],
    ['origin', { ...valid, origin: 'timeline:1' }],
    ['origin', { ...valid, origin: 'orders' }],
    ['origin', { ...valid, origin: 'orders:' }],
    ['origin', { ...valid, origin: ':1' }],
  ])('%s in %o', (name, headers) => {
    expect(() => readTimelineHeaders(headers)).toThrow(`header ${name}:`);
  });
});

test('an origin is read as people write it', () => {
  expect(parseOrigin('orders:123')).toEqual({ topic: 'orders', offset: 123 });
  expect(originText({ topic: 'control', offset: 0 })).toBe('control:0');
});

test('headers of changes, progress and dead letters say what they are and how they were written', () => {
  for (const recordType of ['rfm-change', 'tier-change', 'progress', 'dead-letter'] as const) {
    const { type, schema } = readOutputHeaders(outputHeaders(recordType));
    expect(recordType.endsWith(type)).toBe(true);
    expect(schema).toBe(codecs[recordType].fingerprint);
  }
  expect(() => readOutputHeaders({ type: 'order', schema: 'abc' })).toThrow('header type:');
  expect(() => readOutputHeaders({ type: 'change' })).toThrow('header schema:');
});

test('a producer finds its place again', () => {
  expect(readSource(rawHeaders('row:17'))).toBe('row:17');
  expect(readSource({})).toBeNull();
});

test("a record that is sent again names its letter, and no longer a place in its producer's source", () => {
  const headers = redrivenHeaders({ ...rawHeaders('row:17'), trace: 'x', redriven: '1:2' }, '3:17');
  expect(headers).toEqual({ trace: 'x', redriven: '3:17' });
  expect(readRedriven(headers)).toBe('3:17');
  expect(readRedriven(rawHeaders('row:17'))).toBeNull();
});
