import { QueryError } from '@tidemark/reading';
import { OperatingError } from '@tidemark/stream';
import { describe, expect, test } from 'vitest';
import { sendRaw } from '../testing/send-raw.ts';
import { problemOf, startTestServer } from '../testing/test-server.ts';

describe('what is ill-formed is a 400 that says what was expected', () => {
  const limit = 'a whole number from 1 to 200';
  const id = '1 to 256 bytes of UTF-8, percent-encoded';
  test.each([
    ['/v1/profiles/', 'path.id', id],
    [`/v1/profiles/${'x'.repeat(257)}`, 'path.id', id],
    [`/v1/profiles/${'%C3%A9'.repeat(129)}`, 'path.id', id],
    ['/v1/profiles/ada?page=2', 'query.page', 'nothing here'],
    ['/v1/profiles/ada/timeline?page=2', 'query.page', 'only limit, cursor'],
    ['/v1/profiles/ada/timeline?limit=0', 'query.limit', limit],
    ['/v1/profiles/ada/timeline?limit=201', 'query.limit', limit],
    ['/v1/profiles/ada/timeline?limit=2.5', 'query.limit', limit],
    ['/v1/profiles/ada/timeline?limit=ten', 'query.limit', limit],
    ['/v1/profiles/ada/timeline?limit=', 'query.limit', limit],
    ['/v1/profiles/ada/timeline?limit=1&limit=2', 'query.limit', limit],
    ['/v1/profiles/ada/tier-changes?cursor=', 'query.cursor', 'the `next` of the page before, at most 4096 characters'],
    [
      `/v1/tiers/gold?cursor=${'c'.repeat(4_097)}`,
      'query.cursor',
      'the `next` of the page before, at most 4096 characters',
    ],
    [`/v1/tiers/${'g'.repeat(257)}`, 'path.name', "a tier's name of 1 to 256 characters"],
    ['/v1/tier-changes?from=yesterday', 'query.from', 'start or end'],
  ])('%s', async (path, field, expected) => {
    const { get, reader } = await startTestServer();
    const problem = await problemOf(await get(path));
    expect(problem).toMatchObject({ status: 400, kind: 'invalid-request', errors: [{ field, expected }] });
    expect(reader.asked).toEqual([]);
  });

  test.each(['/v1/profiles/%', '/v1/profiles/%zz', '/v1/profiles/%FF', '/v1/profiles/%ED%A0%80', '/v1/tiers/%C3'])(
    '%s, whose percent-encoding is none of UTF-8',
    async (path) => {
      const { get, reader } = await startTestServer();
      expect(await problemOf(await get(path))).toMatchObject({ status: 400, kind: 'invalid-request' });
      expect(reader.asked).toEqual([]);
    },
  );

  test('a path of bytes beyond ASCII', async () => {
    const { url, reader } = await startTestServer();
    const answer = await sendRaw(url, 'GET /v1/profiles/adaé HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('application/problem+json');
    expect(reader.asked).toEqual([]);
  });

  test('a request without the header host', async () => {
    const { url, reader } = await startTestServer();
    const answer = await sendRaw(url, 'GET /v1/tiers HTTP/1.1\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain('application/problem+json');
    expect(reader.asked).toEqual([]);
  });

  test('a cursor of another request', async () => {
    const { get } = await startTestServer();
    const problem = await problemOf(await get('/v1/profiles/ada/timeline?cursor=mine'));
    expect(problem).toMatchObject({ status: 400, kind: 'invalid-cursor' });
  });
});

test('an expectation that is not known is passed over', async () => {
  const { url } = await startTestServer();
  const headers = 'Host: localhost\r\nConnection: close\r\nExpect: the unexpected';
  expect(await sendRaw(url, `GET /v1/tiers HTTP/1.1\r\n${headers}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
});

test('an address that is none is a 404, one that takes another method a 405 that says which', async () => {
  const { get } = await startTestServer();
  for (const path of ['/nowhere', '/v1', '/v1/profiles', '/v1/profiles/ada/', '/V1/profiles/ada']) {
    expect(await problemOf(await get(path)), path).toMatchObject({ status: 404, kind: 'unknown-route' });
  }
  const refused = await get('/v1/profiles/ada', { method: 'DELETE' });
  expect(refused.headers.get('allow')).toBe('GET, HEAD');
  expect(await problemOf(refused)).toMatchObject({ status: 405, kind: 'method-not-allowed' });
  expect((await get('/v1/topics/orders/records')).headers.get('allow')).toBe('POST');
  expect((await get('/v1/tier-changes', { method: 'HEAD' })).status).toBe(405);
});

test('what is no HTTP, or too much of it, is a problem, too', async () => {
  const { url, get } = await startTestServer();
  expect(await sendRaw(url, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [\s\S]*"urn:tidemark:problem:invalid-request"/);
  const long = await get(`/v1/profiles/${'x'.repeat(20_000)}`);
  expect(await problemOf(long)).toMatchObject({ status: 431, kind: 'headers-too-large' });
});

test('a store or log that is away is a 503 that says when to come back', async () => {
  const { get, reader, lines } = await startTestServer();
  for (const code of ['store-unavailable', 'log-unavailable'] as const) {
    reader.failure = new OperatingError(code, 'ada is at 10.0.0.1', { retriable: true });
    for (const path of ['/v1/profiles/ada', '/v1/tier-changes', '/v1/lanes']) {
      const response = await get(path);
      expect(response.headers.get('retry-after')).toBe('1');
      expect(await problemOf(response)).toMatchObject({ status: 503, kind: 'unavailable' });
    }
  }
  expect(JSON.stringify(lines)).not.toContain('10.0.0.1');
});

test('while another version is in force than this build’s, what it would have to say is a 503 that says what to do', async () => {
  const { get, reader } = await startTestServer();
  reader.failure = new QueryError('upgrading', 'expected version 3 of tier in force. Run npx tidemark upgrade.');
  for (const path of ['/v1/tiers', '/v1/profiles/ada/explain']) {
    const problem = await problemOf(await get(path));
    expect(problem).toMatchObject({ status: 503, kind: 'unavailable' });
    expect(problem).toMatchObject({ detail: expect.stringContaining('npx tidemark upgrade') });
  }
});

test('any other error is a 500 without detail; the log has its stack under the id that the answer names', async () => {
  const { get, reader, lines } = await startTestServer();
  reader.failure = new Error('a bug met');
  const problem = await problemOf(await get('/v1/profiles/ada'));
  expect(problem).toEqual({
    kind: 'internal-error',
    type: 'urn:tidemark:problem:internal-error',
    title: 'Something went wrong here',
    status: 500,
    instance: expect.stringMatching(/^urn:uuid:[0-9a-f-]{36}$/),
  });
  const logged = lines.find(({ instance }) => instance === problem.instance);
  expect(JSON.stringify(logged)).toContain('a bug met');
});

test('a request is logged by the pattern of its route, never by an id', async () => {
  const { get, lines } = await startTestServer();
  await get('/v1/profiles/ada/explain');
  await get('/v1/profiles/ada/nowhere');
  await get('/v1/profiles/%ada');
  await expect.poll(() => lines.filter(({ msg }) => msg === 'request').length).toBeGreaterThanOrEqual(2);
  expect(lines).toContainEqual(
    expect.objectContaining({ method: 'GET', route: '/v1/profiles/:id/explain', status: 200, level: 20 }),
  );
  expect(JSON.stringify(lines)).not.toContain('ada');
});
