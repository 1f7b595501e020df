import type { TimeMs } from './time.ts';

/**
 * What the timeline holds, as folds see it: normalised by unify, so every field is valid. The customer is the record's
 * key.
 */
export type TimelineEvent =
  | { readonly type: 'order'; readonly data: OrderEvent }
  | { readonly type: 'interaction'; readonly data: InteractionEvent }
  | { readonly type: 'marketing'; readonly data: MarketingEvent }
  | { readonly type: 'identity'; readonly data: IdentityEvent };

export type TimelineEventType = TimelineEvent['type'];

/** In every event: its producer's id for it, and when it happened. */
interface Occurrence {
  readonly eventId: string;
  readonly occurredAt: TimeMs;
}

/**
 * `placed` and `paid` carry the order's amount, `updated` its new one, before refunds; `partially_refunded` the refunded
 * part; `cancelled` and `refunded` undo the whole order. `credited` is a credit note that names no order: `orderId` is
 * its own id.
 */
export const ORDER_STATUSES = [
  'placed',
  'paid',
  'cancelled',
  'refunded',
  'partially_refunded',
  'updated',
  'credited',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export interface OrderEvent extends Occurrence {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** Minor units of `currency`, a whole number of at least 0. */
  readonly amountMinor: number;
  /** ISO 4217 code. */
  readonly currency: string;
  /** Minor units of the base currency that one minor unit of `currency` is worth; see `toBaseMinor`. */
  readonly rate: string;
  /** Tells several part refunds of one order apart; null: `eventId` does. */
  readonly refundId: string | null;
}

export interface InteractionEvent extends Occurrence {
  /** web, app, store, call_centre, email, wechat, ... */
  readonly channel: string;
  /** page_view, product_view, add_to_cart, search, ... */
  readonly action: string;
  readonly object: string | null;
  readonly category: string | null;
  readonly sessionId: string | null;
}

/** A profile is stored with counts in this order: new kinds go to the end. */
export const MARKETING_KINDS = [
  'sent',
  'delivered',
  'opened',
  'clicked',
  'bounced',
  'unsubscribed',
  'converted',
] as const;
export type MarketingKind = (typeof MARKETING_KINDS)[number];

export interface MarketingEvent extends Occurrence {
  readonly campaignId: string;
  readonly variant: string | null;
  readonly channel: string;
  readonly kind: MarketingKind;
}

export interface IdentityEvent extends Occurrence {
  /** Newest value wins, per trait; null: it is no longer so. */
  readonly traits: Readonly<Record<string, string | null>>;
  readonly consents: readonly Consent[];
  /** True asks for everything known of the customer to be forgotten. */
  readonly erasure: boolean;
}

export interface Consent {
  readonly channel: string;
  readonly purpose: string;
  readonly granted: boolean;
}
