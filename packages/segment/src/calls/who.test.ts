import { describe, expect, test } from 'vitest';
import { accepted, map, recordOf, refused, track } from '../testing/map.ts';
import { RESERVED_KINDS } from '../values/ids.ts';

describe('a user id', () => {
  test.each([
    ['anna', 'anna'],
    [' anna\n', 'anna'],
    [17, '17'],
    [2 ** 53 - 1, '9007199254740991'],
  ])('%j is the customer, without white space around it', (userId, customerId) => {
    expect(recordOf(track('x', {}, { userId }))).toMatchObject({ customerId });
  });

  test.each([[['anna']], [{ id: 'anna' }], [true], [2 ** 53], [1e21], [-(2 ** 53)]])(
    '%j is refused: whom it means cannot be known',
    (userId) => {
      expect(refused(track('x', {}, { userId, anonymousId: 'a1' }))).toMatchObject({
        reason: 'invalid-field',
        errors: [{ field: 'userId' }],
      });
    },
  );

  test.each([
    '',
    'null',
    'undefined',
    'nan',
    '0',
    '-1',
    'none',
    'guest',
    'anonymous',
    'unknown',
    'id',
    'true',
    'false',
  ])('%j is as good as none, and so are those in other forms', (userId) => {
    for (const form of [userId, ` ${userId.toUpperCase()} `]) {
      expect(recordOf(track('x', {}, { userId: form, anonymousId: 'a1' }))).toMatchObject({ customerId: 'anon:a1' });
    }
  });

  test.each([null, undefined, 0, -1, '[object Object]', '#N/A', '0000', '--', '1.2E+11'])(
    '%j is as good as none',
    (userId) => {
      expect(recordOf(track('x', {}, { userId, anonymousId: 'a1' }))).toMatchObject({ customerId: 'anon:a1' });
    },
  );

  test.each(RESERVED_KINDS)('that begins with %s is a dead letter: another kind of id looks like that', (kind) => {
    expect(refused(track('x', {}, { userId: `${kind}17` }))).toMatchObject({ reason: 'reserved-id' });
  });

  test('that is too long is a dead letter', () => {
    expect(refused(track('x', {}, { userId: 'a'.repeat(257) }))).toMatchObject({
      reason: 'invalid-field',
      errors: [{ field: 'customerId' }],
    });
  });
});

test('of an event without a user id the anonymous id is the customer, and is held', () => {
  const { records, isHeld } = accepted(track('x', {}, { userId: null, anonymousId: 'a1' }));
  expect(records).toMatchObject([{ event: { customerId: 'anon:a1' } }]);
  expect(isHeld).toBe(true);
  expect(accepted(track('x')).isHeld).toBe(false);
});

test('an anonymous id that is too long is known by its hash, as a customer and as a link alike', () => {
  const anonymousId = 'a'.repeat(300);
  const { customerId } = recordOf(track('x', {}, { userId: null, anonymousId }));
  expect(customerId).toMatch(/^anon:[0-9a-f]{64}$/);
  expect(recordOf({ type: 'identify', anonymousId })).toMatchObject({ linkedCustomerId: customerId });
});

test.each([[{ userId: null }], [{ userId: 'null', anonymousId: 'undefined' }], [{ userId: 0, anonymousId: '' }]])(
  'a call that knows nobody is a dead letter: %j',
  (ids) => {
    expect(refused(track('x', {}, ids))).toMatchObject({ reason: 'no-identity' });
  },
);

test('an event of a user id is theirs alone: their anonymous id is linked by identify, alias and orders', () => {
  const both = { userId: 'anna', anonymousId: 'a1' };
  expect(accepted(track('Product Viewed', {}, both)).records).toMatchObject([
    { topic: 'interactions', event: { customerId: 'anna' } },
  ]);
  expect(accepted(track('Order Completed', { order_id: 'o1', total: 1 }, both)).records).toMatchObject([
    { topic: 'orders', event: { eventId: 'shop:m1', customerId: 'anna' } },
    {
      topic: 'identities',
      event: { eventId: 'shop:m1#identity', customerId: 'anna', linkedCustomerId: 'anon:a1' },
    },
  ]);
});

describe('identify', () => {
  test('says traits of the user id, and which anonymous id is theirs', () => {
    expect(accepted({ type: 'identify', anonymousId: 'a1', traits: { plan: 'pro' } }).records).toEqual([
      {
        topic: 'identities',
        event: expect.objectContaining({
          eventId: 'shop:m1',
          customerId: 'anna',
          traits: { plan: 'pro' },
          consents: [],
          erasure: false,
          linkedCustomerId: 'anon:a1',
        }),
      },
    ]);
  });

  test('of somebody anonymous says their traits, and links nothing', () => {
    expect(recordOf({ type: 'identify', userId: null, anonymousId: 'a1', traits: { plan: 'pro' } })).toMatchObject({
      customerId: 'anon:a1',
      traits: { plan: 'pro' },
      linkedCustomerId: null,
    });
  });

  test('is taken without traits: somebody was seen', () => {
    expect(recordOf({ type: 'identify' })).toMatchObject({ customerId: 'anna', traits: {} });
  });
});

describe('alias', () => {
  test('links the previous id, as an anonymous one', () => {
    expect(recordOf({ type: 'alias', previousId: 'a1' })).toMatchObject({
      customerId: 'anna',
      linkedCustomerId: 'anon:a1',
    });
  });

  test('that names no previous id links the anonymous id that it carries', () => {
    expect(recordOf({ type: 'alias', previousId: 'null', anonymousId: 'a1' })).toMatchObject({
      linkedCustomerId: 'anon:a1',
    });
  });

  test.each([
    ['bea@example.com', 'unmapped'],
    ['email:x', 'reserved-id'],
    ['ext:shop:17', 'reserved-id'],
    ['anon:a1', 'reserved-id'],
    ['undefined', 'no-identity'],
  ])('of %j is a dead letter (%s): two who are known must never become one', (previousId, reason) => {
    expect(refused({ type: 'alias', previousId })).toMatchObject({ reason });
  });

  test('to nobody who is known is a dead letter', () => {
    expect(refused({ type: 'alias', userId: null, anonymousId: 'a1', previousId: 'a2' })).toMatchObject({
      reason: 'no-identity',
    });
  });
});

describe('the id of an event', () => {
  test('is that of its message, of its source', () => {
    expect(recordOf(track('x', {}, { messageId: ' node-next-17 ' }))).toMatchObject({ eventId: 'shop:node-next-17' });
    expect(recordOf(track('x'), { source: { name: 'app' } })).toMatchObject({ eventId: 'app:m1' });
  });

  test('that is too long is a hash, which leaves room for a second record', () => {
    const order = track(
      'Order Completed',
      { order_id: 'o1', total: 1 },
      { messageId: 'm'.repeat(243), anonymousId: 'a1' },
    );
    const [first, second] = accepted(order).records;
    expect(first?.event.eventId).toMatch(/^shop:[0-9a-f]{64}$/);
    expect(second?.event.eventId).toBe(`${first?.event.eventId}#identity`);
    expect(recordOf(track('x', {}, { messageId: 'm'.repeat(242) }))).toMatchObject({
      eventId: `shop:${'m'.repeat(242)}`,
    });
  });

  test.each([null, undefined, '', 'undefined', 'NaN', 0, {}, true, 2 ** 60])(
    'is made where its message has none (%j), and that is said',
    (messageId) => {
      const { eventId, warnings } = accepted(track('x', {}, { messageId }));
      expect(eventId).toBe('shop:made');
      expect([...warnings]).toEqual([['no-message-id', 1]]);
    },
  );
});

test.each([
  [{ integrations: { All: false } }, 'integrations'],
  [{ integrations: { All: true, Tidemark: false } }, 'integrations'],
  [{ context: { library: { name: 'tidemark' } } }, 'own-event'],
  [{ type: 'group', groupId: 'g1' }, 'not-used'],
])('a call with %j is ignored', (more, reason) => {
  expect(map(track('x', {}, more))).toEqual({ verdict: 'ignored', eventId: 'shop:m1', reason });
});

test.each([
  [{ All: true, Braze: false }],
  [{ All: false, Tidemark: true }],
  [{ All: false, Tidemark: { lane: 1 } }],
  [undefined],
  ['none'],
])('a call with integrations %j is taken', (integrations) => {
  accepted(track('x', {}, { integrations }));
});

test.each([[null], [[]], ['track'], [17], [undefined]])(
  'what is no object (%j) is a dead letter with an id',
  async (call) => {
    const { mapCall } = await import('./map-call.ts');
    const { sourceOf } = await import('../source.ts');
    const source = sourceOf({ name: 'shop', kind: 'server', currency: 'USD' });
    expect(mapCall(call, { source, receivedAt: 0 as never, newId: () => 'made' })).toMatchObject({
      verdict: 'refused',
      eventId: 'shop:made',
      reason: 'unmapped',
    });
  },
);

test.each([['order'], ['TRACK'], [undefined], [{}]])('a call of type %j is a dead letter', (type) => {
  expect(refused({ type })).toMatchObject({ reason: 'unmapped', errors: [{ field: 'type' }] });
});
