import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accepted, recordOf, refused, track } from '../testing/map.ts';

const ORDER = { order_id: 'o1', total: 129.5 };

describe('an order event', () => {
  test.each([
    ['Order Completed', 'PLACED'],
    ['Completed Order', 'PLACED'],
    ['Order Updated', 'UPDATED'],
    ['Updated Order', 'UPDATED'],
    ['Order Refunded', 'PARTIALLY_REFUNDED'],
    ['Refunded Order', 'PARTIALLY_REFUNDED'],
    ['Order Cancelled', 'CANCELLED'],
    ['Cancelled Order', 'CANCELLED'],
    ['order completed', 'PLACED'],
    ['order_completed', 'PLACED'],
    ['OrderCompleted', 'PLACED'],
  ])('%s is the order %s', (event, status) => {
    expect(accepted(track(event, ORDER)).records).toMatchObject([
      {
        topic: 'orders',
        event: { eventId: 'shop:m1', customerId: 'anna', orderId: 'o1', status, amountMinor: 12_950, currency: 'USD' },
      },
    ]);
  });

  test('a refund with an amount is of a part, by the id of the refund, else of the message', () => {
    expect(recordOf(track('Order Refunded', { ...ORDER, refund_id: 'r1' }))).toMatchObject({
      status: 'PARTIALLY_REFUNDED',
      refundId: 'r1',
      amountMinor: 12_950,
    });
    expect(recordOf(track('Order Refunded', { ...ORDER, refund_id: 'null' }))).toMatchObject({ refundId: 'm1' });
  });

  test('a refund without an amount is of the whole order', () => {
    expect(recordOf(track('Order Refunded', { order_id: 'o1' }))).toMatchObject({
      status: 'REFUNDED',
      refundId: null,
      amountMinor: 0,
    });
  });

  test('a refund of products whose prices it does not say is a dead letter: it may be of a part', () => {
    expect(refused(track('Order Refunded', { order_id: 'o1', products: [{ sku: 's1' }] }))).toMatchObject({
      reason: 'invalid-field',
    });
  });

  test('a cancellation needs no amount', () => {
    expect(recordOf(track('Order Cancelled', { order_id: 'o1' }))).toMatchObject({
      status: 'CANCELLED',
      amountMinor: 0,
    });
  });

  test.each(['Order Completed', 'Order Updated'])('%s without an amount is a dead letter', (event) => {
    expect(refused(track(event, { order_id: 'o1' }))).toMatchObject({
      reason: 'invalid-field',
      errors: [{ field: 'properties.total' }],
    });
  });

  test.each([undefined, null, '', 'undefined', 0, '0'])(
    'without an order id (%j) is a dead letter, unless its source says to take the message id',
    (order_id) => {
      expect(refused(track('Order Completed', { ...ORDER, order_id }))).toMatchObject({ reason: 'missing-order-id' });
      const orderId = 'message_id';
      expect(recordOf(track('Order Completed', { ...ORDER, order_id }), { source: { orderId } })).toMatchObject({
        orderId: 'm1',
      });
    },
  );

  test('an order id may be a number, up to 2^53', () => {
    expect(recordOf(track('Order Completed', { ...ORDER, order_id: 4711 }))).toMatchObject({ orderId: '4711' });
    expect(refused(track('Order Completed', { ...ORDER, order_id: 2 ** 53 }))).toMatchObject({
      reason: 'invalid-field',
    });
  });
});

describe('its amount', () => {
  const places = { order_id: 'o1', total: 4, revenue: 3, subtotal: 2, products: [{ sku: 's', price: 1 }] };

  test('is total, else revenue, else subtotal, else the sum of its products', () => {
    const amountOf = (properties: object) => recordOf(track('Order Completed', properties))['amountMinor'];
    expect(amountOf(places)).toBe(400);
    expect(amountOf({ ...places, total: null })).toBe(300);
    expect(amountOf({ ...places, total: null, revenue: '' })).toBe(200);
    expect(amountOf({ ...places, total: null, revenue: null, subtotal: undefined })).toBe(100);
  });

  test('is where its source says, for its refunds alike', () => {
    const source = { orderAmount: ['revenue'] } as const;
    expect(recordOf(track('Order Completed', places), { source })).toMatchObject({ amountMinor: 300 });
    expect(recordOf(track('Order Refunded', places), { source })).toMatchObject({
      status: 'PARTIALLY_REFUNDED',
      amountMinor: 300,
    });
  });

  test('of products is the sum of price × quantity, less the discount, rounded once', () => {
    const products = [
      { sku: 'a', price: '0.333', quantity: '3' },
      { sku: 'b', price: 19.99 },
      { sku: 'c', price: 1.005, quantity: 2 },
    ];
    expect(recordOf(track('Order Completed', { order_id: 'o1', products, discount: 0.5 }))).toMatchObject({
      amountMinor: 2_250,
      items: [{ amountMinor: 100 }, { amountMinor: 1_999 }, { amountMinor: 201 }],
    });
  });

  test('of products is refused where the discount is more', () => {
    expect(
      refused(track('Order Completed', { order_id: 'o1', products: [{ sku: 'a', price: 1 }], discount: 2 })),
    ).toMatchObject({ reason: 'invalid-field' });
  });

  test.each([
    [129.5, 'USD', 12_950],
    ['27.50', 'USD', 2_750],
    ['1e3', 'USD', 100_000],
    [1e3, 'USD', 100_000],
    ['.5', 'USD', 50],
    ['1.', 'USD', 100],
    [' 7 ', 'USD', 700],
    [1.005, 'USD', 101],
    [1.0049999999, 'USD', 100],
    [0.285, 'USD', 29],
    ['500', 'JPY', 500],
    [500.5, 'JPY', 501],
    [1.2345, 'BHD', 1_235],
    [0, 'USD', 0],
    [10_000_000_000, 'USD', 1_000_000_000_000],
  ])('%j %s is %d minor units, exactly', (total, currency, amountMinor) => {
    expect(recordOf(track('Order Completed', { order_id: 'o1', total, currency }))).toMatchObject({
      amountMinor,
      currency,
    });
  });

  test.each([
    '27,50',
    '$27',
    '27 USD',
    '-1',
    -1,
    'NaN',
    '1e',
    'e3',
    '.',
    '1_000',
    '0x10',
    true,
    [1],
    {},
    10_000_000_000.01,
    '1e999',
    '9'.repeat(65),
  ])('%j is refused: it would be a guess', (total) => {
    expect(refused(track('Order Completed', { order_id: 'o1', total }))).toMatchObject({ reason: 'invalid-field' });
  });

  test('is whole minor units where its source says so', () => {
    const source = { amounts: 'minor' } as const;
    expect(recordOf(track('Order Completed', { order_id: 'o1', total: '12950' }), { source })).toMatchObject({
      amountMinor: 12_950,
    });
    expect(refused(track('Order Completed', { order_id: 'o1', total: 129.5 }), { source })).toMatchObject({
      reason: 'invalid-field',
    });
  });

  test('has the digits that were written, half away from zero, whatever they are', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999_999_999n }), fc.integer({ min: 0, max: 6 }), (coefficient, scale) => {
        const digits = coefficient.toString().padStart(scale + 1, '0');
        const total = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
        const exact = coefficient * 10n ** 6n;
        const unit = 10n ** BigInt(scale + 4);
        const expected = exact / unit + ((exact % unit) * 2n >= unit ? 1n : 0n);
        expect(recordOf(track('Order Completed', { order_id: 'o1', total }))['amountMinor']).toBe(Number(expected));
      }),
    );
  });
});

describe('its currency', () => {
  test.each([
    ['eur', 'EUR'],
    [' JPY ', 'JPY'],
    [undefined, 'USD'],
    [null, 'USD'],
    ['', 'USD'],
  ])('%j is %s: in capitals, and the source’s where there is none', (currency, expected) => {
    expect(recordOf(track('Order Completed', { ...ORDER, currency }))).toMatchObject({ currency: expected });
  });

  test.each(['XYZ', '€', 840, {}])('%j is refused', (currency) => {
    expect(refused(track('Order Completed', { ...ORDER, currency }))).toMatchObject({ reason: 'unknown-currency' });
  });
});

describe('its products', () => {
  test('are named by sku, else product_id, else name; have a category, and a quantity of 1 unless they say one', () => {
    const products = [
      { sku: 's1', product_id: 'p1', name: 'n1', price: 2, quantity: '3', category: 'Games' },
      { product_id: 17, name: 'n2' },
      { name: 'n3', quantity: 0 },
    ];
    expect(recordOf(track('Order Completed', { ...ORDER, products }))['items']).toEqual([
      { sku: 's1', quantity: 3, amountMinor: 600, category: 'Games' },
      { sku: '17', quantity: 1, amountMinor: 0, category: null },
      { sku: 'n3', quantity: 0, amountMinor: 0, category: null },
    ]);
  });

  test('without a name are left out, and so are those beyond a thousand; both are said', () => {
    const products = [{ price: 1 }, 'x', null, ...Array.from({ length: 1_001 }, (_, i) => ({ sku: `s${i}` }))];
    const { records, warnings } = accepted(track('Order Completed', { ...ORDER, products }));
    expect(records[0]?.topic === 'orders' && records[0].event.items).toHaveLength(1_000);
    expect([...warnings]).toEqual([['items-dropped', 4]]);
  });

  test.each([{ price: '1,5' }, { price: -1 }, { quantity: 'two' }, { quantity: -1 }, { quantity: 2 ** 31 }])(
    '%j is refused',
    (product) => {
      expect(refused(track('Order Completed', { ...ORDER, products: [{ sku: 's', ...product }] }))).toMatchObject({
        reason: 'invalid-field',
      });
    },
  );

  test('that are no list are none', () => {
    expect(recordOf(track('Order Completed', { ...ORDER, products: 'x' }))).toMatchObject({ items: [] });
  });
});
