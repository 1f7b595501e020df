import { deflateSync, gzipSync } from 'node:zlib';
import { ContractError } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { OperatingError } from '@tidemark/stream';
import { describe, expect, test } from 'vitest';
import { problemOf, startTestServer } from '../testing/test-server.ts';

const PATH = '/v1/topics/interactions/records';
const event = { eventId: 'e1', customerId: 'ada', occurredAt: '2026-11-21T09:30:00Z', channel: 'web', action: 'view' };

test('events are answered with their positions, in order, after one send', async () => {
  const { post, ingest } = await startTestServer();
  const response = await post(PATH, { records: [event, { ...event, eventId: 'e2' }] });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    positions: [
      { lane: 3, offset: 100 },
      { lane: 3, offset: 101 },
    ],
  });
  expect(ingest.sent).toEqual([{ topic: 'interactions', records: 2 }]);
});

test('if one event is refused none is sent, and the answer names each problem by its place', async () => {
  const { post, ingest } = await startTestServer();
  const secret = 'someone@example.org';
  const records = [event, { ...event, channel: 7 }, event, { eventId: 'e4', customerId: secret, occurredAt: 'today' }];
  const problem = await problemOf(await post(PATH, { records }));
  expect(problem).toMatchObject({ status: 400, kind: 'invalid-events' });
  expect(problem.errors?.map(({ index, field }) => [index, field])).toEqual([
    [1, 'channel'],
    [3, 'occurredAt'],
    [3, 'channel'],
    [3, 'action'],
  ]);
  expect(JSON.stringify(problem)).not.toContain(secret);
  expect(ingest.sent).toEqual([]);
});

test('with `partial` those that are right are taken, and the answer says what is wrong with each of the others', async () => {
  const { post, ingest } = await startTestServer();
  const records = [event, { ...event, channel: 7, action: 7 }, { ...event, eventId: 'e3' }, {}];
  const answer = await post(`${PATH}?partial=true`, { records });
  expect(answer.status).toBe(200);
  const { positions, errors } = (await answer.json()) as { positions: unknown[]; errors: { index: number }[] };
  expect(positions).toEqual([{ lane: 3, offset: 100 }, null, { lane: 3, offset: 101 }, null]);
  expect(errors.map(({ index }) => index)).toEqual([1, 3]);
  expect(ingest.sent).toEqual([{ topic: 'interactions', records: 2 }]);
  const none = await post(`${PATH}?partial=true`, { records: [{}] });
  expect([none.status, ingest.sent.length]).toEqual([200, 1]);
  expect((await post(`${PATH}?partial=false`, { records })).status).toBe(400);
  expect((await post(`${PATH}?partial=maybe`, { records })).status).toBe(400);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
])('a body in %s is read, and no more of it than of any other', async (encoding, compress) => {
  const { post, ingest } = await startTestServer();
  const send = (body: string | Buffer) => post(PATH, compress(body), { 'content-encoding': encoding });
  expect((await send(JSON.stringify({ records: [event] }))).status).toBe(200);
  expect(await problemOf(await send(Buffer.alloc(200_000_000, ' ')))).toMatchObject({ status: 413 });
  expect(await problemOf(await send(Buffer.from([0x22, 0xe9, 0x22])))).toMatchObject({ status: 400 });
  const lying = await post(PATH, JSON.stringify({ records: [event] }), { 'content-encoding': encoding });
  expect(await problemOf(lying)).toMatchObject({ status: 400 });
  expect(await problemOf(await post(PATH, '{}', { 'content-encoding': 'br' }))).toMatchObject({ status: 415 });
  expect(ingest.sent).toHaveLength(1);
});

test('what programs write for no id, an erasure, seconds and a currency that is none are refused at once', async () => {
  const { post, ingest } = await startTestServer();
  const order = { ...event, channel: undefined, action: undefined, orderId: 'o1', status: 'PAID', amountMinor: 1 };
  const orders = [
    { ...order, currency: 'EUR', customerId: ' undefined' },
    { ...order, currency: 'EUR', occurredAt: 1_700_000_000 },
    { ...order, currency: 'EUX' },
  ];
  const refused = await problemOf(await post('/v1/topics/orders/records', { records: orders }));
  expect(refused.errors?.map(({ index, field }) => [index, field])).toEqual([
    [0, 'customerId'],
    [1, 'occurredAt'],
    [2, 'currency'],
  ]);
  const erasure = { eventId: 'e1', customerId: 'ada', occurredAt: event.occurredAt, erasure: true };
  const answer = await problemOf(await post('/v1/topics/identities/records', { records: [erasure] }));
  expect(answer).toMatchObject({ status: 400, errors: [{ field: 'erasure' }] });
  expect(answer.errors?.[0]?.expected).toContain('nothing would be erased');
  expect(ingest.sent).toEqual([]);
});

test('of very many problems the answer names the first 100', async () => {
  const { post } = await startTestServer();
  const records = [{ ...event, channel: 7 }, ...Array.from({ length: 999 }, () => ({}))];
  const problem = await problemOf(await post(PATH, { records }));
  expect(problem.errors).toHaveLength(100);
});

describe('a body that is not 1 to 1,000 events is refused', () => {
  test.each([
    ['not JSON', '{"records":['],
    ['empty', ''],
    ['null', 'null'],
    ['a list', [event]],
    ['without records', {}],
    ['with no record', { records: [] }],
    ['with 1,001 records', { records: Array.from({ length: 1_001 }, () => event) }],
    ['with one record instead of a list', { records: event }],
    ['with a record that is no object', { records: [event, 'event'] }],
    ['with something else', { records: [event], mode: 'fast' }],
    ['with a key that would reach a prototype', '{"records":[{}],"__proto__":{"a":1}}'],
  ])('%s', async (_, body) => {
    const { post, ingest } = await startTestServer();
    expect(await problemOf(await post(PATH, body))).toMatchObject({ status: 400, kind: 'invalid-request' });
    expect(ingest.sent).toEqual([]);
  });

  test('that is not UTF-8: the byte is named, and nothing becomes U+FFFD', async () => {
    const { post, ingest } = await startTestServer();
    const body = JSON.stringify({ records: [{ ...event, customerId: '\ufffd José' }] });
    const latin1 = Buffer.concat([Buffer.from(body.slice(0, body.indexOf('é'))), Buffer.from('é"}]}', 'latin1')]);
    const problem = await problemOf(await post(PATH, latin1));
    expect(problem).toMatchObject({ status: 400, kind: 'invalid-request' });
    expect(problem.detail).toContain(`at byte ${latin1.indexOf(0xe9)},`);
    expect(ingest.sent).toEqual([]);
  });

  test('larger than 4 MiB', async () => {
    const { post } = await startTestServer();
    const body = { records: [{ ...event, object: 'x'.repeat(4_194_304) }] };
    expect(await problemOf(await post(PATH, body))).toMatchObject({ status: 413, kind: 'body-too-large' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense'])('of type %s', async (type) => {
    const { post } = await startTestServer();
    const answer = await post(PATH, { records: [event] }, { 'content-type': type });
    expect(await problemOf(answer)).toMatchObject({ status: 415, kind: 'unsupported-media-type' });
  });
});

test('a topic that producers do not write is a 404 that names those they do', async () => {
  const { post } = await startTestServer();
  for (const topic of ['control', 'timeline', 'toString', '__proto__']) {
    const problem = await problemOf(await post(`/v1/topics/${topic}/records`, { records: [event] }));
    expect(problem).toMatchObject({ status: 404, kind: 'unknown-topic' });
    expect(problem.detail).toMatch(/^Expected one of interactions, orders, marketing, identities[a-z, -]*\.$/);
  }
});

test('while history is replayed it is a 409 that says what to start', async () => {
  const { ingest, post } = await startTestServer();
  ingest.lanes = 'replaying';
  const problem = await problemOf(await post(PATH, { records: [event] }));
  expect(problem).toMatchObject({ status: 409, kind: 'not-live' });
  expect(problem.detail).toContain('npx tidemark up --live');
});

test('while it is not known whether lanes are live it is a 503, which passes', async () => {
  const { ingest, post } = await startTestServer();
  ingest.lanes = 'unknown';
  const answer = await post(PATH, { records: [event] });
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await problemOf(answer)).toMatchObject({ status: 503, kind: 'unavailable' });
  expect(ingest.sent).toEqual([]);
});

test('while a lane is ahead of the wall clock nobody is told that an event is taken: a 503 that says what to do', async () => {
  const { ingest, post } = await startTestServer();
  ingest.lanes = 'ahead';
  const answer = await post(PATH, { records: [event] });
  expect(answer.headers.get('retry-after')).toBe('30');
  const problem = await problemOf(answer);
  expect(problem).toMatchObject({ status: 503, kind: 'unavailable' });
  expect(problem.detail).toContain('docs/runbook/alerts.md#tidemarklaneclockahead');
  expect(ingest.sent).toEqual([]);
});

test('events that the policy in force lets happen so early are taken', async () => {
  const { ingest, post } = await startTestServer();
  const early = { records: [{ ...event, occurredAt: '1985-07-13T12:00:00Z' }] };
  expect((await post(PATH, early)).status).toBe(400);
  ingest.earliestAt = Date.UTC(1980, 0, 1) as TimeMs;
  expect((await post(PATH, early)).status).toBe(200);
});

test.each([
  new OperatingError('log-unavailable', 'no broker', { retriable: true }),
  new ContractError('registry-unavailable', 'no registry'),
])('a log or registry that is away is a 503: $code', async (failure) => {
  const { post, ingest } = await startTestServer();
  ingest.failure = failure;
  const response = await post(PATH, { records: [event] });
  expect(response.headers.get('retry-after')).toBe('1');
  expect(await problemOf(response)).toMatchObject({ status: 503, kind: 'unavailable' });
});
