import {
  AMOUNT_MINOR_MAX,
  createRawDecoder,
  embeddedSchemaIds,
  encodeRaw,
  OCCURRED_AT_MAX_MS,
  RECORD_BYTES_MAX,
  rawVersionFor,
} from '@tidemark/contracts';
import type { Policy } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { type EventTopic, encodeEvent, RECORD_TYPES } from '@tidemark/producer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AcceptedEvent, accept, type RefusedEvent } from './accept.ts';

const policy: Policy = { ...defaultPolicy(), currency: { base: 'USD', rates: {} } };
const EARLIEST_MS = policy.events.earliestAt;
const decoder = createRawDecoder(embeddedSchemaIds);

// Values on both sides of every bound, so that about half of all events pass.
const sizes = [0, 1, 1, 1, 1, 1, 1, 63, 64, 256, 257, 1_024, 4_097];
const text = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('web', 'é', '\u{fffd}', '😀', 'a b') },
  { weight: 1, arbitrary: fc.constantFrom(...sizes).map((size) => 'a'.repeat(size)) },
  { weight: 1, arbitrary: fc.constantFrom('é'.repeat(32), 'é'.repeat(33), 'é'.repeat(128), 'é'.repeat(129), '\ud800') },
);
const id = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('ada', 'é', '😀', 'a b', '00123') },
  { weight: 2, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom('null', 'undefined', '0', '#N/A', '1.23457E+11', ' ', ' a', 'a\n', ' NaN ') },
);
const optionalId = fc.oneof(id, fc.constantFrom(null, undefined, ''));
const optionalText = fc.oneof(text, fc.constantFrom(null, undefined, ''));
const amount = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: AMOUNT_MINOR_MAX }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -0, 0.5, AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX + 1, Number.NaN) },
);
const occurredAt = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: EARLIEST_MS, max: OCCURRED_AT_MAX_MS }) },
  fc.constantFrom(
    -1,
    0,
    0.5,
    EARLIEST_MS,
    EARLIEST_MS - 1,
    1_700_000_000,
    OCCURRED_AT_MAX_MS,
    OCCURRED_AT_MAX_MS + 1,
    Number.NaN,
    new Date(Number.NaN),
  ),
  fc.constantFrom('9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59-00:01', '1970-01-01T00:00:00+01:00', '2026-02-30'),
  fc.date({ noInvalidDate: false }),
);
const entries = fc.oneof(
  { weight: 6, arbitrary: fc.dictionary(text, text, { maxKeys: 3 }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(100, 101)
      .map((count) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, '']))),
  },
  { weight: 1, arbitrary: fc.constantFrom(undefined, null, JSON.parse('{"__proto__": "x"}')) },
);

function list(element: fc.Arbitrary<unknown>, countMax: number): fc.Arbitrary<unknown> {
  const long = fc.tuple(element, fc.constantFrom(countMax, countMax + 1));
  return fc.oneof(
    { weight: 6, arbitrary: fc.array(element, { maxLength: 2 }) },
    { weight: 1, arbitrary: long.map(([one, count]) => Array.from({ length: count }, () => one)) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, null) },
  );
}

const common = { eventId: id, customerId: id, occurredAt };
const item = fc.record({
  sku: text,
  quantity: fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31, -1),
  amountMinor: amount,
  category: optionalText,
});
const inputs: Readonly<Record<EventTopic, fc.Arbitrary<unknown>>> = {
  orders: fc.record({
    ...common,
    orderId: id,
    status: fc.constantFrom('PLACED', 'PAID', 'CANCELLED', 'REFUNDED', 'PARTIALLY_REFUNDED', 'UPDATED', 'CREDITED'),
    amountMinor: amount,
    currency: fc.oneof({ weight: 9, arbitrary: fc.constant('USD') }, fc.constantFrom('XYZ', 'usd')),
    refundId: optionalId,
    items: list(item, 1_000),
    marginMinor: fc.oneof(amount, fc.constantFrom(null, undefined, -AMOUNT_MINOR_MAX, -AMOUNT_MINOR_MAX - 1)),
  }),
  interactions: fc.record({
    ...common,
    channel: text,
    action: text,
    object: optionalText,
    category: optionalText,
    sessionId: optionalText,
    properties: entries,
  }),
  marketing: fc.record({
    ...common,
    campaignId: text,
    variant: optionalText,
    channel: text,
    kind: fc.constantFrom('SENT', 'DELIVERED', 'OPENED', 'CLICKED', 'BOUNCED', 'UNSUBSCRIBED', 'CONVERTED'),
  }),
  identities: fc.record({
    ...common,
    traits: fc.oneof(entries, fc.dictionary(fc.constantFrom('plan', 'city'), fc.constantFrom(null, 'x'))),
    consents: list(fc.record({ channel: text, purpose: text, granted: fc.boolean() }), 100),
    erasure: fc.constantFrom(true, false, undefined),
    linkedCustomerId: optionalId,
  }),
};

describe('what a producer may send under a policy that has its currency is accepted', () => {
  test.each(Object.entries(inputs) as [EventTopic, fc.Arbitrary<unknown>][])('%s', (topic, input) => {
    let passed = 0;
    fc.assert(
      fc.property(input, (given) => {
        const outcome = acceptProduced(topic, given);
        if (outcome === null) return;
        passed++;
        expect(outcome).toMatchObject({ kind: 'event' });
      }),
      { numRuns: 500 },
    );
    expect(passed).toBeGreaterThan(50);
  });
});

describe('what unify accepts, a producer may send', () => {
  test.each(Object.entries(inputs) as [EventTopic, fc.Arbitrary<unknown>][])('%s', (topic, input) => {
    let accepted = 0;
    fc.assert(
      fc.property(input, (given) => {
        const value = encodeUnchecked(topic, given);
        const { customerId } = given as { customerId: string };
        const key = Buffer.from(customerId);
        // A record's size is judged before its content: by `LaneTimeline`, not by `accept`.
        if (value === null || key.length + value.length > RECORD_BYTES_MAX) return;
        if (acceptRaw(topic, key, value).kind === 'refused') return;
        accepted++;
        expect(acceptProduced(topic, given)).not.toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

/** Null for what its schema cannot hold. */
function encodeUnchecked(topic: EventTopic, value: unknown): Uint8Array | null {
  const recordType = RECORD_TYPES[topic];
  try {
    return encodeRaw(
      recordType,
      embeddedSchemaIds.idOf(recordType, rawVersionFor(recordType, value as never)) ?? 0,
      value as never,
    );
  } catch {
    return null;
  }
}

/** Null if the producer refused it. */
function acceptProduced(topic: EventTopic, input: unknown): AcceptedEvent | RefusedEvent | null {
  let encoded: ReturnType<typeof encodeEvent>;
  try {
    encoded = encodeEvent(topic, input, embeddedSchemaIds);
  } catch (error) {
    expect(error).toHaveProperty('name', 'EventError');
    return null;
  }
  return acceptRaw(topic, encoded.key, encoded.value);
}

function acceptRaw(topic: EventTopic, key: Uint8Array, value: Uint8Array): AcceptedEvent | RefusedEvent {
  const record = decoder.decode(value);
  if (record instanceof Promise) throw new Error('expected a schema that is known at once');
  if (!record.ok) return { kind: 'refused', ...record };
  return accept({ topic, key, record }, policy);
}
