import {
  customerKey,
  embeddedSchemaIds,
  encodeRaw,
  type OrderEventRecord,
  type RawRecordType,
  type RawTopic,
  type Records,
} from '@tidemark/contracts';
import { type CustomerId, DAY_MS, HOUR_MS, MINUTE_MS, type TimeMs } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import type { Expectation, RawWrite } from './raw-write.ts';

/** Raw records of one type, as bytes. */
export function encoded<Type extends RawRecordType>(recordType: Type, value: Records[Type]): Uint8Array {
  return encodeRaw(recordType, embeddedSchemaIds.idOf(recordType, 1) ?? 0, value);
}

/** Makes the valid events of one lane's customers: orders with all that can befall them, interactions, messages. */
export class EventMaker {
  readonly #random: Random;
  readonly #lane: number;
  readonly #customers: readonly CustomerId[];
  readonly #heldId: CustomerId;
  readonly #orders: { readonly customerId: CustomerId; readonly order: OrderEventRecord }[] = [];
  /** Order events that were sent, to be sent again under another eventId. */
  readonly #told: OrderEventRecord[] = [];
  #count = 0;

  constructor(random: Random, lane: number, customers: readonly CustomerId[], heldId: CustomerId) {
    this.#random = random;
    this.#lane = lane;
    this.#customers = customers;
    this.#heldId = heldId;
  }

  /** An event for `topic`, that happened at `time`. */
  make(topic: RawTopic, time: number, customerId = this.#drawCustomer()): RawWrite {
    const random = this.#random;
    // Customers and topics may share an eventId: theirs are events of their own.
    const eventId = random.chance(0.05) ? 'shared' : this.#nextId();
    const common = { eventId, customerId, occurredAt: time as TimeMs };
    switch (topic) {
      case 'orders':
        return this.#order(time);
      case 'interactions': {
        const action = random.weighted({ view: 4, cart: 2, unknown: 1 });
        const rest = { channel: 'web', action, object: null, category: null, sessionId: null, properties: {} };
        return this.#write(topic, common, encoded('interaction-event', { ...common, ...rest }));
      }
      case 'marketing': {
        const kind = random.pick(['SENT', 'OPENED', 'CLICKED'] as const);
        const rest = { campaignId: 'spring', variant: null, channel: 'email', kind };
        return this.#write(topic, common, encoded('marketing-event', { ...common, ...rest }));
      }
      default: {
        const rest = { traits: { city: 'Rome' }, consents: [], erasure: false, linkedCustomerId: null };
        return this.#write('identities', common, encoded('identity-event', { ...common, ...rest }));
      }
    }
  }

  /** The topic of the next event: mostly those that scores read. */
  drawTopic(): RawTopic {
    return this.#random.weighted({ orders: 5, interactions: 4, marketing: 2, identities: 0.5 });
  }

  /** How long before its record an event happened: mostly just before, some late, a few older than the window. */
  drawLatenessMs(): number {
    const random = this.#random;
    const draw = random.next();
    if (draw < 0.75) return 0;
    if (draw < 0.85) return random.between(1, 50) * MINUTE_MS;
    if (draw < 0.97) return random.between(1, 48) * HOUR_MS;
    return 5 * DAY_MS;
  }

  #order(time: number): RawWrite {
    const random = this.#random;
    if (this.#told.length > 0 && random.chance(0.08)) {
      return this.#orderWrite({ ...random.pick(this.#told.slice(-4)), eventId: this.#nextId() });
    }
    const known = this.#orders.length === 0 || random.chance(0.55) ? null : random.pick(this.#orders);
    if (known === null) return this.#newOrder(time);
    const { order } = known;
    const status = random.weighted({ PAID: 4, CANCELLED: 1, REFUNDED: 1, PARTIALLY_REFUNDED: 3, UPDATED: 1.5 });
    const part = random.between(0, 1.2 * order.amountMinor);
    const hasAmountOfItsOwn = status === 'PARTIALLY_REFUNDED' || status === 'UPDATED';
    return this.#orderWrite({
      ...order,
      eventId: this.#nextId(),
      occurredAt: time as TimeMs,
      status,
      amountMinor: hasAmountOfItsOwn ? part : order.amountMinor,
      refundId: status === 'PARTIALLY_REFUNDED' && random.chance(0.7) ? this.#nextId() : null,
    });
  }

  /** Now and then a credit note that names no order, or an order that is only announced here: its refund comes before it. */
  #newOrder(time: number): RawWrite {
    const random = this.#random;
    const customerId = this.#drawCustomer();
    const id = this.#nextId();
    const order: OrderEventRecord = {
      eventId: id,
      customerId,
      occurredAt: time as TimeMs,
      orderId: `order-${id}`,
      status: 'PLACED',
      amountMinor: random.pick([0, 500, 900, 1_500, 2_500, 4_000]),
      currency: random.pick(['USD', 'USD', 'EUR']),
      refundId: null,
      items: [],
      marginMinor: null,
    };
    if (random.chance(0.08)) return this.#orderWrite({ ...order, status: 'CREDITED' });
    this.#orders.push({ customerId, order });
    if (!random.chance(0.15)) return this.#orderWrite(order);
    return this.#orderWrite({ ...order, eventId: this.#nextId(), status: 'CANCELLED' });
  }

  #orderWrite(order: OrderEventRecord): RawWrite {
    this.#told.push(order);
    const { customerId, orderId, status, refundId, occurredAt, amountMinor, currency } = order;
    const said = JSON.stringify([customerId, orderId, status, refundId, occurredAt, amountMinor, currency]);
    const isKnownByIdAlone = status === 'PARTIALLY_REFUNDED' && refundId === null;
    return this.#write('orders', order, encoded('order-event', order), isKnownByIdAlone ? [] : [said]);
  }

  #write(
    topic: RawTopic,
    { eventId, customerId, occurredAt }: Pick<OrderEventRecord, 'eventId' | 'customerId' | 'occurredAt'>,
    value: Uint8Array,
    keys: readonly string[] = [],
  ): RawWrite {
    const known = JSON.stringify([topic, customerId, eventId]);
    const expectation: Expectation = { kind: 'event', eventId, keys: [known, ...keys] };
    const key = customerKey(customerId);
    return { topic, lane: this.#lane, key, value, expectation, time: occurredAt, until: null };
  }

  /** Mostly a customer; now and then whom nobody knows yet. */
  #drawCustomer(): CustomerId {
    const customerId = this.#random.pick(this.#customers);
    return this.#random.chance(0.12) ? this.#heldId : customerId;
  }

  #nextId(): string {
    return `e${this.#lane}-${this.#count++}`;
  }
}
