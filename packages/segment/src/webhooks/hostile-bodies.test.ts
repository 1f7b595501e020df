import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mapCloudEvent } from '../cloud-events/map-cloud-event.ts';
import { sourceOf } from '../source.ts';
import { checkOutcome } from '../testing/check-outcome.ts';
import { hostileJson } from '../testing/hostile-json.ts';
import { RECEIVED_AT } from '../testing/map.ts';
import { SHOPIFY_CUSTOMER, SHOPIFY_ORDER, WOOCOMMERCE_ORDER } from './fixtures.testing.ts';
import { shopOf } from './shop.ts';
import { mapShopify, SHOPIFY_TOPICS } from './shopify.ts';
import { mapWooCommerce } from './woocommerce.ts';

const source = sourceOf({ name: 'store', kind: 'webhook', currency: 'USD' });
const shop = shopOf(source, { pepper: 'salt' });
const receivedAt = RECEIVED_AT;

/** An event with some of its fields made hostile. */
function spoiled(whole: object): fc.Arbitrary<object> {
  const names = Object.keys(whole);
  return fc
    .dictionary(fc.constantFrom(...names), hostileJson, { maxKeys: 2 })
    .map((changes) => ({ ...whole, ...changes }));
}

const topic = fc.constantFrom(...Object.keys(SHOPIFY_TOPICS), 'order.updated', '__proto__', '');

test.each([
  ['an order of Shopify', JSON.parse(SHOPIFY_ORDER) as object, mapShopify, 'orders/updated'],
  ['a customer of Shopify', JSON.parse(SHOPIFY_CUSTOMER) as object, mapShopify, 'customers/update'],
  ['an order of WooCommerce', WOOCOMMERCE_ORDER, mapWooCommerce, 'order.updated'],
])('%s: whatever a body holds, it is mapped without throwing, and alike each time', (_, whole, map, usual) => {
  let accepted = 0;
  fc.assert(
    fc.property(spoiled(whole), fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, topic), (json, about) => {
      const webhook = { shop, body: JSON.stringify(json), topic: about, receivedAt };
      const outcome = map(webhook);
      checkOutcome(outcome);
      if (outcome.verdict === 'accepted') accepted++;
      expect(map(webhook)).toEqual(outcome);
    }),
    { numRuns: 300 },
  );
  expect(accepted).toBeGreaterThan(10);
});

test('any text at all is mapped without throwing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), topic, (body, about) => {
      checkOutcome(mapShopify({ shop, body, topic: about, receivedAt }));
      checkOutcome(mapWooCommerce({ shop, body, topic: about, receivedAt }));
    }),
  );
});

test('whatever a CloudEvent holds, it is mapped without throwing, to what a producer may send', () => {
  const event = {
    id: 'e1',
    source: 's',
    type: 'tidemark.order',
    subject: 'anna',
    time: '2026-11-21T11:00:00Z',
    data: {},
  };
  const data = fc.oneof(
    hostileJson,
    spoiled({ orderId: 'o1', status: 'PAID', amountMinor: 1, currency: 'USD' }),
    spoiled({ traits: {}, consents: [] }),
  );
  const type = fc.constantFrom(
    'tidemark.order',
    'tidemark.identity',
    'tidemark.interaction',
    'tidemark.marketing',
    'row',
  );
  const tables = new Map([
    [
      'row',
      { topic: 'orders' as const, fields: { orderId: 'orderId', amountMinor: 'amountMinor', occurredAt: 'traits' } },
    ],
  ]);
  fc.assert(
    fc.property(spoiled(event), data, type, (json, inner, called) => {
      const receipt = { source, receivedAt, tables, newId: () => 'made' };
      checkOutcome(mapCloudEvent({ ...json, data: inner, type: called }, receipt));
      checkOutcome(mapCloudEvent(inner, receipt));
    }),
    { numRuns: 500 },
  );
});
