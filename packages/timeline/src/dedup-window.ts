import { hash } from 'node:crypto';
import type { RawTopic, TimelineOrderRecord } from '@tidemark/contracts';
import { HOUR_MS, type TimeMs } from '@tidemark/domain';
import { RecentHashes } from './recent-hashes.ts';

/** A window holds what came within this much log time, to the second ... */
export const DEDUP_WINDOW_MS = HOUR_MS;
/** ... and at most so many events; of held ids half as many, apart, so that page views push no order out. */
export const DEDUP_EVENTS_MAX = 1_000_000;
export const HELD_EVENTS_MAX = DEDUP_EVENTS_MAX / 2;

/**
 * What an event is known by again, as SHA-256. Compared by 64 bits: that any two of the 1,000,000 events in a full window
 * are taken for the same has a chance of 3e-8, that the next one is, of 5e-14.
 */
export interface EventKeys {
  readonly event: string;
  /** Of an order event, what it says; null where only its id can tell it from another. */
  readonly order: string | null;
}

/** `order`: what is on the timeline of an order event, null for other events. */
export function eventKeysOf(
  topic: RawTopic,
  customerId: string,
  eventId: string,
  order: TimelineOrderRecord | null,
): EventKeys {
  const event = digestOf(`${topic} ${customerId.length} ${customerId}${eventId}`);
  return { event, order: order === null ? null : orderKeyOf(customerId, order) };
}

/**
 * Shops send an order's event again under another id: an event of an order that says the same to the last field is a repeat.
 * But two part refunds of one order without ids of their own may be alike.
 */
function orderKeyOf(customerId: string, order: TimelineOrderRecord): string | null {
  const { orderId, status, refundId, occurredAt, amountMinor, currency } = order;
  if (status === 'partially_refunded' && refundId === null) return null;
  const lengths = `${customerId.length} ${orderId.length}`;
  return digestOf(
    `${status} ${occurredAt} ${amountMinor} ${currency} ${lengths} ${customerId}${orderId}${refundId ?? ''}`,
  );
}

function digestOf(text: string): string {
  return hash('sha256', text, 'binary');
}

/**
 * The events that are on a lane's timeline, as far back as repeats of them are noticed. Keeps hashes only: at its bound
 * 16 MiB for events, as much for what order events said, and half as much for both of held ids.
 */
export class DedupWindow {
  readonly #events = new RecentHashes(DEDUP_EVENTS_MAX, DEDUP_WINDOW_MS);
  readonly #orders = new RecentHashes(DEDUP_EVENTS_MAX, DEDUP_WINDOW_MS);
  readonly #held = new RecentHashes(HELD_EVENTS_MAX, DEDUP_WINDOW_MS);

  /** Whether such an event is on the timeline, and was no longer ago at log time `at` than the window reaches. */
  has({ event, order }: EventKeys, at: TimeMs): boolean {
    if (this.#events.has(event, at) || this.#held.has(event, at)) return true;
    return order !== null && (this.#orders.has(order, at) || this.#held.has(order, at));
  }

  /** An event that is on the timeline at log time `at`. */
  add({ event, order }: EventKeys, at: TimeMs, isHeld: boolean): void {
    const [events, orders] = isHeld ? [this.#held, this.#held] : [this.#events, this.#orders];
    events.add(event, at);
    if (order !== null) orders.add(order, at);
  }

  /** The log time of the oldest event of a customer, to the second: how far back a repeat is noticed; null while empty. */
  get reachesBackTo(): TimeMs | null {
    return this.#events.reachesBackTo;
  }

  get bytes(): number {
    return this.#events.bytes + this.#orders.bytes + this.#held.bytes;
  }
}
