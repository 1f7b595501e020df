import { customerKey, encodeRaw, laneOf, type RawTopic, type SchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { LANES } from './bench-context.ts';

/** A record of the load, ready to be sent. */
export interface LoadRecord {
  readonly topic: RawTopic;
  readonly partition: number;
  readonly key: Buffer;
  readonly value: Buffer;
  /** Whether a tier change comes of it: it is a new customer's first order. */
  readonly entersTier: boolean;
}

/** One event in so many is the first order of a new customer. The others are page views of customers in turn. */
const ORDER_EVERY = 10;
const VIEWERS = 5_000;

/** The nth event of a live load. */
export function loadRecord(n: number, schemaIds: SchemaIds): LoadRecord {
  const entersTier = n % ORDER_EVERY === 0;
  const customerId = entersTier ? `buyer-${n}` : `viewer-${n % VIEWERS}`;
  const common = { eventId: `event-${n}`, customerId, occurredAt: Date.now() as TimeMs };
  const value = entersTier
    ? encodeRaw('order-event', idOf('order-event', schemaIds), {
        ...common,
        orderId: `order-${n}`,
        status: 'PLACED',
        amountMinor: 4_900,
        currency: 'USD',
        refundId: null,
        items: [],
        marginMinor: null,
      })
    : encodeRaw('interaction-event', idOf('interaction-event', schemaIds), {
        ...common,
        channel: 'web',
        action: 'page_view',
        object: `product-${n % 997}`,
        category: null,
        sessionId: `session-${n % VIEWERS}`,
        properties: {},
      });
  const key = Buffer.from(customerKey(customerId));
  return {
    topic: entersTier ? 'orders' : 'interactions',
    partition: laneOf(key, LANES),
    key,
    value: Buffer.from(value),
    entersTier,
  };
}

function idOf(recordType: 'order-event' | 'interaction-event', schemaIds: SchemaIds): number {
  const id = schemaIds.idOf(recordType);
  if (id === undefined) throw new Error(`expected the schema of ${recordType} to be registered`);
  return id;
}
