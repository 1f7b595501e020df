import type { EventInputs, EventTopic } from '@tidemark/producer';
import type { Random } from '@tidemark/testkit';
import { ORDER_WINDOW_MS } from './policies.ts';

/** An event as a shop hands it to a producer. */
export type DrawnEvent = {
  [T in EventTopic]: { readonly topic: T; readonly eventId: string; readonly input: EventInputs[T] };
}[EventTopic];

type Order = EventInputs['orders'];

/** How often an event of each topic is drawn. */
const WEIGHTS: Readonly<Record<EventTopic, number>> = {
  orders: 5,
  interactions: 4,
  marketing: 2,
  identities: 0.5,
};
/** Orders of a customer that something may still befall. */
const OPEN_ORDERS_MAX = 5;
/** Events of somebody who comes once or twice: what is lost of them no later event makes good, and they are in no cache. */
const VISITING = 0.03;
const VISITORS = 5_000;
const AMOUNTS_MINOR = [500, 900, 1_500, 2_500, 4_000, 9_900] as const;

/** Draws events of some customers who come all the time, and of visitors; each customer's events are numbered from 1, and the number is in the event's id. */
export class EventDrawer {
  readonly #random: Random;
  readonly #customers: readonly string[];
  readonly #numbers = new Map<string, number>();
  readonly #orders = new Map<string, Order[]>();

  constructor(random: Random, customers: number) {
    this.#random = random;
    this.#customers = Array.from({ length: customers }, (_, i) => `customer-${i}`);
  }

  draw(nowMs: number): DrawnEvent {
    const random = this.#random;
    const customerId = random.chance(VISITING)
      ? `visitor-${random.between(1, VISITORS)}`
      : random.pick(this.#customers);
    const number = (this.#numbers.get(customerId) ?? 0) + 1;
    this.#numbers.set(customerId, number);
    const eventId = `${customerId}.${number}`;
    const common = { eventId, customerId, occurredAt: nowMs - this.#latenessMs() };
    const topic = random.weighted(WEIGHTS);
    switch (topic) {
      case 'orders':
        return { topic, eventId, input: this.#order(common) };
      case 'interactions':
        return { topic, eventId, input: { ...common, channel: 'web', action: random.pick(['view', 'view', 'cart']) } };
      case 'marketing': {
        const kind = random.pick(['SENT', 'OPENED', 'CLICKED'] as const);
        return { topic, eventId, input: { ...common, campaignId: 'spring', channel: 'email', kind } };
      }
      case 'identities': {
        const consents = [{ channel: 'email', purpose: 'news', granted: random.chance(0.5) }];
        return { topic, eventId, input: { ...common, traits: { city: random.pick(['Rome', 'Oslo']) }, consents } };
      }
    }
  }

  #order(common: Pick<Order, 'customerId' | 'occurredAt'> & { readonly eventId: string }): Order {
    const random = this.#random;
    const open = this.#orders.get(common.customerId) ?? [];
    if (open.length === 0 || random.chance(0.5)) {
      const status = random.chance(0.7) ? 'PAID' : 'PLACED';
      const amountMinor = random.pick(AMOUNTS_MINOR);
      const order: Order = { ...common, orderId: `order-${common.eventId}`, status, amountMinor, currency: 'USD' };
      this.#orders.set(common.customerId, [...open, order].slice(-OPEN_ORDERS_MAX));
      return order;
    }
    const order = random.pick(open);
    const status = random.weighted({ PAID: 3, CANCELLED: 1, REFUNDED: 1, PARTIALLY_REFUNDED: 3 });
    if (status !== 'PARTIALLY_REFUNDED') return { ...order, ...common, status };
    // Some ask for more than is left.
    const amountMinor = random.between(1, Math.ceil(order.amountMinor * 1.2));
    return { ...order, ...common, status, amountMinor, refundId: common.eventId };
  }

  /** Mostly now; some late, some about to leave the window, a few long out of it. */
  #latenessMs(): number {
    const random = this.#random;
    const draw = random.next();
    if (draw < 0.75) return 0;
    if (draw < 0.9) return random.between(1, 60_000);
    if (draw < 0.97) return ORDER_WINDOW_MS - random.between(1_000, 30_000);
    return 20 * ORDER_WINDOW_MS;
  }
}
