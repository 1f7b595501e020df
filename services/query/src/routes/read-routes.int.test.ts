import { describe, expect, test } from 'vitest';
import { ada, explanation, lanePlace, since, tierChange, timeline } from '../testing/customers.ts';
import { problemOf, startTestServer } from '../testing/test-server.ts';

/** Fields that are moments, in all types of answers. No other number of these examples is as large. */
const asJson = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) =>
    typeof one === 'number' && one > 1e12 ? new Date(one).toISOString() : one,
  );

describe('an answer has all that was read, with times in ISO 8601', () => {
  test.each([
    ['/v1/profiles/ada', ada],
    ['/v1/profiles/ada/explain', explanation],
    ['/v1/profiles/ada/timeline', { items: timeline, next: null }],
    ['/v1/profiles/ada/tier-changes', { items: [tierChange], next: null }],
    ['/v1/tiers', { tiers: [{ tier: 'gold', customers: 1 }] }],
    ['/v1/tiers/gold', { items: [{ customerId: 'ada', since, points: 120.5 }], next: null }],
    ['/v1/lanes', { lanes: [lanePlace] }],
  ])('%s', async (path, expected) => {
    const { get } = await startTestServer();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual(asJson(expected));
  });
});

test('pages follow one another by cursor, without gap or repeat', async () => {
  const { get } = await startTestServer();
  const kinds: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const response = await get(`/v1/profiles/ada/timeline?limit=2${next && `&cursor=${next}`}`);
    const page = (await response.json()) as { items: { kind: string }[]; next: string | null };
    kinds.push(...page.items.map(({ kind }) => kind));
    next = page.next;
  }
  expect(kinds).toEqual(['tier', 'view', 'event']);
});

test('any id that a record can have is asked for as it is', async () => {
  const { get, reader } = await startTestServer();
  const ids = ['a/b', 'a?b=c', 'a%2Fb', '%', 'ü 𝕏', '.a.', 'a#b', '\u0000', 'é'.repeat(128), 'x'.repeat(256)];
  for (const id of ids) await get(`/v1/profiles/${encodeURIComponent(id)}/explain`);
  expect(reader.asked).toEqual(ids);
});

test('an unknown customer or tier is a 404', async () => {
  const { get } = await startTestServer();
  for (const path of ['', '/timeline', '/tier-changes', '/explain']) {
    const problem = await problemOf(await get(`/v1/profiles/bob${path}`));
    expect(problem).toMatchObject({ status: 404, kind: 'unknown-customer' });
    expect(JSON.stringify(problem)).not.toContain('bob');
  }
  expect(await problemOf(await get('/v1/tiers/bronze'))).toMatchObject({ status: 404, kind: 'unknown-tier' });
});

test('of a held id there is no profile, and the answer says what it is', async () => {
  const { get } = await startTestServer();
  for (const path of ['', '/tier-changes', '/explain']) {
    const problem = await problemOf(await get(`/v1/profiles/anon:17${path}`));
    expect(problem).toMatchObject({
      status: 404,
      kind: 'held-id',
      detail: expect.stringContaining('nothing folds it'),
    });
    expect(JSON.stringify(problem)).not.toContain('17');
  }
});

test('a HEAD has the headers of its GET and no body', async () => {
  const { get } = await startTestServer();
  const head = await get('/v1/profiles/ada', { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers.get('content-length')).toBe(
    String((await (await get('/v1/profiles/ada')).arrayBuffer()).byteLength),
  );
});

test('no answer is kept by a cache, sniffed, or shown in a frame', async () => {
  const { get } = await startTestServer();
  for (const path of ['/v1/profiles/ada', '/v1/profiles/bob', '/nowhere', '/v1/profiles/%', '/metrics', '/docs/']) {
    const { headers } = await get(path);
    expect(headers.get('cache-control'), path).toBe('no-store');
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
  }
});

test('health and metrics are those of telemetry; readiness is red while the store is away', async () => {
  const { get, telemetry } = await startTestServer();
  expect((await get('/livez')).status).toBe(200);
  expect((await get('/readyz')).status).toBe(200);
  telemetry.storeIsAway = true;
  const red = await get('/readyz');
  expect(red.status).toBe(503);
  expect(await red.json()).toEqual({
    ok: false,
    checks: [{ name: 'store', ok: false, detail: 'expected an answer, found none' }],
  });
  expect((await get('/livez')).status).toBe(200);
  const metrics = await get('/metrics');
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await metrics.text()).toContain('tidemark_up 1');
});
