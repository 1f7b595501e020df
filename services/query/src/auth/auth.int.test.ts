import { describe, expect, test } from 'vitest';
import { sendRaw } from '../testing/send-raw.ts';
import { problemOf, startTestServer, TOKENS, WITH_TOKENS } from '../testing/test-server.ts';

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const order = { eventId: 'e1', customerId: 'ada', occurredAt: '2026-11-21T09:30:00Z', channel: 'web', action: 'view' };

describe('with tokens', () => {
  test.each([
    ['no header', {}],
    ['another scheme', { headers: { authorization: `Basic ${TOKENS.operator}` } }],
    ['an unknown token', bearer('reader-token-0123457')],
    ['a part of a token', bearer(TOKENS.reader.slice(0, -1))],
    ['two tokens', bearer(`${TOKENS.reader} ${TOKENS.operator}`)],
  ])('%s is a 401 that names the scheme', async (_, init) => {
    const { get, reader } = await startTestServer({ tokens: WITH_TOKENS });
    for (const path of ['/v1/profiles/ada', '/v1/lanes', '/v1/tier-changes']) {
      const response = await get(path, init);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
      expect(await problemOf(response)).toMatchObject({ status: 401, kind: 'token-required' });
    }
    expect(reader.asked).toEqual([]);
  });

  test.each([
    ['reader', 200, 403, 403],
    ['producer', 403, 200, 403],
    ['operator', 200, 200, 200],
  ] as const)('the role %s may read %d, bring events %d, see lanes %d', async (role, reading, bringing, lanes) => {
    const { get, post } = await startTestServer({ tokens: WITH_TOKENS });
    const { headers } = bearer(TOKENS[role]);
    for (const path of ['', '/timeline', '/tier-changes', '/explain'].map((end) => `/v1/profiles/ada${end}`)) {
      expect((await get(path, { headers })).status, path).toBe(reading);
    }
    expect((await get('/v1/tiers', { headers })).status).toBe(reading);
    expect((await get('/v1/tiers/gold', { headers })).status).toBe(reading);
    expect((await get('/v1/tier-changes?from=never', { headers })).status).toBe(reading === 200 ? 400 : 403);
    expect((await post('/v1/topics/interactions/records', { records: [order] }, headers)).status).toBe(bringing);
    const answer = await get('/v1/lanes', { headers });
    expect(answer.status).toBe(lanes);
    if (lanes === 403) expect(await problemOf(answer)).toMatchObject({ kind: 'role-required' });
  });

  test('a token in two lists has both roles', async () => {
    const { get, post } = await startTestServer({ tokens: { ...WITH_TOKENS, producer: [TOKENS.reader] } });
    const { headers } = bearer(TOKENS.reader);
    expect((await get('/v1/tiers', { headers })).status).toBe(200);
    expect((await post('/v1/topics/interactions/records', { records: [order] }, headers)).status).toBe(200);
  });

  test('a body is not read before the role is known', async () => {
    const { post } = await startTestServer({ tokens: WITH_TOKENS });
    expect((await post('/v1/topics/interactions/records', '{not json')).status).toBe(401);
  });

  test('health, metrics and documents ask for none', async () => {
    const { get } = await startTestServer({ tokens: WITH_TOKENS });
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs/']) {
      expect((await get(path)).status, path).toBe(200);
    }
  });

  test('any host name will do', async () => {
    const { url } = await startTestServer({ tokens: WITH_TOKENS });
    expect(await requestOf(url, 'GET /livez', 'Host: tidemark.example')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('without tokens', () => {
  test.each(['localhost', 'LOCALHOST:8080', '127.0.0.1:1', '[::1]:8080'])('the host %s is answered', async (host) => {
    const { url } = await startTestServer();
    expect(await requestOf(url, 'GET /v1/tiers', `Host: ${host}`)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:8080', '192.168.0.7', ''])(
    'a page whose name %j was bound to loopback is refused, whatever it asks for',
    async (host) => {
      const { url, reader } = await startTestServer();
      for (const line of ['GET /v1/tiers', 'GET /livez', 'GET /docs/', 'GET /nowhere']) {
        const answer = await requestOf(url, line, `Host: ${host}`);
        expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*"urn:tidemark:problem:foreign-origin"/);
      }
      expect(reader.asked).toEqual([]);
    },
  );

  test('another page may neither write nor read here; the own page and programs may', async () => {
    const { url, get, post, ingest } = await startTestServer();
    const bring = async (headers: Record<string, string>) =>
      (await post('/v1/topics/interactions/records', { records: [order] }, headers)).status;
    expect(await bring({ origin: 'https://evil.example' })).toBe(403);
    expect(await bring({ origin: 'null' })).toBe(403);
    expect(await bring({ origin: 'http://127.0.0.1:1' })).toBe(403);
    expect((await get('/v1/tier-changes', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect(ingest.sent).toEqual([]);
    expect((await get('/v1/tiers', { headers: { origin: url } })).status).toBe(200);
    expect(await bring({ origin: url })).toBe(200);
    expect(await bring({})).toBe(200);
  });
});

describe('the rate limit', () => {
  test('answers 429 and says when to come back', async () => {
    const { get } = await startTestServer({ rateLimitPerSecond: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('/v1/tiers')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(await problemOf(answer)).toMatchObject({ kind: 'too-many-requests' });
    }
  });

  test('counts by token; guesses of tokens count together', async () => {
    const { get } = await startTestServer({ tokens: WITH_TOKENS, rateLimitPerSecond: 1 });
    const guesses = await Promise.all(Array.from({ length: 20 }, (_, i) => get('/v1/tiers', bearer(`guess-${i}`))));
    expect(guesses.map(({ status }) => status)).toContain(429);
    expect((await get('/v1/tiers', bearer(TOKENS.reader))).status).toBe(200);
    expect((await get('/v1/tiers', bearer(TOKENS.operator))).status).toBe(200);
  });

  test('counts addresses that are none, and leaves health alone', async () => {
    const { get } = await startTestServer({ rateLimitPerSecond: 1 });
    const nowhere = await Promise.all(Array.from({ length: 20 }, () => get('/nowhere')));
    expect(new Set(nowhere.map(({ status }) => status))).toEqual(new Set([404, 429]));
    const health = await Promise.all(Array.from({ length: 20 }, () => get('/livez')));
    expect(new Set(health.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

function requestOf(url: string, line: string, header: string): Promise<string> {
  return sendRaw(url, `${line} HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`);
}
