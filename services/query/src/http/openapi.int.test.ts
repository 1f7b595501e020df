import { Validator } from '@seriousme/openapi-schema-validator';
import type { EventTopic } from '@tidemark/contracts';
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';
import { EVENT_SCHEMAS } from './event-schemas.ts';

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Record<string, unknown> }>>>>;
}

describe('the OpenAPI document', () => {
  test('is valid OpenAPI 3.1', async () => {
    const { get } = await startTestServer();
    const document = (await (await get('/openapi.json')).json()) as Document;
    expect(document.openapi).toBe('3.1.0');
    const result = await new Validator().validate(document as never);
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  test('has every route of the API, each with what it may be refused for', async () => {
    const { get } = await startTestServer();
    const { paths } = (await (await get('/openapi.json')).json()) as Document;
    expect(Object.entries(paths).map(([path, operations]) => [path, Object.keys(operations)])).toEqual([
      ['/v1/profiles/{id}', ['get']],
      ['/v1/profiles/{id}/timeline', ['get']],
      ['/v1/profiles/{id}/tier-changes', ['get']],
      ['/v1/profiles/{id}/explain', ['get']],
      ['/v1/tiers', ['get']],
      ['/v1/tiers/{name}', ['get']],
      ['/v1/tier-changes', ['get']],
      ['/v1/lanes', ['get']],
      ['/v1/topics/{topic}/records', ['post']],
    ]);
    for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['200', '400', '401', '403', '429', '500', '503']),
      );
    }
  });
});

describe('the events that the document describes', () => {
  const event = { eventId: 'e1', customerId: 'anna', occurredAt: '2026-11-21T09:30:00Z' };
  const order = { ...event, orderId: 'o1', status: 'PAID', amountMinor: 1_999, currency: 'EUR' };
  const visit = { ...event, channel: 'web', action: 'page_view' };
  const message = { ...event, channel: 'email', campaignId: 'c1', kind: 'SENT' };
  const cases: [EventTopic, object, boolean][] = [
    ['orders', order, true],
    [
      'orders',
      { ...order, occurredAt: 1_795_262_000_000, refundId: null, items: [{ sku: 's', quantity: 1, amountMinor: 1 }] },
      true,
    ],
    ['orders', { ...order, status: 'SHIPPED' }, false],
    ['orders', { ...order, status: 'UNKNOWN' }, false],
    ['orders', { ...order, amountMinor: 19.99 }, false],
    ['orders', { ...order, colour: 'red' }, false],
    ['orders', event, false],
    ['orders', { ...order, eventId: undefined }, false],
    ['interactions', { ...visit, properties: { price: 1.5, tags: ['a'], isNew: true, name: 'x' } }, true],
    ['interactions', { ...visit, properties: { nested: {} } }, false],
    ['marketing', message, true],
    ['marketing', { ...message, kind: 1 }, false],
    ['identities', { ...event, traits: { plan: 'pro', age: null }, linkedCustomerId: 'anon:a' }, true],
    ['identities', { ...event, consents: [{ channel: 'email', purpose: 'x', granted: 'yes' }] }, false],
  ];

  test.each(cases)('are those that the API takes: %s %j: %s', async (topic, event, isTaken) => {
    const { get, post } = await startTestServer();
    const { components } = (await (await get('/openapi.json')).json()) as {
      components: { schemas: Record<string, object> };
    };
    const schema = components.schemas[String(EVENT_SCHEMAS.get(topic)?.$id)];
    const ajv = new Ajv({ strict: true, strictTypes: false, formats: { 'date-time': true } });
    const read = JSON.parse(JSON.stringify(event));
    expect(ajv.validate(schema ?? false, read)).toBe(isTaken);
    expect((await post(`/v1/topics/${topic}/records`, { records: [read] })).status).toBe(isTaken ? 200 : 400);
  });

  test('stand in the body of the request by their names', async () => {
    const { get } = await startTestServer();
    const text = await (await get('/openapi.json')).text();
    for (const { $id } of EVENT_SCHEMAS.values()) expect(text).toContain(`{"$ref":"#/components/schemas/${$id}"}`);
  });
});

describe('the page to try it', () => {
  test('is where / leads, and loads nothing from elsewhere', async () => {
    const { get } = await startTestServer();
    expect((await get('/')).headers.get('location')).toBe('/docs');
    const page = await get('/docs/');
    const html = await page.text();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(loaded.length).toBeGreaterThan(3);
    for (const address of loaded) {
      expect(address).toMatch(/^\.\//);
      const part = await get(`/docs/${address}`);
      await part.arrayBuffer();
      expect(part.status, address).toBe(200);
    }
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*/);
  });
});
