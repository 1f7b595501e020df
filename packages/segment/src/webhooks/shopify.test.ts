import { describe, expect, test } from 'vitest';
import type { Accepted, Outcome } from '../outcome.ts';
import { sourceOf } from '../source.ts';
import { checkOutcome } from '../testing/check-outcome.ts';
import { RECEIVED_AT } from '../testing/map.ts';
import { SHOPIFY_CUSTOMER, SHOPIFY_ORDER } from './fixtures.testing.ts';
import { type Shop, shopOf } from './shop.ts';
import { mapShopify } from './shopify.ts';

const source = sourceOf({ name: 'store', kind: 'webhook', currency: 'CAD' });

function map(body: string, topic = 'orders/updated', settings: Partial<Shop> = {}): Outcome {
  return mapShopify({ shop: shopOf(source, settings), body, topic, receivedAt: RECEIVED_AT });
}

/** The fixture with some of its fields changed, and its ids as they were written. */
function order(changes: Readonly<Record<string, string>> = {}): string {
  return Object.entries(changes).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, SHOPIFY_ORDER);
}

function accepted(outcome: Outcome): Accepted {
  expect(outcome).toMatchObject({ verdict: 'accepted' });
  checkOutcome(outcome);
  return outcome as Accepted;
}

function saidOf(outcome: Outcome): readonly unknown[] {
  return accepted(outcome).records.map(({ event }) =>
    'status' in event ? [event.status, event.amountMinor, new Date(event.occurredAt).toISOString()] : event,
  );
}

describe("an order's body", () => {
  test('is its state: placed, paid, and what it amounts to now, each at its own time, in money of the shop', () => {
    const outcome = map(SHOPIFY_ORDER);
    expect(saidOf(outcome)).toEqual([
      ['PLACED', 40_495, '2026-11-20T18:05:38.000Z'],
      ['PAID', 40_495, '2026-11-20T18:06:00.000Z'],
      ['UPDATED', 36_997, '2026-11-20T18:10:00.000Z'],
    ]);
    expect(accepted(outcome).records).toMatchObject([{ topic: 'orders', event: { currency: 'USD' } }, {}, {}]);
  });

  test('has ids beyond 2^53 with all their digits, and its lines', () => {
    expect(accepted(map(SHOPIFY_ORDER)).records[0]?.event).toMatchObject({
      orderId: '820982911946154508',
      customerId: 'ext:store:9007199254740993',
      items: [
        { sku: 'SKU2006-001', quantity: 1, amountMinor: 19_900 },
        { sku: '18446744073709551615', quantity: 2, amountMinor: 19_998 },
      ],
    });
  });

  test('that is sent again is a repeat: ids are of the order, the body and what it says', () => {
    const ids = accepted(map(SHOPIFY_ORDER)).records.map(({ event }) => event.eventId);
    expect(ids).toEqual(
      ['PLACED', 'PAID', 'UPDATED'].map((status) =>
        expect.stringMatching(new RegExp(`^store:820982911946154508:[0-9a-f]{16}#${status}$`)),
      ),
    );
    expect(accepted(map(SHOPIFY_ORDER, 'orders/create')).records.map(({ event }) => event.eventId)).toEqual(ids);
    expect(accepted(map(order({ '"369.97"': '"369.98"' }))).records[0]?.event.eventId).not.toBe(ids[0]);
  });

  test.each([
    ['pending', ['PLACED', 'UPDATED']],
    ['authorized', ['PLACED', 'UPDATED']],
    ['partially_paid', ['PLACED', 'UPDATED']],
    ['paid', ['PLACED', 'PAID', 'UPDATED']],
    ['partially_refunded', ['PLACED', 'PAID', 'UPDATED']],
    ['refunded', ['PLACED', 'PAID', 'UPDATED', 'REFUNDED']],
    ['voided', ['PLACED', 'UPDATED']],
  ])('that is %s implies %j', (status, expected) => {
    expect(saidOf(map(order({ '"paid"': `"${status}"` }))).map((said) => (said as string[])[0])).toEqual(expected);
  });

  test('that is cancelled says when', () => {
    const body = order({ '"cancelled_at": null': '"cancelled_at": "2026-11-21T00:00:00Z"' });
    expect(saidOf(map(body))).toContainEqual(['CANCELLED', 0, '2026-11-21T00:00:00.000Z']);
  });

  test('of a test is ignored, and so are part refunds, which it has in it', () => {
    expect(map(order({ '"test": false': '"test": true' }))).toMatchObject({ verdict: 'ignored', reason: 'not-used' });
    expect(map('{"id": 1, "order_id": 2}', 'refunds/create')).toMatchObject({ verdict: 'ignored', reason: 'not-used' });
  });

  test.each([
    ['not JSON', 'orders/create', 'malformed'],
    ['['.repeat(1_000_000), 'orders/create', 'malformed'],
    ['[]', 'orders/create', 'unmapped'],
    ['{}', 'orders/create', 'unmapped'],
    [SHOPIFY_ORDER, 'products/update', 'unmapped'],
    [SHOPIFY_ORDER, '__proto__', 'unmapped'],
    ['{"shop_id": 1, "customer": {"id": 17}}', 'customers/redact', 'not-supported'],
    [order({ '"404.95"': '"404,95"' }), 'orders/create', 'invalid-field'],
    [order({ '"2026-11-20T13:05:38-05:00"': '"yesterday"' }), 'orders/create', 'invalid-time'],
    [order({ '"2026-11-20T13:10:00-05:00"': '"2027-11-20T13:10:00-05:00"' }), 'orders/create', 'future'],
  ])('that cannot be mapped is a dead letter: %#', (body, topic, reason) => {
    expect(map(body, topic)).toMatchObject({ verdict: 'refused', reason });
  });
});

describe('its customer', () => {
  const guest = order({
    '"id": 9007199254740993, "email": "john@example.com"': '"id": null, "email": " John@Example.com"',
  });

  test('is the shop’s own, or the site’s where the prefix is written empty', () => {
    expect(accepted(map(SHOPIFY_ORDER, 'orders/paid', { customerPrefix: '' })).records[0]?.event.customerId).toBe(
      '9007199254740993',
    );
  });

  test('who is a guest is known by their address, made unreadable with the pepper', () => {
    const { customerId } = accepted(map(guest, 'orders/create', { pepper: 'salt' })).records[0]?.event ?? {};
    expect(customerId).toMatch(/^email:[a-z2-7]{52}$/);
    const known = order({ '"john@example.com"': '"JOHN@example.com "' });
    expect(
      accepted(map(known, 'orders/create', { pepper: 'salt', customer: 'email' })).records[0]?.event.customerId,
    ).toBe(customerId);
    expect(accepted(map(guest, 'orders/create', { pepper: 'other' })).records[0]?.event.customerId).not.toBe(
      customerId,
    );
  });

  test('who is a guest is nobody without a pepper, and nobody’s address is said', () => {
    const outcome = map(guest);
    expect(outcome).toMatchObject({ verdict: 'refused', reason: 'no-identity' });
    expect(JSON.stringify(outcome).toLowerCase()).not.toContain('example.com');
  });

  test('is named by a field where the source says which', () => {
    expect(
      accepted(map(SHOPIFY_ORDER, 'orders/create', { customer: 'customer.first_name' })).records[0]?.event.customerId,
    ).toBe('ext:store:John');
  });
});

describe("a customer's body", () => {
  test('is traits, without addresses, and consents that have a time of their own', () => {
    const { records } = accepted(map(SHOPIFY_CUSTOMER, 'customers/update'));
    expect(records.map(({ event }) => event)).toMatchObject([
      {
        customerId: 'ext:store:706405506930370084',
        occurredAt: Date.UTC(2026, 10, 20, 19),
        traits: {
          first_name: 'Bob',
          last_name: 'Biller',
          state: 'disabled',
          tags: 'vip, newsletter',
          verified_email: 'true',
          currency: 'USD',
          city: 'Ghent',
          country: 'BE',
        },
        consents: [],
      },
      {
        occurredAt: Date.UTC(2026, 10, 19, 15),
        traits: {},
        consents: [{ channel: 'email', purpose: 'marketing', granted: true }],
      },
    ]);
    expect(records).toHaveLength(2);
    expect(JSON.stringify(records)).not.toMatch(/biller\.com|5145550000|Somewhere/);
  });
});
