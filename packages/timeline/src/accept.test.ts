import {
  AMOUNT_MINOR_MAX,
  allowsRecord,
  codecs,
  deadLetterReasons,
  type IdentityEventRecord,
  type InteractionEventRecord,
  type MarketingEventRecord,
  OCCURRED_AT_MAX_MS,
  type OrderEventRecord,
  RAW_TOPICS,
  type RawRecord,
  type RawTopic,
  timelineSchemaOf,
} from '@tidemark/contracts';
import type { Policy, TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accept } from './accept.ts';

const policy: Policy = { ...defaultPolicy(), currency: { base: 'USD', rates: { EUR: 1.1, JPY: 0.0065 } } };
const customerId = 'customer-1';
const occurredAt = 1_700_000_000_000 as TimeMs;

const order: OrderEventRecord = {
  eventId: 'event-1',
  customerId,
  occurredAt,
  orderId: 'order-1',
  status: 'PARTIALLY_REFUNDED',
  amountMinor: 1_999,
  currency: 'EUR',
  refundId: 'refund-1',
  items: [{ sku: 'sku-1', quantity: 2, amountMinor: 1_999, category: 'shoes' }],
  marginMinor: -500,
};
const interaction: InteractionEventRecord = {
  eventId: 'event-2',
  customerId,
  occurredAt,
  channel: 'web',
  action: 'product_view',
  object: 'sku-1',
  category: 'shoes',
  sessionId: 'session-1',
  properties: { referrer: 'search' },
};
const marketing: MarketingEventRecord = {
  eventId: 'event-3',
  customerId,
  occurredAt,
  campaignId: 'campaign-1',
  variant: 'B',
  channel: 'email',
  kind: 'CLICKED',
};
const identity: IdentityEventRecord = {
  eventId: 'event-4',
  customerId,
  occurredAt,
  traits: { city: 'Berlin' },
  consents: [{ channel: 'email', purpose: 'marketing', granted: true }],
  erasure: false,
  linkedCustomerId: 'anonymous-1',
};

function acceptRecord(record: RawRecord, key: Uint8Array | null = Buffer.from(customerId), topic?: RawTopic) {
  const home = RAW_TOPICS.find((each) => allowsRecord(each, record.recordType)) ?? 'control';
  return accept({ topic: topic ?? home, key, record }, policy);
}
const acceptOrder = (changes: Partial<OrderEventRecord>) =>
  acceptRecord({ recordType: 'order-event', value: { ...order, ...changes } });
const acceptInteraction = (changes: Partial<InteractionEventRecord>) =>
  acceptRecord({ recordType: 'interaction-event', value: { ...interaction, ...changes } });
const acceptMarketing = (changes: Partial<MarketingEventRecord>) =>
  acceptRecord({ recordType: 'marketing-event', value: { ...marketing, ...changes } });
const acceptIdentity = (changes: Partial<IdentityEventRecord>) =>
  acceptRecord({ recordType: 'identity-event', value: { ...identity, ...changes } });

describe('a valid record becomes an event of the timeline', () => {
  test('an order, in the base currency and as its producer gave it', () => {
    const { customerId: _, status: __, ...kept } = order;
    const data = { ...kept, status: 'partially_refunded', rate: '1.1' };
    expect(acceptOrder({})).toEqual({
      kind: 'event',
      event: { type: 'order', data },
      eventId: 'event-1',
      customerId,
      occurredAt,
    });
  });

  test('an interaction', () => {
    const { customerId: _, ...data } = interaction;
    expect(acceptInteraction({})).toMatchObject({ eventId: 'event-2', event: { type: 'interaction', data } });
  });

  test('a marketing event', () => {
    const { customerId: _, ...data } = { ...marketing, kind: 'clicked' };
    expect(acceptMarketing({})).toMatchObject({ eventId: 'event-3', event: { type: 'marketing', data } });
  });

  test('an identity', () => {
    const { customerId: _, ...data } = identity;
    expect(acceptIdentity({})).toMatchObject({ eventId: 'event-4', event: { type: 'identity', data } });
  });

  test.each([acceptOrder({}), acceptInteraction({}), acceptMarketing({}), acceptIdentity({})])(
    'and can be written to the timeline (%#)',
    (accepted) => {
      if (accepted.kind !== 'event') throw new Error('refused');
      const codec = codecs[`timeline-${accepted.event.type}`];
      const encode = codec.encode as (value: unknown) => Uint8Array;
      expect(codec.decode(encode(accepted.event.data), timelineSchemaOf(accepted.event))).toEqual(accepted.event.data);
    },
  );

  test.each([
    ...(['PLACED', 'PAID', 'CANCELLED', 'REFUNDED', 'PARTIALLY_REFUNDED'] as const),
    ...(['UPDATED', 'CREDITED'] as const),
  ])('order status %s', (status) => {
    expect(acceptOrder({ status })).toMatchObject({ event: { data: { status: status.toLowerCase() } } });
  });

  test.each(['SENT', 'DELIVERED', 'OPENED', 'CLICKED', 'BOUNCED', 'UNSUBSCRIBED', 'CONVERTED'] as const)(
    'marketing kind %s',
    (kind) => {
      expect(acceptMarketing({ kind })).toMatchObject({ event: { data: { kind: kind.toLowerCase() } } });
    },
  );

  test('with empty optional texts taken as absent', () => {
    const items = [{ sku: 's', quantity: 0, amountMinor: 0, category: '' }];
    expect(acceptOrder({ refundId: '', items })).toMatchObject({
      event: { data: { refundId: null, items: [{ category: null }] } },
    });
    expect(acceptInteraction({ object: '', category: '', sessionId: '' })).toMatchObject({
      event: { data: { object: null, category: null, sessionId: null } },
    });
    expect(acceptMarketing({ variant: '' })).toMatchObject({ event: { data: { variant: null } } });
    expect(acceptIdentity({ linkedCustomerId: '' })).toMatchObject({ event: { data: { linkedCustomerId: null } } });
  });

  test('with an amount of zero, an unknown margin, no items, and values just within their bounds', () => {
    expect(acceptOrder({ amountMinor: 0, marginMinor: null, items: [] })).toMatchObject({
      event: { data: { amountMinor: 0, marginMinor: null, items: [] } },
    });
    for (const accepted of [
      acceptOrder({
        currency: 'USD',
        amountMinor: AMOUNT_MINOR_MAX,
        eventId: 'é'.repeat(128),
        orderId: 'a'.repeat(256),
      }),
      acceptOrder({ occurredAt: policy.events.earliestAt }),
      acceptOrder({ occurredAt: OCCURRED_AT_MAX_MS as TimeMs }),
      acceptInteraction({ channel: 'a'.repeat(64), object: 'a'.repeat(1_024), properties: entries(100, 64, 4_096) }),
    ]) {
      expect(accepted.kind).toBe('event');
    }
  });
});

describe('a key that is no customer id is refused', () => {
  test.each([
    ['none', null],
    ['empty', Buffer.alloc(0)],
    ['of 257 bytes', Buffer.alloc(257, 'a')],
    ['not UTF-8', Buffer.from([0xc3, 0x28])],
  ])('%s', (_name, key) => {
    expect(acceptRecord({ recordType: 'order-event', value: order }, key)).toMatchObject({ reason: 'invalid-key' });
  });

  test.each([
    ...['null', 'undefined', 'NaN', '[object Object]', '#N/A', '0', '1.23457E+11', 'Jos\ufffd'],
    ...[' ada', 'ada ', 'ada\n', '\u00a0ada', ' '],
  ])('what is no id, or has white space around it, although it is customerId: %j', (id) => {
    const outcome = acceptRecord({ recordType: 'order-event', value: { ...order, customerId: id } }, Buffer.from(id));
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'invalid-key' });
  });

  test.each(['customer-2', 'customer-1 ', ''])('another than customerId: %o', (id) => {
    expect(acceptOrder({ customerId: id })).toMatchObject({ kind: 'refused', reason: 'key-mismatch' });
  });
});

describe('a record on a topic where it does not belong is refused', () => {
  const key = Buffer.from(customerId);
  const policyRecord: RawRecord = {
    recordType: 'policy',
    value: { number: 1, hash: '', time: occurredAt, rules: '', format: 1, versions: {} },
  };
  test.each<[RawTopic, RawRecord]>([
    ['interactions', { recordType: 'order-event', value: order }],
    ['control', { recordType: 'order-event', value: order }],
    ['orders', { recordType: 'identity-event', value: identity }],
    ['orders', policyRecord],
    ['control', policyRecord],
  ])('on %s', (topic, record) => {
    expect(acceptRecord(record, key, topic)).toMatchObject({ kind: 'refused', reason: 'unexpected-type' });
  });
});

const long = (bytes: number) => 'a'.repeat(bytes);
const manyItems = Array.from({ length: 1_001 }, () => ({ sku: 's', quantity: 1, amountMinor: 1, category: null }));
const item = { sku: 's', quantity: 1, amountMinor: 1, category: null };
const consent = { channel: 'email', purpose: 'marketing', granted: true };

describe('a field beyond its bounds is refused by its name', () => {
  test.each([
    ['eventId', acceptOrder({ eventId: '' })],
    ['eventId', acceptOrder({ eventId: long(257) })],
    ['eventId', acceptOrder({ eventId: 'é'.repeat(129) })],
    ['orderId', acceptOrder({ orderId: '' })],
    ['orderId', acceptOrder({ orderId: long(257) })],
    ['refundId', acceptOrder({ refundId: long(257) })],
    ['amountMinor', acceptOrder({ amountMinor: AMOUNT_MINOR_MAX + 1, currency: 'USD' })],
    ['amountMinor', acceptOrder({ amountMinor: 0.5 })],
    ['amountMinor', acceptOrder({ amountMinor: Number.NaN })],
    ['amountMinor in the base currency', acceptOrder({ amountMinor: AMOUNT_MINOR_MAX })],
    ['marginMinor', acceptOrder({ marginMinor: -AMOUNT_MINOR_MAX - 1 })],
    ['items', acceptOrder({ items: manyItems })],
    ['items.sku', acceptOrder({ items: [item, { ...item, sku: '' }] })],
    ['items.category', acceptOrder({ items: [{ ...item, category: long(257) }] })],
    ['items.quantity', acceptOrder({ items: [{ ...item, quantity: -1 }] })],
    ['channel', acceptInteraction({ channel: '' })],
    ['channel', acceptInteraction({ channel: long(65) })],
    ['action', acceptInteraction({ action: '' })],
    ['object', acceptInteraction({ object: long(1_025) })],
    ['category', acceptInteraction({ category: long(257) })],
    ['sessionId', acceptInteraction({ sessionId: long(257) })],
    ['properties', acceptInteraction({ properties: entries(101, 3, 0) })],
    ['a name in properties', acceptInteraction({ properties: { '': 'x' } })],
    ['a name in properties', acceptInteraction({ properties: entries(1, 65, 1) })],
    ['a value in properties', acceptInteraction({ properties: entries(1, 3, 4_097) })],
    ['campaignId', acceptMarketing({ campaignId: '' })],
    ['variant', acceptMarketing({ variant: long(257) })],
    ['channel', acceptMarketing({ channel: '' })],
    ['traits', acceptIdentity({ traits: entries(101, 3, 0) })],
    ['consents', acceptIdentity({ consents: Array.from({ length: 101 }, () => consent) })],
    ['consents.channel', acceptIdentity({ consents: [consent, { ...consent, channel: '' }] })],
    ['consents.purpose', acceptIdentity({ consents: [{ ...consent, purpose: long(65) }] })],
    ['linkedCustomerId', acceptIdentity({ linkedCustomerId: long(257) })],
  ])('%s (case %#)', (field, outcome) => {
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'invalid-field' });
    expect(outcome).toHaveProperty('detail', expect.stringMatching(`^${field}: expected `));
  });
});

describe('what programs write for no id is refused where an id stands', () => {
  test.each(['null', 'undefined', '[object Object]', 'NaN', '#N/A', '0', '1.23457E+11', ' null ', 'Jos\ufffd'])(
    '%j',
    (id) => {
      const outcomes = [
        acceptOrder({ eventId: id }),
        acceptOrder({ orderId: id }),
        acceptOrder({ refundId: id }),
        acceptIdentity({ linkedCustomerId: id }),
      ];
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ reason: 'invalid-field', detail: expect.stringContaining('expected an id') });
      }
    },
  );

  test('and white space around the ids of an order is taken off: the same order by another way is the same', () => {
    expect(acceptOrder({ orderId: ' order-1\n', refundId: 'refund-1 ' })).toEqual(acceptOrder({}));
    expect(acceptOrder({ refundId: ' ' })).toMatchObject({ event: { data: { refundId: null } } });
    expect(acceptOrder({ orderId: '00123' })).toMatchObject({ event: { data: { orderId: '00123' } } });
  });
});

test('an erasure is refused: nothing would be erased', () => {
  expect(acceptIdentity({ erasure: true })).toMatchObject({
    reason: 'not-supported',
    detail: expect.stringContaining('nothing would be erased'),
  });
});

test('a time before the policy’s first day is refused, and seconds are told from other mistakes', () => {
  const before = acceptOrder({ occurredAt: (policy.events.earliestAt - 1) as TimeMs });
  expect(before).toMatchObject({ reason: 'invalid-time', detail: expect.stringContaining('from 1990-01-01 on') });
  expect(before).not.toHaveProperty('detail', expect.stringContaining('seconds, it seems'));
  expect(acceptOrder({ occurredAt: (occurredAt / 1_000) as TimeMs })).toMatchObject({
    reason: 'invalid-time',
    detail: expect.stringContaining('seconds, it seems'),
  });
});

test.each([acceptOrder({ amountMinor: -1 }), acceptOrder({ items: [{ ...item, amountMinor: -1 }] })])(
  'a negative amount is refused (%#)',
  (outcome) => expect(outcome).toMatchObject({ kind: 'refused', reason: 'negative-amount' }),
);

test.each(['GBP', 'eur', 'XYZ', ''])('the currency %o, which the policy cannot convert, is refused', (currency) => {
  expect(acceptOrder({ currency })).toMatchObject({ kind: 'refused', reason: 'unknown-currency' });
});

test.each([-1, 0.5, OCCURRED_AT_MAX_MS + 1, Number.NaN])('the time %s is refused', (time) => {
  expect(acceptOrder({ occurredAt: time as TimeMs })).toMatchObject({ kind: 'refused', reason: 'invalid-time' });
});

test('what is said of a refused record contains nothing that its producer wrote', () => {
  const secret = fc.constantFrom('', 'S3CRET', 'S3CRET'.repeat(300));
  const amount = fc.constantFrom(-987_654_321, 987_654_321, 8_765_432_198_765_432);
  const values = fc.record({
    eventId: secret,
    customerId: fc.constantFrom(customerId, 'S3CRET'),
    occurredAt: amount as unknown as fc.Arbitrary<TimeMs>,
    orderId: secret,
    status: fc.constant('PAID' as const),
    amountMinor: amount,
    currency: fc.constantFrom('USD', 'S3CRET'),
    refundId: secret,
    items: fc.array(fc.record({ sku: secret, quantity: amount, amountMinor: amount, category: secret }), {
      maxLength: 2,
    }),
    marginMinor: amount,
  });
  fc.assert(
    fc.property(values, (value) => {
      const outcome = acceptRecord({ recordType: 'order-event', value });
      if (outcome.kind === 'event') return;
      expect(deadLetterReasons).toContain(outcome.reason);
      expect(outcome.detail).not.toMatch(/S3CRET|98765432|customer-1/);
    }),
  );
});

function entries(count: number, nameBytes: number, valueBytes: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, i) => String(i).padStart(nameBytes, 'n'));
  return Object.fromEntries(names.map((name) => [name, long(valueBytes)]));
}
