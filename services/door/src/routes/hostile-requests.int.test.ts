import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basic, KEYS, PAGE, startTestDoor } from '../testing/test-door.ts';

/** Stands wherever a customer's data may stand. */
const PRIVATE = 'q7-private-of-anna';
const STATUSES = [200, 400, 401, 413, 429, 503];

const odd = fc.constantFrom<unknown>(
  ...[
    PRIVATE,
    '',
    'null',
    '__proto__',
    '\ud800',
    '\u0000',
    '27,50',
    '1e999',
    '2026-11-21T11:59:00Z',
    'x'.repeat(40_000),
  ],
  ...[0, -1, 1e308, 2 ** 53, true, null, [], {}, [PRIVATE], { [PRIVATE]: PRIVATE }],
  JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`),
);
const value = fc.oneof({ weight: 3, arbitrary: odd }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) });
const usual = (...values: unknown[]) =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: value });
const call = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        type: usual('track', 'identify', 'page', 'screen', 'alias', 'group'),
        event: usual('Order Completed', 'Order Refunded', 'Product Viewed', 'Else'),
        userId: usual(PRIVATE),
        anonymousId: usual(PRIVATE),
        previousId: value,
        // The answer says which event it is about by this alone.
        messageId: fc.constantFrom<unknown>('m1', 'm2', null, 17, {}, 'x'.repeat(300)),
        timestamp: value,
        properties: fc.oneof(
          fc.record({
            order_id: usual(PRIVATE),
            total: usual(27.5),
            currency: usual('USD'),
            products: value,
            more: value,
          }),
          value,
        ),
        traits: value,
        context: value,
        integrations: usual(undefined),
      },
      { requiredKeys: ['type'] },
    ),
  },
  { weight: 1, arbitrary: value },
);
const body = fc
  .oneof(
    { weight: 6, arbitrary: fc.record({ batch: fc.array(call, { maxLength: 8 }), sentAt: value, writeKey: value }) },
    { weight: 2, arbitrary: call },
    { weight: 1, arbitrary: value },
  )
  .map((json) => JSON.stringify(json) ?? '');
const bytes = fc.oneof(
  { weight: 6, arbitrary: body.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: body.map((text) => Buffer.from(text).subarray(0, text.length / 2)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)) },
);
const path = fc.constantFrom(
  ...['/v1/batch', '/v1/batch', '/v1/b', '/v1/import', '/v1/track', '/t', '/v1/i', '/v1/a', '/v1/g', '/v1/m'],
  ...['/v1/events', '/v1/webhooks/eu', '/v1/webhooks/x', '/v1/projects/x/settings', '/v1/batch?writeKey=x'],
);
const headers = fc.record(
  {
    authorization: fc.constantFrom(
      ...Array.from({ length: 4 }, () => basic(KEYS.shop)['authorization']),
      basic(KEYS.web)['authorization'],
      'Bearer',
      'Basic x',
    ),
    'content-type': fc.constantFrom('text/plain', 'application/json', 'application/cloudevents-batch+json', 'x'),
    origin: fc.constantFrom(PAGE, 'null', 'https://elsewhere.example'),
    'x-forwarded-for': fc.constantFrom('x', '::', '1.2.3.4, 5'),
    'ce-id': fc.constantFrom('%', '1'),
  },
  { requiredKeys: ['authorization'] },
);
const sent = fc.record({
  method: fc.constantFrom('POST', 'POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS', 'HEAD'),
  path,
  headers,
  bytes,
  encoding: fc.constantFrom(undefined, undefined, undefined, 'gzip', 'deflate', 'br'),
  isCompressed: fc.boolean(),
});

test('whatever is sent, the answer is one that clients know, nothing fails here, and nothing of it is quoted anywhere', async () => {
  const { url, lines, letters, answered, advance } = await startTestDoor();
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(sent, async ({ method, path, headers, bytes, encoding, isCompressed }) => {
      // So that most of it is read, and some refused for its rate.
      advance(1_000);
      const content = encoding === 'gzip' && isCompressed ? gzipSync(bytes) : bytes;
      const all = { ...headers, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) };
      const { status, text } = await send(`${url}${path}`, method, all, content);
      seen.add(status);
      expect(STATUSES).toContain(status);
      expect(status).not.toBe(503);
      expect(text).not.toContain(PRIVATE);
    }),
    { numRuns: 1_500 },
  );
  expect([...seen].sort()).toEqual(expect.arrayContaining([200, 400, 401]));
  expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  expect(JSON.stringify(lines)).not.toContain(PRIVATE);
  const found = await letters();
  expect(found.length).toBeGreaterThan(30);
  for (const { detail } of found) expect(detail).not.toContain(PRIVATE);
  const verdicts = new Set(answered.flatMap(({ events }) => events.map(({ verdict }) => verdict)));
  expect([...verdicts].sort()).toEqual(['accepted', 'ignored', 'refused']);
});

/** Not fetch, which refuses to send some of it. */
function send(url: string, method: string, headers: Record<string, string | undefined>, body: Buffer) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const known = Object.fromEntries(Object.entries(headers).filter(([, text]) => text !== undefined));
    const request = httpRequest(
      url,
      { method, headers: { ...known, 'content-length': body.length } as never },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

test.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a head beyond all bounds', `GET /v1/t HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(40_000)}\r\n\r\n`, 400],
  ['an expectation that nobody knows', 'POST /v1/m HTTP/1.1\r\nhost: x\r\nexpect: x\r\ncontent-length: 0\r\n\r\n', 200],
])('%s is answered with a status that senders know', async (_name, bytes, status) => {
  const { url } = await startTestDoor();
  const { hostname, port } = new URL(url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.on('error', reject);
  });
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});
