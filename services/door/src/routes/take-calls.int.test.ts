import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type EventLog, OperatingError } from '@tidemark/stream';
import { describe, expect, test } from 'vitest';
import { basic, bookOf, KEYS, NOW, PAGE, SOURCES, startTestDoor, track } from '../testing/test-door.ts';

const text = (value: unknown) => JSON.stringify(value);

describe('calls of a server', () => {
  test('are answered one by one: accepted, ignored, held, refused with what was expected', async () => {
    const { post, events, letters } = await startTestDoor();
    const batch = [
      track(),
      track({ messageId: 'm2', type: 'page', userId: undefined, anonymousId: 'a1' }),
      track({ messageId: 'm3', type: 'group' }),
      track({ messageId: 'm4', properties: { order_id: 'o2', total: '27,50' } }),
      track({ messageId: undefined, type: 'page' }),
    ];
    const answer = await post('/v1/batch', { batch, sentAt: '2026-11-21T12:00:00Z' }, basic(KEYS.shop));
    expect(answer.status).toBe(200);
    const refused = { index: 3, messageId: 'm4', reason: 'invalid-field', errors: [{ field: 'properties.total' }] };
    expect(await answer.json()).toMatchObject({
      success: true,
      accepted: 3,
      held: 1,
      ignored: [{ index: 2, reason: 'not-used' }],
      refused: [refused],
      warnings: { 'no-message-id': 1 },
    });
    const found = await events();
    expect(found.get('orders shop:m1')).toMatchObject({ customerId: 'anna', amountMinor: 12_950, currency: 'USD' });
    expect(found.get('interactions shop:m2')).toMatchObject({ customerId: 'anon:a1' });
    expect(found.size).toBe(3);
    expect((await letters()).map(({ reason }) => reason)).toEqual(['invalid-field']);
  });

  test('come by every path, with and without /v1, long and short, and say by it what they are', async () => {
    const { post, events } = await startTestDoor();
    const short = { track: 't', identify: 'i', page: 'p', screen: 's', alias: 'a' };
    for (const [type, letter] of Object.entries(short)) {
      for (const path of [`/v1/${type}`, `/${type}`, `/v1/${letter}`, `/${letter}`]) {
        const call = { ...track({ messageId: path, previousId: 'p1', traits: { a: 1 } }), type: undefined };
        const answer = await post(path, call, basic(KEYS.shop));
        expect([path, answer.status, await answer.json()]).toMatchObject([path, 200, { accepted: 1 }]);
      }
    }
    expect((await events()).size).toBe(20);
    for (const path of ['/v1/batch', '/batch', '/v1/b', '/b', '/v1/import', '/import']) {
      const answer = await post(path, { batch: [track({ messageId: path })] }, basic(KEYS.shop));
      expect([path, await answer.json()]).toMatchObject([path, { accepted: 1 }]);
    }
    for (const path of ['/v1/m', '/m']) expect((await post(path, '{"series":[]}')).status).toBe(200);
  });

  test('are of the source of their key: of Basic, then Bearer, then X-Write-Key, then the body; never of the query', async () => {
    const { post, events } = await startTestDoor();
    const call = (id: string) => ({ ...track({ messageId: id }), writeKey: KEYS.other });
    await post('/v1/track', call('basic'), basic(KEYS.shop));
    await post('/v1/track', call('bearer'), { authorization: `Bearer ${KEYS.shop}`, 'x-write-key': KEYS.other });
    await post('/v1/track', call('header'), { 'x-write-key': KEYS.shop });
    await post('/v1/track', call('body'));
    expect([...(await events()).keys()].filter((name) => name.startsWith('orders')).sort()).toEqual([
      'orders other:body',
      'orders shop:basic',
      'orders shop:bearer',
      'orders shop:header',
    ]);
    expect((await post(`/v1/track?writeKey=${KEYS.shop}`, track())).status).toBe(401);
  });

  test('two sources with the same messageId hide nothing of each other', async () => {
    const { post, events } = await startTestDoor();
    for (const key of [KEYS.shop, KEYS.other]) await post('/v1/track', track({ type: undefined }), basic(key));
    expect([...(await events()).keys()]).toEqual(expect.arrayContaining(['orders shop:m1', 'orders other:m1']));
  });

  test('may say of a whole batch what their events do not say', async () => {
    const { post } = await startTestDoor();
    const batch = [track(), track({ messageId: 'm2', integrations: { All: true } })];
    const answer = await post('/v1/batch', { batch, integrations: { All: false } }, basic(KEYS.shop));
    expect(await answer.json()).toMatchObject({ accepted: 1, ignored: [{ index: 0, reason: 'integrations' }] });
  });
});

describe('a body', () => {
  test('is JSON whatever its content type says', async () => {
    const { post } = await startTestDoor();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream', 'x']) {
      const answer = await post('/v1/track', track(), { ...basic(KEYS.shop), 'content-type': type });
      expect([type, answer.status]).toEqual([type, 200]);
    }
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ])('compressed with %s is read', async (encoding, compress) => {
    const { post } = await startTestDoor();
    const answer = await post('/v1/track', compress(text(track())), {
      ...basic(KEYS.shop),
      'content-encoding': encoding,
    });
    expect(await answer.json()).toMatchObject({ accepted: 1 });
  });

  test.each<[string, string | Uint8Array, number, Record<string, string>]>([
    ['no JSON', '{', 400, {}],
    ['no object', '[1]', 400, {}],
    ['no batch', '{"batch":{}}', 400, {}],
    ['another encoding than UTF-8', Buffer.from(text({ batch: [track({ userId: 'andr\u00e9' })] }), 'latin1'), 400, {}],
    ['half a gzip', gzipSync('{"batch":[]}').subarray(0, 20), 400, { 'content-encoding': 'gzip' }],
    ['a content encoding that nobody asked for', '{}', 400, { 'content-encoding': 'br' }],
    ['more than 4 MiB', Buffer.alloc(4_194_305, ' '), 413, {}],
    ['more than 4 MiB behind a few', gzipSync(Buffer.alloc(200_000_000)), 413, { 'content-encoding': 'gzip' }],
    ['more than 2,500 events', text({ batch: Array.from({ length: 2_501 }, () => 1) }), 413, {}],
  ])('of %s is refused whole, and nothing is written', async (_name, body, status, headers) => {
    const { post, events, letters } = await startTestDoor();
    const answer = await post('/v1/batch', body, { ...basic(KEYS.shop), ...headers });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ success: false, error: expect.stringMatching(/^expected /) });
    expect([(await events()).size, (await letters()).length]).toEqual([0, 0]);
  });

  test('has events of which one that is too large or too deep is refused alone', async () => {
    const { post } = await startTestDoor();
    let deep: unknown = 1;
    for (let i = 0; i < 25; i++) deep = [deep];
    const batch = [
      track({ context: { a: 'x'.repeat(33_000) } }),
      track({ messageId: 'm2', context: deep }),
      track({ messageId: 'm3', context: { a: 'x'.repeat(32_000) } }),
    ];
    const answer = await post('/v1/batch', { batch }, basic(KEYS.shop));
    const tooLarge = { reason: 'too-large' };
    expect(await answer.json()).toMatchObject({ accepted: 1, refused: [tooLarge, tooLarge] });
  });
});

describe('a dead letter of the door', () => {
  test('has all that maps its event again: the call with the very digits that came, its id, when it came and was sent', async () => {
    const { post, letters } = await startTestDoor();
    const call =
      '{"type":"track","event":"Order Completed","messageId":"m1","userId":12345678901234567890,"properties":{"total":1.10}}';
    await post('/v1/batch', `{"sentAt":"2026-11-21T11:59:59Z","batch":[${call}]}`, basic(KEYS.shop));
    const [letter] = await letters();
    expect(letter).toMatchObject({
      service: 'door',
      reason: 'invalid-field',
      topic: 'source:shop',
      offset: -1,
      at: NOW,
    });
    expect(Buffer.from(letter?.value ?? []).toString()).toBe(call);
    expect(Buffer.from(letter?.key ?? []).toString()).toBe('shop:m1');
    expect(letter?.headers).toEqual({
      'event-id': 'shop:m1',
      'received-at': String(NOW),
      'sent-at': '2026-11-21T11:59:59Z',
      form: 'call',
    });
  });

  test('is durable before the records of its batch: where it cannot be written nothing is taken', async () => {
    const away = new OperatingError('log-unavailable', 'x', { retriable: true });
    const { post, events } = await startTestDoor({
      log: (own) => ({
        lanes: own.lanes,
        writer: async () => {
          const writer = await own.writer();
          const send: (typeof writer)['send'] = (topic, lane, records) =>
            topic === 'dead-letters' ? Promise.reject(away) : writer.send(topic, lane, records);
          return { send, close: () => writer.close() } as Awaited<ReturnType<EventLog['writer']>>;
        },
      }),
    });
    const batch = [track(), { ...track({ messageId: 'm2' }), userId: undefined }];
    const answer = await post('/v1/batch', { batch }, basic(KEYS.shop));
    expect([answer.status, answer.headers.get('retry-after'), (await events()).size]).toEqual([503, '5', 0]);
  });
});

describe('what is not taken now', () => {
  test.each([
    ['replaying', '30'],
    ['ahead', '30'],
    ['unknown', '5'],
  ] as const)('while lanes are %s it is 503 with Retry-After %s, and nothing is written', async (lanes, seconds) => {
    const { post, state, events } = await startTestDoor();
    state.current = { ...state.current, lanes };
    const answer = await post('/v1/track', track(), basic(KEYS.shop));
    expect([answer.status, answer.headers.get('retry-after'), (await events()).size]).toEqual([503, seconds, 0]);
  });

  test('a key that no source has, or none, is 401, and counted', async () => {
    const { post, answered } = await startTestDoor();
    for (const headers of [{}, basic(''), basic('wrong'), { authorization: 'Bearer' }]) {
      expect((await post('/v1/track', track(), headers)).status).toBe(401);
    }
    expect(answered.map(({ status, source }) => [status, source])).toEqual(Array(4).fill([401, null]));
  });

  test('beyond its rate a source waits as long as it has overdrawn, a minute at most', async () => {
    const { post, advance } = await startTestDoor();
    const batch = Array.from({ length: 100 }, (_, i) => track({ messageId: `m${i}` }));
    const send = () => post('/v1/batch', { batch }, basic(KEYS.other));
    expect((await send()).status).toBe(200);
    const refused = await send();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
    advance(5_001);
    expect((await send()).status).toBe(200);
    // Others are not kept waiting.
    expect((await post('/v1/track', track(), basic(KEYS.shop))).status).toBe(200);
  });

  test('an error of ours is a 503 that says nothing, is logged, and loses nothing', async () => {
    const { post, lines } = await startTestDoor({
      log: ({ lanes }) => ({ lanes, writer: () => Promise.reject(new TypeError('of anna')) }),
    });
    const answer = await post('/v1/track', track(), basic(KEYS.shop));
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('anna');
    expect(lines).toMatchObject([{ level: 50 }]);
  });
});

describe('pages', () => {
  test('may ask beforehand from the origins of any source, and send for a source from its own', async () => {
    const { url, post } = await startTestDoor();
    const ask = (origin: string) => fetch(`${url}/v1/t`, { method: 'OPTIONS', headers: { origin } });
    const allowed = await ask(PAGE);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': PAGE,
      'access-control-allow-headers': 'authorization, content-type, content-encoding, x-retry-count, x-write-key',
      'access-control-max-age': '7200',
    });
    expect(allowed.headers.has('access-control-allow-credentials')).toBe(false);
    const foreign = await ask('https://elsewhere.example');
    expect([foreign.status, foreign.headers.has('access-control-allow-origin')]).toEqual([200, false]);

    const view = { ...track({ type: undefined }), event: 'Product Viewed' };
    const answer = await post('/v1/t', view, { ...basic(KEYS.web), origin: PAGE });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
    expect(answer.headers.get('access-control-expose-headers')).toBe('retry-after');
    for (const key of [KEYS.web, KEYS.shop]) {
      const refused = await post('/v1/t', view, { ...basic(key), origin: 'https://elsewhere.example' });
      expect(refused.status).toBe(401);
    }
  });

  test('are told nothing of their events but that they were taken, and may send no orders', async () => {
    const { post, events } = await startTestDoor();
    const answer = await post('/v1/t', track({ anonymousId: 'a1' }), basic(KEYS.web));
    expect(await answer.json()).toEqual({ success: true });
    expect([...(await events()).keys()]).toEqual(['identities web:m1']);
  });

  test('are counted by client, too, so that one does not use up what all have', async () => {
    const { post } = await startTestDoor({ sources: `trusted_proxies: [127.0.0.1]\n${SOURCES}` });
    const batch = Array.from({ length: 30 }, (_, i) => track({ messageId: `m${i}`, type: 'page' }));
    const sendFrom = async (forwarded: string) =>
      (await post('/v1/b', { batch }, { ...basic(KEYS.web), 'x-forwarded-for': forwarded })).status;
    expect(await sendFrom('1.1.1.1, 203.0.113.7')).toBe(200);
    // The first is what the client says of itself.
    expect(await sendFrom('2.2.2.2, 203.0.113.7')).toBe(429);
    expect(await sendFrom('2001:db8:0:1::1')).toBe(200);
    expect(await sendFrom('2001:db8:0:1:ffff::2')).toBe(429);
    expect(await sendFrom('2001:db8:0:2::1')).toBe(200);
  });

  test("of Segment's SDK get settings whose one integration is here", async () => {
    const { url, watched } = await startTestDoor();
    const ask = (key: string) => fetch(`${url}/v1/projects/${key}/settings`, { headers: { origin: PAGE } });
    const answer = await ask(KEYS.web);
    expect(await answer.json()).toMatchObject({
      integrations: {
        'Segment.io': { apiKey: KEYS.web, apiHost: `${url.slice('http://'.length)}/v1`, protocol: 'http' },
      },
    });
    const forwarded = { 'x-forwarded-host': 'events.shop.example', 'x-forwarded-proto': 'https' };
    const asked = `${url}/v1/projects/${KEYS.web}/settings`;
    const apiHost = async () => JSON.stringify(await (await fetch(asked, { headers: forwarded })).json());
    expect(await apiHost()).not.toContain('events.shop.example');
    watched.current = bookOf(`trusted_proxies: [127.0.0.1]\n${SOURCES}`);
    expect(await apiHost()).toContain('"apiHost":"events.shop.example/v1","protocol":"https"');
    expect([(await ask(KEYS.shop)).status, (await ask('x')).status]).toEqual([401, 401]);
    expect((await fetch(`${url}/v1/projects/${KEYS.shop}/settings`)).status).toBe(401);
  });
});
