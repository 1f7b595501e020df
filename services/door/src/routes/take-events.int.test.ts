import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { basic, KEYS, NOW, SHOPIFY_SECRET, startTestDoor } from '../testing/test-door.ts';

const signed = (secret: string, body: string | Buffer) => createHmac('sha256', secret).update(body).digest('base64');

const ORDER = `{"id":820982911946154508,"created_at":"2026-11-20T13:05:38-05:00","updated_at":"2026-11-20T13:10:00-05:00",
 "processed_at":"2026-11-20T13:06:00-05:00","currency":"USD","total_price":"404.95","current_total_price":"369.97",
 "financial_status":"paid","test":false,"customer":{"id":9007199254740993},"line_items":[]}`;

const shopify = (body: string | Buffer, topic = 'orders/paid', secret = SHOPIFY_SECRET) => ({
  'content-type': 'application/json',
  'x-shopify-topic': topic,
  'x-shopify-hmac-sha256': signed(secret, body),
});

describe('a webhook', () => {
  test('of Shopify becomes the records of its order, with ids beyond 2^53 digit for digit, and a body sent again the same', async () => {
    const { post, events } = await startTestDoor();
    for (const _ of [1, 2]) {
      const answer = await post('/v1/webhooks/eu', ORDER, shopify(ORDER));
      expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
    }
    const found = [...(await events()).values()];
    expect(found.map(({ status }) => status).sort()).toEqual(['PAID', 'PLACED', 'UPDATED']);
    expect(new Set(found.map(({ orderId }) => orderId))).toEqual(new Set(['820982911946154508']));
    expect(new Set(found.map(({ customerId }) => customerId))).toEqual(new Set(['ext:eu:9007199254740993']));
  });

  test('without its signature, with another one, or of no source, is 401, and nothing is written', async () => {
    const { post, events, letters, answered } = await startTestDoor();
    const attempts: [string, Record<string, string>][] = [
      ['/v1/webhooks/eu', {}],
      ['/v1/webhooks/eu', shopify(ORDER, 'orders/paid', 'another')],
      ['/v1/webhooks/eu', shopify(`${ORDER} `)],
      ['/v1/webhooks/nobody', shopify(ORDER)],
      ['/v1/webhooks/shop', shopify(ORDER)],
    ];
    for (const [path, headers] of attempts) expect((await post(path, ORDER, headers)).status).toBe(401);
    expect([(await events()).size, (await letters()).length, answered.length]).toEqual([0, 0, 5]);
  });

  test('that is bad is answered 200, so that it is not given up, and is a dead letter with its bytes and topic', async () => {
    const { post, letters } = await startTestDoor();
    const bodies: [string | Buffer, string][] = [
      ['{', 'orders/paid'],
      [ORDER, 'products/update'],
      [ORDER, 'customers/redact'],
      [Buffer.from([0x22, 0xe9, 0x22]), 'orders/paid'],
    ];
    for (const [body, topic] of bodies) {
      expect((await post('/v1/webhooks/eu', body, shopify(body, topic))).status).toBe(200);
    }
    const found = await letters();
    const told = found.map(({ reason, headers, topic }) => [reason, headers['form'], topic]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['malformed', 'webhook:orders/paid', 'source:eu'],
        ['unmapped', 'webhook:products/update', 'source:eu'],
        ['not-supported', 'webhook:customers/redact', 'source:eu'],
        ['malformed', 'body', 'source:eu'],
      ]),
    );
    expect(found.map(({ value }) => Buffer.from(value ?? []).toString('latin1'))).toContain('"é"');
  });

  test('of WooCommerce: its unsigned ping is answered 200 and is no event; a signed order is', async () => {
    const { post, events, letters } = await startTestDoor();
    expect((await post('/v1/webhooks/woo', 'webhook_id=17')).status).toBe(200);
    expect((await post('/v1/webhooks/eu', 'webhook_id=17')).status).toBe(401);
    expect([(await events()).size, (await letters()).length]).toEqual([0, 0]);
    const order = JSON.stringify({
      id: 727,
      status: 'processing',
      currency: 'EUR',
      date_created_gmt: '2026-11-20T16:28:02',
      date_modified_gmt: '2026-11-20T16:28:08',
      total: '29.35',
      customer_id: 26,
      line_items: [],
      refunds: [],
    });
    const headers = { 'x-wc-webhook-topic': 'order.updated', 'x-wc-webhook-signature': signed('secret-of-woo', order) };
    expect((await post('/v1/webhooks/woo', order, headers)).status).toBe(200);
    const statuses = [...(await events()).values()].map(({ status, customerId }) => `${status} ${customerId}`);
    expect(statuses.sort()).toEqual(['PAID ext:woo:26', 'PLACED ext:woo:26', 'UPDATED ext:woo:26']);
  });

  test('waits for a log that is away, or a replay, with 503', async () => {
    const { post, state } = await startTestDoor();
    state.current = { ...state.current, lanes: 'replaying' };
    const answer = await post('/v1/webhooks/eu', ORDER, shopify(ORDER));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '30']);
  });

  test('beyond 4 MiB is 413', async () => {
    const { post } = await startTestDoor();
    expect((await post('/v1/webhooks/eu', Buffer.alloc(4_194_305, ' '))).status).toBe(413);
  });
});

describe('CloudEvents', () => {
  const event = (id: string, more: object = {}) => ({
    specversion: '1.0',
    id,
    source: '/shop',
    type: 'tidemark.order',
    subject: 'anna',
    time: '2026-11-21T11:59:00Z',
    data: { orderId: `o-${id}`, status: 'PAID', amountMinor: 1_999, currency: 'USD' },
    ...more,
  });

  test.each<[string, unknown, Record<string, string>]>([
    ['structured', event('1'), { 'content-type': 'application/cloudevents+json; charset=utf-8' }],
    ['in a batch', [event('1')], { 'content-type': 'application/cloudevents-batch+json' }],
    ["in Debezium's bare list", [event('1')], { 'content-type': 'application/cloudevents+json' }],
    [
      'binary',
      event('1').data,
      {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': '1',
        'ce-source': '/shop',
        'ce-type': 'tidemark.order',
        'ce-subject': 'anna',
        'ce-time': '2026-11-21T11:59:00Z',
      },
    ],
  ])('%s become records', async (_name, body, headers) => {
    const { post, events } = await startTestDoor();
    const answer = await post('/v1/events', body, { ...headers, ...basic(KEYS.shop) });
    expect(answer.status).toBe(200);
    expect((await events()).get('orders shop:/shop:1')).toMatchObject({ customerId: 'anna', orderId: 'o-1' });
  });

  test('that are bad are answered 200 and are dead letters, each alone; a body that is none is one', async () => {
    const { post, events, letters } = await startTestDoor();
    const headers = { 'content-type': 'application/cloudevents-batch+json', ...basic(KEYS.shop) };
    const batch = [event('1'), event('2', { type: 'else' }), 17, event('3', { subject: 'null' })];
    for (const body of [batch, '{', Buffer.from([0xff])]) {
      expect((await post('/v1/events', body, headers)).status).toBe(200);
    }
    const lying = { ...headers, 'content-encoding': 'gzip' };
    expect((await post('/v1/events', 'no gzip', lying)).status).toBe(200);
    expect((await events()).size).toBe(1);
    expect((await letters()).map(({ reason }) => reason).sort()).toEqual([
      ...['malformed', 'malformed', 'malformed', 'no-identity', 'unmapped', 'unmapped'],
    ]);
  });

  test('of nobody are 401; signed as Standard Webhooks they need no key', async () => {
    const { post, events } = await startTestDoor();
    const headers = { 'content-type': 'application/cloudevents+json' };
    expect((await post('/v1/events', event('1'), headers)).status).toBe(401);
    const body = JSON.stringify(event('1'));
    const timestamp = String(NOW / 1_000);
    const signature = `v1,${signed('secret-of-standard', `w1.${timestamp}.${body}`)}`;
    const standard = { ...headers, 'webhook-id': 'w1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    expect((await post('/v1/webhooks/cdc', body, standard)).status).toBe(200);
    expect((await post('/v1/webhooks/cdc', `${body} `, standard)).status).toBe(401);
    expect([...(await events()).keys()]).toEqual(['orders cdc:/shop:1']);
  });
});
