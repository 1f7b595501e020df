import type { TimeMs } from './time.ts';

/**
 * What the timeline holds, as folds see it: normalised by unify, so every field is valid. The customer is the record's
 * key. Amounts are integers in minor units (cents) of the policy's base currency.
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
 * `placed` and `paid` carry the order's amount; `partially_refunded` the refunded part; `cancelled` and `refunded` undo
 * the whole order.
 */
export const ORDER_STATUSES = ['placed', 'paid', 'cancelled', 'refunded', 'partially_refunded'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export interface OrderEvent extends Occurrence {
  readonly orderId: string;
  readonly status: OrderStatus;
  /** Minor units of the base currency, at least 0. */
  readonly amountBaseMinor: number;
  /** Tells several part refunds of one order apart; null where there is one at most. */
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
  /** Newest value wins, per trait. */
  readonly traits: Readonly<Record<string, string>>;
  readonly consents: readonly Consent[];
  /** True asks for everything known of the customer to be forgotten. */
  readonly erasure: boolean;
}

export interface Consent {
  readonly channel: string;
  readonly purpose: string;
  readonly granted: boolean;
}
