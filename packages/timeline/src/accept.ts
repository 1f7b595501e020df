import {
  allowsRecord,
  type ConsentGiven,
  type ControlRecordType,
  type DeadLetterReason,
  type IdentityEventRecord,
  type InteractionEventRecord,
  isControlRecordType,
  type KeyProblem,
  type MarketingEventRecord,
  type OrderEventRecord,
  type OrderItem,
  parseCustomerKey,
  placeholderIdOf,
  type RawRecord,
  type RawTopic,
  type TimelineEventRecord,
  type TimelineMarketingKind,
  type TimelineOrderStatus,
} from '@tidemark/contracts';
import { type CustomerId, type Policy, type TimeMs, toBaseMinor } from '@tidemark/domain';
import {
  type Checked,
  checkAmount,
  checkCount,
  checkEntries,
  checkId,
  checkMagnitude,
  checkOccurredAt,
  checkOptionalId,
  checkOptionalText,
  checkText,
  emptyToNull,
  invalid,
  type Refusal,
} from './accept-fields.ts';
import { rateOf } from './accept-money.ts';

/** A decoded record of a raw topic. */
export interface Candidate {
  readonly topic: RawTopic;
  readonly key: Uint8Array | null;
  readonly record: RawRecord;
}

export interface AcceptedEvent {
  readonly kind: 'event';
  /** Normalised: valid, with the rate to the base currency, the producer's empty texts null, ids of orders trimmed. */
  readonly event: TimelineEventRecord;
  readonly eventId: string;
  readonly customerId: CustomerId;
  readonly occurredAt: TimeMs;
}

export interface RefusedEvent {
  readonly kind: 'refused';
  readonly reason: DeadLetterReason;
  /** What was expected and found; no customer's data. */
  readonly detail: string;
}

/**
 * What becomes of a customer's record: an event for the timeline, or a dead letter. Pure: the same record and policy give
 * the same result. Control records are the caller's to take out first; here they are
 * refused as `unexpected-type`. Whether the time is too far ahead is the caller's to judge too: it knows the lane's clock.
 */
export function accept({ topic, key, record }: Candidate, policy: Policy): AcceptedEvent | RefusedEvent {
  if (!isCustomerRecord(record) || !allowsRecord(topic, record.recordType)) {
    return refused(unexpectedType(topic, record));
  }
  const parsedKey = parseCustomerKey(key);
  if (!parsedKey.ok) return refused(invalidKey(parsedKey.problem));
  const { customerId, eventId, occurredAt } = record.value;
  if (customerId !== parsedKey.customerId) return refused(KEY_MISMATCH);
  const problem =
    checkCustomerId(customerId) ?? checkId('eventId', eventId) ?? checkOccurredAt(occurredAt, policy.events.earliestAt);
  if (problem !== null) return refused(problem);

  const event = normalise(record, policy);
  if ('reason' in event) return refused(event);
  return { kind: 'event', event, eventId, customerId: parsedKey.customerId, occurredAt };
}

type CustomerRecord = Exclude<RawRecord, { recordType: ControlRecordType }>;

function isCustomerRecord(record: RawRecord): record is CustomerRecord {
  return !isControlRecordType(record.recordType);
}

function normalise(record: CustomerRecord, policy: Policy): TimelineEventRecord | Refusal {
  switch (record.recordType) {
    case 'order-event':
      return normaliseOrder(record.value, policy);
    case 'interaction-event':
      return normaliseInteraction(record.value);
    case 'marketing-event':
      return normaliseMarketing(record.value);
    case 'identity-event':
      return normaliseIdentity(record.value);
  }
}

function normaliseOrder(order: OrderEventRecord, policy: Policy): TimelineEventRecord | Refusal {
  const status = ORDER_STATUS[order.status];
  if (status === null) return unknownSymbol('status');
  const problem =
    checkId('orderId', order.orderId) ??
    checkOptionalId('refundId', order.refundId) ??
    checkAmount('amountMinor', order.amountMinor) ??
    (order.marginMinor === null ? null : checkMagnitude('marginMinor', order.marginMinor)) ??
    checkItems(order.items);
  if (problem !== null) return problem;

  const rate = rateOf(order.currency, policy.currency);
  if (rate === null) return UNKNOWN_CURRENCY;
  const converted = checkMagnitude('amountMinor in the base currency', toBaseMinor(order.amountMinor, rate));
  if (converted !== null) return converted;

  const { eventId, occurredAt, amountMinor, currency, marginMinor } = order;
  const orderId = order.orderId.trim();
  const refundId = emptyToNull(order.refundId?.trim() ?? null);
  const items = order.items.map((item) => ({ ...item, category: emptyToNull(item.category) }));
  return {
    type: 'order',
    data: { eventId, occurredAt, orderId, status, refundId, amountMinor, currency, rate, items, marginMinor },
  };
}

function checkItems(items: readonly OrderItem[]): Checked {
  let problem = checkCount('items', items.length);
  for (let i = 0; problem === null && i < items.length; i++) {
    const item = items[i];
    if (item !== undefined) problem = checkItem(item);
  }
  return problem;
}

function checkItem(item: OrderItem): Checked {
  return (
    checkText('items.sku', item.sku, 'id') ??
    checkOptionalText('items.category', item.category, 'category') ??
    (item.quantity < 0 ? invalid('items.quantity', 'at least 0', 'less') : null) ??
    checkAmount('items.amountMinor', item.amountMinor)
  );
}

function normaliseInteraction(interaction: InteractionEventRecord): TimelineEventRecord | Refusal {
  const { eventId, occurredAt, channel, action, properties } = interaction;
  const problem =
    checkText('channel', channel, 'name') ??
    checkText('action', action, 'name') ??
    checkOptionalText('object', interaction.object, 'object') ??
    checkOptionalText('category', interaction.category, 'category') ??
    checkOptionalText('sessionId', interaction.sessionId, 'id') ??
    checkEntries('properties', properties);
  if (problem !== null) return problem;
  const object = emptyToNull(interaction.object);
  const category = emptyToNull(interaction.category);
  const sessionId = emptyToNull(interaction.sessionId);
  return {
    type: 'interaction',
    data: { eventId, occurredAt, channel, action, object, category, sessionId, properties },
  };
}

function normaliseMarketing(marketing: MarketingEventRecord): TimelineEventRecord | Refusal {
  const { eventId, occurredAt, campaignId, channel } = marketing;
  const kind = MARKETING_KIND[marketing.kind];
  if (kind === null) return unknownSymbol('kind');
  const problem =
    checkText('campaignId', campaignId, 'id') ??
    checkOptionalText('variant', marketing.variant, 'id') ??
    checkText('channel', channel, 'name');
  if (problem !== null) return problem;
  const variant = emptyToNull(marketing.variant);
  return { type: 'marketing', data: { eventId, occurredAt, campaignId, variant, channel, kind } };
}

function normaliseIdentity(identity: IdentityEventRecord): TimelineEventRecord | Refusal {
  const { eventId, occurredAt, traits, consents, erasure } = identity;
  if (erasure) return ERASURE;
  const problem =
    checkEntries('traits', traits) ??
    checkConsents(consents) ??
    checkOptionalId('linkedCustomerId', identity.linkedCustomerId);
  if (problem !== null) return problem;
  const linkedCustomerId = emptyToNull(identity.linkedCustomerId?.trim() ?? null);
  return { type: 'identity', data: { eventId, occurredAt, traits, consents, erasure, linkedCustomerId } };
}

function checkConsents(consents: readonly ConsentGiven[]): Checked {
  let problem = checkCount('consents', consents.length);
  for (let i = 0; problem === null && i < consents.length; i++) {
    const consent = consents[i];
    if (consent === undefined) break;
    problem = checkText('consents.channel', consent.channel, 'name');
    problem ??= checkText('consents.purpose', consent.purpose, 'name');
  }
  return problem;
}

const ORDER_STATUS: Readonly<Record<OrderEventRecord['status'], TimelineOrderStatus | null>> = {
  PLACED: 'placed',
  PAID: 'paid',
  CANCELLED: 'cancelled',
  REFUNDED: 'refunded',
  PARTIALLY_REFUNDED: 'partially_refunded',
  UPDATED: 'updated',
  CREDITED: 'credited',
  UNKNOWN: null,
};

const MARKETING_KIND: Readonly<Record<MarketingEventRecord['kind'], TimelineMarketingKind | null>> = {
  SENT: 'sent',
  DELIVERED: 'delivered',
  OPENED: 'opened',
  CLICKED: 'clicked',
  BOUNCED: 'bounced',
  UNSUBSCRIBED: 'unsubscribed',
  CONVERTED: 'converted',
  UNKNOWN: null,
};

const KEY_PROBLEMS: Readonly<Record<KeyProblem, string>> = {
  missing: 'none',
  empty: 'an empty one',
  'too-long': 'a longer one',
  'not-utf8': 'one that is not UTF-8',
};

function invalidKey(problem: KeyProblem): Refusal {
  const detail = `expected the customer's id as key, 1 to 256 bytes of UTF-8, found ${KEY_PROBLEMS[problem]}`;
  return { reason: 'invalid-key', detail };
}

/** The key decided about the lane, so it cannot be trimmed here as other ids are. */
function checkCustomerId(customerId: string): Checked {
  const trimmed = customerId.trim();
  const found = trimmed === customerId ? placeholderIdOf(customerId) : 'white space around it';
  if (found === null) return null;
  return {
    reason: 'invalid-key',
    detail: `expected a customer's id as key, without white space around it, found ${found}`,
  };
}

const KEY_MISMATCH: Refusal = {
  reason: 'key-mismatch',
  detail: 'expected customerId to be the key, byte for byte, found another',
};

const ERASURE: Refusal = {
  reason: 'not-supported',
  detail: 'erasure: expected false, found true, which this version cannot do: nothing would be erased',
};

function unknownSymbol(field: string): Refusal {
  const detail = `${field}: expected one that this version knows, found another, which a producer's own schema has`;
  return { reason: 'unknown-symbol', detail };
}

const UNKNOWN_CURRENCY: Refusal = {
  reason: 'unknown-currency',
  detail:
    'currency: expected an ISO 4217 code that is the base of the policy in force or has a rate in it, found another',
};

function unexpectedType(topic: RawTopic, record: RawRecord): Refusal {
  const detail = `expected a customer's record that belongs on ${topic}, found a record ${record.recordType}`;
  return { reason: 'unexpected-type', detail };
}

function refused({ reason, detail }: Refusal): RefusedEvent {
  return { kind: 'refused', reason, detail };
}
