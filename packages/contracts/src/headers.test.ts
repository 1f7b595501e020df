import type { TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecs } from './codecs.ts';
import { ContractError, faultCodeOf } from './errors.ts';
import { originText, parseOrigin } from './header-values.ts';
import {
  outputHeaders,
  rawHeaders,
  readOutputHeaders,
  readRedriven,
  readSource,
  readTimelineHeaders,
  redrivenHeaders,
  timelineFormatOf,
  timelineHeaders,
} from './headers.ts';
import { timelineHeadersArbitrary } from './testing/timeline-headers-arbitrary.ts';

test.each([1, 2] as const)(
  'timeline headers of format %i come back as they were set, with the schema of their type',
  (format) => {
    fc.assert(
      fc.property(timelineHeadersArbitrary, (headers) => {
        const written = timelineHeaders(headers, undefined, format);
        expect(timelineFormatOf(written)).toBe(format);
        const { schema, ...read } = readTimelineHeaders(written);
        expect(read).toEqual(headers);
        expect(schema).toBe(headers.type === 'tick' ? null : codecs[`timeline-${headers.type}`].fingerprint);
      }),
    );
  },
);

test('an event id stands in one header as it is: with spaces, line breaks, an empty one and one that is a dash', () => {
  const tick = { type: 'tick', origin: null, logTime: 5 as TimeMs, clock: 'live', rawAppendedAtMs: null } as const;
  for (const eventId of ['', '-', ' ', ' a  b ', 'a\nb', '2 order live 1 - - - - -', null]) {
    expect(readTimelineHeaders(timelineHeaders({ ...tick, eventId })).eventId).toBe(eventId);
  }
});

/** Anything, and anything like a header: fields of one, shuffled, missing, doubled, of other kinds. */
const hostile = fc.oneof(
  fc.string(),
  fc
    .array(
      fc.oneof(
        fc.constantFrom('2', '3', '1', '02', '-', 'order', 'tick', 'toString', '__proto__', 'event', 'live', 'held'),
        fc.constantFrom(
          '0',
          '5',
          '05',
          '1e3',
          '-1',
          '9007199254740993',
          '99999999999999999999',
          'orders:1',
          'control:',
          '',
        ),
        fc.constantFrom(codecs['timeline-order'].fingerprint, '0', 'timeline:1', '__proto__:1'),
      ),
      { maxLength: 12 },
    )
    .map((fields) => fields.join(' ')),
  fc
    .constantFrom('2', '3', '77')
    .map((format) => `${format} order live 5 4 ${codecs['timeline-order'].fingerprint} orders:1 - - e`),
);

test('whatever stands in the one header is read, or is an error that says what to do: nothing else is thrown', () => {
  fc.assert(
    fc.property(hostile, (head) => {
      try {
        const { schema, ...read } = readTimelineHeaders({ head });
        // What is read is what it says: written again it is the same, but for the traceparent, which is passed over.
        const [fields, again] = [head, timelineHeaders(read, schema)['head'] ?? ''].map((text) => text.split(' '));
        fields?.splice(8, 1, '-');
        expect(again).toEqual(fields);
      } catch (error) {
        if (!(error instanceof ContractError)) throw error;
        expect(['invalid-header', 'unknown-type', 'unknown-header']).toContain(error.code);
        expect(error.message).toMatch(/^header \S+: expected .*(Something else wrote to the topic|upgrade this one)$/);
      }
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  [
    'a later format',
    '3 order whatever a later build writes',
    /expected format 2, .*found format 3\. A newer build wrote it: upgrade/,
  ],
  [
    'a flag',
    '2 tick live 5 - - - later -',
    /expected no flag but held, .*found another\. A newer build wrote it: upgrade/,
  ],
])('%s in the one header is of a newer build, and never guessed at', (_what, head, says) => {
  expect(() => readTimelineHeaders({ head })).toThrow(says);
  try {
    readTimelineHeaders({ head });
  } catch (error) {
    expect(faultCodeOf(error as ContractError)).toBe('unknown-schema');
  }
});

test('a traceparent says nothing about the record: it is read past', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(readTimelineHeaders({ head: `2 tick live 5 - - - - ${traceparent}` })).toEqual(
    readTimelineHeaders({ head: '2 tick live 5 - - - - -' }),
  );
});

test('a record of a held id says so by a flag, and no other record says anything there', () => {
  const parts = { type: 'marketing', origin: null, logTime: 5 as TimeMs, clock: 'live', eventId: 'e' } as const;
  const [held, plain] = ([true, undefined] as const).map((isHeld) => {
    return timelineHeaders({ ...parts, rawAppendedAtMs: null, isHeld })['head'];
  });
  expect([held?.split(' ')[7], plain?.split(' ')[7]]).toEqual(['held', '-']);
});

test('the names and forms of timeline headers are those of the design', () => {
  const origin = { topic: 'orders', offset: 123 } as const;
  const parts = { type: 'order', origin, logTime: 5 as TimeMs, clock: 'live', eventId: 'e-1' } as const;
  const schema = codecs['timeline-order'].fingerprint;
  expect(timelineHeaders({ ...parts, rawAppendedAtMs: 4 })).toEqual({
    head: `2 order live 5 4 ${schema} orders:123 - - e-1`,
  });
  expect(timelineHeaders({ ...parts, rawAppendedAtMs: 4 }, undefined, 1)).toEqual({
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
  expect(timelineHeaders({ ...tick, rawAppendedAtMs: null })).toEqual({ head: '2 tick live 5 - - - - -' });
  const seven = timelineHeaders({ ...tick, rawAppendedAtMs: null }, undefined, 1);
  expect(seven).toEqual({ type: 'tick', 'log-time': '5', clock: 'live' });
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
    const { type = '-', clock, schema = '-', origin = '-' } = headers as Readonly<Record<string, string>>;
    const head = `2 ${type} ${clock} ${headers['log-time']} - ${schema} ${origin} - -`;
    expect(() => readTimelineHeaders({ head })).toThrow(`header ${name}:`);
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
