import type {
  ConsentGiven,
  IdentityEventRecord,
  InteractionEventRecord,
  MarketingEventRecord,
  OrderEventRecord,
  OrderItem,
} from '@tidemark/contracts';
import {
  amountMinor,
  currencyCode,
  entries,
  type FieldReader,
  flag,
  id,
  list,
  marginMinor,
  noErasure,
  nullable,
  oneOf,
  optionalId,
  optionalText,
  quantity,
  record,
  text,
  time,
  withDefault,
} from './field-readers.ts';

/** The topics that a shop writes, and the record of each. */
export interface EventRecords {
  readonly interactions: InteractionEventRecord;
  readonly orders: OrderEventRecord;
  readonly marketing: MarketingEventRecord;
  readonly identities: IdentityEventRecord;
}
export type EventTopic = keyof EventRecords;

export const RECORD_TYPES = {
  interactions: 'interaction-event',
  orders: 'order-event',
  marketing: 'marketing-event',
  identities: 'identity-event',
} as const satisfies Readonly<Record<EventTopic, string>>;

export function isEventTopic(topic: string): topic is EventTopic {
  return Object.hasOwn(RECORD_TYPES, topic);
}

const common = { eventId: id, customerId: id, occurredAt: time };

const orderItem = record<OrderItem>({
  sku: text('id'),
  quantity,
  amountMinor,
  category: optionalText('category'),
});

const consent = record<ConsentGiven>({ channel: text('name'), purpose: text('name'), granted: flag });

/** What unify would refuse for its form is refused here; an absent optional field gets the schema's default. */
export const eventReaders: { readonly [T in EventTopic]: FieldReader<EventRecords[T]> } = {
  interactions: record<InteractionEventRecord>({
    ...common,
    channel: text('name'),
    action: text('name'),
    object: optionalText('object'),
    category: optionalText('category'),
    sessionId: optionalText('id'),
    properties: withDefault(entries('properties'), {}),
  }),
  orders: record<OrderEventRecord>({
    ...common,
    orderId: id,
    status: oneOf(['PLACED', 'PAID', 'CANCELLED', 'REFUNDED', 'PARTIALLY_REFUNDED', 'UPDATED', 'CREDITED']),
    amountMinor,
    currency: currencyCode,
    refundId: optionalId,
    items: withDefault(list('items', orderItem), []),
    marginMinor: nullable(marginMinor),
  }),
  marketing: record<MarketingEventRecord>({
    ...common,
    campaignId: text('id'),
    variant: optionalText('id'),
    channel: text('name'),
    kind: oneOf(['SENT', 'DELIVERED', 'OPENED', 'CLICKED', 'BOUNCED', 'UNSUBSCRIBED', 'CONVERTED']),
  }),
  identities: record<IdentityEventRecord>({
    ...common,
    traits: withDefault(entries<string | null>('traits', true), {}),
    consents: withDefault(list('consents', consent), []),
    erasure: withDefault(noErasure, false),
    linkedCustomerId: optionalId,
  }),
};
