import type { ConsentGiven, MarketingEventKind, OrderEventStatus } from '@tidemark/contracts';

/** Ms since 1970, a Date, or ISO 8601 text with seconds and a zone, such as `2026-11-21T09:30:00Z` or `...+01:00`. */
export type TimeInput = number | Date | string;

/** Kept as text: a list as JSON. */
export type EntryInput = string | number | boolean | readonly unknown[];

type Optional<T> = T | null | undefined;

interface EventInput {
  /**
   * 1 to 256 bytes of UTF-8. As with all ids here white space around it is taken off, and what programs write for no id
   * (`null`, `undefined`, `NaN`, `0`, `#N/A`, ...) is refused.
   */
  readonly customerId: string;
  /** When it happened, from 1990 (or the policy's `events.earliest`) to the end of year 9999. */
  readonly occurredAt: TimeInput;
  /**
   * Names this event, 1 to 256 bytes: Tidemark drops a repeat that comes within the hour. The producer makes one where it
   * is absent; your own (such as `order-4711-paid`) makes it safe to send again after a restart of your program.
   */
  readonly eventId?: string | undefined;
}

export interface OrderInput extends EventInput {
  /** An order is idempotent by orderId and status. Of a credit note its own id. */
  readonly orderId: string;
  /**
   * PLACED and PAID carry the order's amount, UPDATED its new one (before refunds), PARTIALLY_REFUNDED the refunded part,
   * CREDITED what a credit note that names no order takes off.
   */
  readonly status: OrderEventStatus;
  /** Whole minor units of `currency`, at least 0: 1999 for 19.99 EUR, 500 for 500 JPY. */
  readonly amountMinor: number;
  /** ISO 4217 code in capitals. The policy in force must know it. */
  readonly currency: string;
  /** Tells several part refunds of one order apart. */
  readonly refundId?: Optional<string>;
  /** At most 1,000. */
  readonly items?: readonly OrderItemInput[] | undefined;
  /** Contribution margin in minor units, negative for a loss. */
  readonly marginMinor?: Optional<number>;
}

export interface OrderItemInput {
  readonly sku: string;
  /** Pieces, at least 0. */
  readonly quantity: number;
  /** Of the whole line, not of one piece. */
  readonly amountMinor: number;
  readonly category?: Optional<string>;
}

export interface InteractionInput extends EventInput {
  /** web, app, store, call_centre, ...; at most 64 bytes. */
  readonly channel: string;
  /** page_view, product_view, add_to_cart, ...: the policy weighs it by this name; at most 64 bytes. */
  readonly action: string;
  /** What was acted upon; at most 1,024 bytes. */
  readonly object?: Optional<string>;
  readonly category?: Optional<string>;
  readonly sessionId?: Optional<string>;
  /** At most 100; a name has at most 64 bytes, a value 4,096. */
  readonly properties?: Readonly<Record<string, EntryInput>> | undefined;
}

export interface MarketingInput extends EventInput {
  readonly campaignId: string;
  readonly variant?: Optional<string>;
  /** email, sms, push, ...; at most 64 bytes. */
  readonly channel: string;
  readonly kind: MarketingEventKind;
}

export interface IdentityInput extends EventInput {
  /** At most 100; a name has at most 64 bytes, a value 4,096. The newest value wins, per trait; null: it is no longer so. */
  readonly traits?: Readonly<Record<string, EntryInput | null>> | undefined;
  /** At most 100. The newest wins, per channel and purpose. */
  readonly consents?: readonly ConsentGiven[] | undefined;
  /** Erasure is not built yet: `true` is refused. */
  readonly erasure?: boolean | undefined;
  /** An anonymous id that belongs to this customer. */
  readonly linkedCustomerId?: Optional<string>;
}

/** What each topic takes. */
export interface EventInputs {
  readonly orders: OrderInput;
  readonly interactions: InteractionInput;
  readonly marketing: MarketingInput;
  readonly identities: IdentityInput;
}
