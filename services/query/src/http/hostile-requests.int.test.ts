import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sendRaw } from '../testing/send-raw.ts';
import { startTestServer, TOKENS, WITH_TOKENS } from '../testing/test-server.ts';

const method = fc.constantFrom(
  'GET',
  'GET',
  'POST',
  'HEAD',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  '',
);
const segment = fc.oneof(
  fc.constantFrom('v1', 'profiles', 'ada', 'timeline', 'tier-changes', 'explain', 'tiers', 'gold', 'lanes', 'topics'),
  fc.constantFrom(
    'orders',
    'records',
    '..',
    '.',
    '',
    '%00',
    '%2F',
    '%',
    '%FF',
    '%2e%2e',
    'docs',
    'static',
    '__proto__',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.string({ maxLength: 300 }),
);
const route = fc.constantFrom(
  ['v1', 'profiles', 'ada'],
  ['v1', 'profiles', 'ada', 'timeline'],
  ['v1', 'tiers', 'gold'],
  ['v1', 'topics', 'orders', 'records'],
);
const path = fc
  .tuple(fc.oneof(fc.constant<string[]>([]), route), fc.array(segment, { maxLength: 5 }))
  .map(([known, more]) => `/${[...known, ...more].join('/')}`);
const query = fc.oneof(
  fc.constant(''),
  fc
    .array(fc.tuple(fc.constantFrom('limit', 'cursor', 'from', 'x', '__proto__'), fc.string({ maxLength: 40 })))
    .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`),
  fc.string({ maxLength: 60 }).map((text) => `?${text}`),
);
const header = fc.oneof(
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Type: text/html',
    'Content-Length: -1',
    'Content-Length: 5',
    'Transfer-Encoding: chunked',
    'Accept-Encoding: gzip;q=x',
    'Origin: null',
    'Last-Event-ID: 9999999999999999999',
    `Authorization: Bearer ${TOKENS.operator}`,
    'Authorization: Bearer',
    'Range: bytes=-1',
    'If-None-Match: *',
    'X: \u0001',
  ),
  fc.string({ maxLength: 40 }).map((text) => `X-Any: ${text.replace(/[\r\n]/g, '')}`),
);
const body = fc.oneof(
  fc.constantFrom('', '{}', '[', 'null', '{"records":[{}]}', '{"records":{"length":1}}', '5\r\nhello\r\n0\r\n\r\n'),
  fc.json().map((json) => `{"records":[${json}]}`),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

/** Bytes that are HTTP, or nearly. The connection is to be closed, so that an answer has an end. */
const request = fc
  .tuple(method, path, query, fc.array(header, { maxLength: 4 }), body, fc.boolean(), fc.boolean())
  .map(([verb, where, asked, headers, content, isAuthorised, hasLength]) => {
    const lines = [`${verb} ${where}${asked} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers];
    if (isAuthorised) lines.push(`Authorization: Bearer ${TOKENS.operator}`);
    if (hasLength) lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(content)}`);
    return `${lines.join('\r\n')}\r\n\r\n${content}`;
  })
  // A stream that is granted does not end.
  .filter((text) => !/^GET [^ ]*tier-changes[ ?]/.test(text));

test('whatever is sent, the answer is a success or a problem document; never a failure, never silence', async () => {
  const { url, get, lines } = await startTestServer({ tokens: WITH_TOKENS });
  await fc.assert(
    fc.asyncProperty(request, async (text) => {
      const answer = await sendRaw(url, text, 4_000);
      // A request that waits for the rest of its body is cut by its own client: the server's patience is longer.
      if (answer === '' && isIncomplete(text)) return;
      const [head = '', ...rest] = answer.split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      if (status < 400 || text.startsWith('HEAD')) return;
      expect(head.toLowerCase()).toContain('content-type: application/problem+json');
      expect(JSON.parse(rest.join('\r\n\r\n'))).toMatchObject({ status, type: expect.stringMatching(/^urn:/) });
    }),
    { numRuns: 400 },
  );
  expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  expect((await get('/livez')).status).toBe(200);
});

/** Announces more body than it has. */
function isIncomplete(text: string): boolean {
  const content = text.slice(text.indexOf('\r\n\r\n') + 4);
  const announced = /content-length: 5\r\n/i.test(text) && Buffer.byteLength(content) < 5;
  return announced || (/transfer-encoding/i.test(text) && !content.endsWith('0\r\n\r\n'));
}
