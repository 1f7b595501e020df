import { describe, expect, test } from 'vitest';
import type { Accepted, Outcome } from '../outcome.ts';
import { sourceOf } from '../source.ts';
import { checkOutcome } from '../testing/check-outcome.ts';
import { RECEIVED_AT } from '../testing/map.ts';
import { WOOCOMMERCE_ORDER } from './fixtures.testing.ts';
import { type Shop, shopOf } from './shop.ts';
import { isWooCommercePing, mapWooCommerce } from './woocommerce.ts';

const source = sourceOf({ name: 'woo', kind: 'webhook', currency: 'USD' });

function map(changes: object = {}, topic = 'order.updated', settings: Partial<Shop> = {}): Outcome {
  const body = JSON.stringify({ ...WOOCOMMERCE_ORDER, ...changes });
  return mapWooCommerce({ shop: shopOf(source, settings), body, topic, receivedAt: RECEIVED_AT });
}

function saidOf(outcome: Outcome): readonly unknown[] {
  expect(outcome).toMatchObject({ verdict: 'accepted' });
  checkOutcome(outcome);
  return (outcome as Accepted).records.map(({ event }) =>
    'status' in event ? [event.status, event.amountMinor, event.occurredAt] : event,
  );
}

const CREATED_AT = Date.UTC(2026, 10, 20, 16, 28, 2);
const MODIFIED_AT = Date.UTC(2026, 10, 20, 16, 28, 8);

describe("an order's body", () => {
  test.each([
    ['pending', []],
    ['on-hold', []],
    ['processing', [['PAID', 2_935, MODIFIED_AT]]],
    ['completed', [['PAID', 2_935, MODIFIED_AT]]],
    ['cancelled', [['CANCELLED', 0, MODIFIED_AT]]],
    ['failed', [['CANCELLED', 0, MODIFIED_AT]]],
    ['refunded', [['REFUNDED', 0, MODIFIED_AT]]],
    ['shipped-by-plugin', []],
    ['constructor', []],
  ])('with the status %s says that it was placed, %j, and what it amounts to now', (status, implied) => {
    expect(saidOf(map({ status }))).toEqual([
      ['PLACED', 2_935, CREATED_AT],
      ...implied,
      ['UPDATED', 2_935, MODIFIED_AT],
    ]);
  });

  test('has its refunds taken off what it amounts to now', () => {
    const refunds = [
      { id: 1, total: '-10.00' },
      { id: 2, total: '-0.35' },
    ];
    expect(saidOf(map({ refunds }))).toContainEqual(['UPDATED', 1_900, MODIFIED_AT]);
    expect(map({ refunds: [{ total: '-29.36' }] })).toMatchObject({ verdict: 'refused', reason: 'invalid-field' });
  });

  test('names order, customer, currency and lines', () => {
    expect((map() as Accepted).records[0]?.event).toMatchObject({
      eventId: expect.stringMatching(/^woo:727:[0-9a-f]{16}#PLACED$/),
      orderId: '727',
      customerId: 'ext:woo:26',
      currency: 'EUR',
      items: [{ sku: '93', quantity: 2, amountMinor: 600 }],
    });
  });

  test('of a guest (customer 0) is known by the address alone', () => {
    expect(map({ customer_id: 0 })).toMatchObject({ verdict: 'refused', reason: 'no-identity' });
    expect(
      (map({ customer_id: 0 }, 'order.created', { pepper: 'salt' }) as Accepted).records[0]?.event.customerId,
    ).toMatch(/^email:/);
  });

  test.each(['checkout-draft', 'trash'])('with the status %s is ignored: nobody has placed it', (status) => {
    expect(map({ status })).toMatchObject({ verdict: 'ignored', reason: 'not-used' });
  });

  test('of another topic is ignored, or a dead letter where nobody knows it', () => {
    expect(map({}, 'order.deleted')).toMatchObject({ verdict: 'ignored' });
    expect(map({}, 'coupon.created')).toMatchObject({ verdict: 'refused', reason: 'unmapped' });
  });
});

test('the first ping is known by its form', () => {
  expect(isWooCommercePing('webhook_id=17')).toBe(true);
  expect(isWooCommercePing('webhook_id=17&x=1')).toBe(false);
  expect(isWooCommercePing(JSON.stringify(WOOCOMMERCE_ORDER))).toBe(false);
});
