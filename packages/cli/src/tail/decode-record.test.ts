import {
  codecs,
  createRawDecoder,
  customerKey,
  embeddedSchemaIds,
  encodeRaw,
  outputHeaders,
  timelineHeaders,
} from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LogRecord } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { recordLine } from './decode-record.ts';

const raw = createRawDecoder(embeddedSchemaIds);
const base: LogRecord = { offset: 7, appendedAtMs: 1_000, key: null, value: null, headers: {} };

test('a raw record is shown with its type and its decoded value', async () => {
  const value = encodeRaw('punctuation', embeddedSchemaIds.idOf('punctuation') ?? 0, {
    time: 1 as TimeMs,
    until: 2 as TimeMs,
  });
  expect(JSON.parse(await recordLine('orders', 3, { ...base, value, headers: { source: '1:0' } }, raw))).toEqual({
    topic: 'orders',
    lane: 3,
    offset: 7,
    time: '1970-01-01T00:00:01.000Z',
    key: null,
    headers: { source: '1:0' },
    type: 'punctuation',
    value: { time: 1, until: 2 },
  });
});

test('bytes are base64, in keys that are no text and in values', async () => {
  const value = codecs['dead-letter'].encode({
    service: 'unify',
    reason: 'malformed',
    detail: 'expected',
    topic: 'orders',
    lane: 0,
    offset: 1,
    key: Buffer.from([0xff]),
    value: Buffer.from([1, 2, 3]),
    headers: {},
    at: 0 as TimeMs,
  });
  const record = { ...base, key: Buffer.from([0xff]), value, headers: outputHeaders('dead-letter') };
  expect(JSON.parse(await recordLine('dead-letters', 0, record, raw))).toMatchObject({
    key: { base64: '/w==' },
    type: 'dead-letter',
    value: { reason: 'malformed', key: { base64: '/w==' }, value: { base64: 'AQID' } },
  });
});

test('what cannot be decoded is shown as bytes, with the reason', async () => {
  const broken = { ...base, key: customerKey('anna'), value: Buffer.from([9]) };
  for (const topic of ['orders', 'timeline', 'tier-changes'] as const) {
    const line = JSON.parse(await recordLine(topic, 0, broken, raw));
    expect(line).toMatchObject({ key: 'anna', type: null, value: { bytes: { base64: 'CQ==' } } });
    expect(line.value.undecodable).toContain('expected');
  }
});

test('a record of the timeline is shown with its headers by their names, whichever format it is in', async () => {
  const parts = { type: 'tick', origin: { topic: 'orders', offset: 3 }, logTime: 5 as TimeMs, clock: 'event' } as const;
  for (const format of [1, 2] as const) {
    const headers = timelineHeaders({ ...parts, eventId: null, rawAppendedAtMs: null }, undefined, format);
    const line = JSON.parse(await recordLine('timeline', 0, { ...base, headers }, raw));
    expect(line.headers).toEqual({ type: 'tick', 'log-time': '5', clock: 'event', origin: 'orders:3' });
  }
});

test('a tick has no value', async () => {
  const headers = { type: 'tick', 'log-time': '5', clock: 'event', origin: 'orders:3' };
  expect(JSON.parse(await recordLine('timeline', 0, { ...base, headers }, raw))).toMatchObject({
    type: 'tick',
    value: null,
  });
});
