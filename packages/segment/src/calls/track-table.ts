import type { MarketingEventKind, OrderEventStatus } from '@tidemark/contracts';

/** What a track event becomes, by its name. `names`: that of version 2 of Segment's specification, then older ones. */
export type TrackRow = { readonly names: readonly [string, ...string[]] } & (
  | { readonly topic: 'orders'; readonly status: OrderEventStatus }
  | {
      readonly topic: 'interactions';
      readonly action: string;
      /** Properties that say what was acted upon; the first that is there. */
      readonly object: readonly string[];
    }
  | { readonly topic: 'marketing'; readonly channel: string; readonly kind: MarketingEventKind }
  | { readonly topic: 'identities' }
);

const PRODUCT = ['product_id', 'productId', 'sku', 'id', 'name'] as const;
const PROMOTION = ['promotion_id', 'promotionId', 'id', 'name'] as const;
const COUPON = ['coupon_id', 'couponId', 'coupon_name'] as const;
const CHECKOUT = ['order_id', 'orderId', 'checkout_id'] as const;

export const TRACK_ROWS: readonly TrackRow[] = [
  { names: ['Order Completed', 'Completed Order'], topic: 'orders', status: 'PLACED' },
  { names: ['Order Updated', 'Updated Order'], topic: 'orders', status: 'UPDATED' },
  { names: ['Order Refunded', 'Refunded Order'], topic: 'orders', status: 'REFUNDED' },
  { names: ['Order Cancelled', 'Cancelled Order', 'Order Canceled'], topic: 'orders', status: 'CANCELLED' },

  interaction(['Products Searched', 'Searched Products'], 'search', ['query']),
  interaction(['Product List Viewed', 'Viewed Product List', 'Viewed Product Category'], 'product_list_view', [
    'list_id',
  ]),
  interaction(['Product List Filtered', 'Filtered Product List'], 'product_list_filter', ['list_id']),
  interaction(['Product Viewed', 'Viewed Product'], 'product_view', PRODUCT),
  interaction(['Product Clicked', 'Clicked Product'], 'product_click', PRODUCT),
  interaction(['Product Added', 'Added Product'], 'add_to_cart', PRODUCT),
  interaction(['Product Removed', 'Removed Product'], 'remove_from_cart', PRODUCT),
  interaction(['Cart Viewed', 'Viewed Cart'], 'cart_view', ['cart_id']),
  interaction(['Checkout Started', 'Started Checkout'], 'checkout', CHECKOUT),
  interaction(['Checkout Step Viewed', 'Viewed Checkout Step'], 'checkout_step_view', ['step']),
  interaction(['Checkout Step Completed', 'Completed Checkout Step'], 'checkout_step', ['step']),
  interaction(['Payment Info Entered', 'Entered Payment Info'], 'payment_info', CHECKOUT),
  interaction(['Promotion Viewed', 'Viewed Promotion'], 'promotion_view', PROMOTION),
  interaction(['Promotion Clicked', 'Clicked Promotion'], 'promotion_click', PROMOTION),
  interaction(['Coupon Entered', 'Entered Coupon'], 'coupon_enter', COUPON),
  interaction(['Coupon Applied', 'Applied Coupon'], 'coupon_apply', COUPON),
  interaction(['Coupon Denied', 'Denied Coupon'], 'coupon_deny', COUPON),
  interaction(['Coupon Removed', 'Removed Coupon'], 'coupon_remove', COUPON),
  interaction(['Product Added to Wishlist', 'Added Product to Wishlist'], 'wishlist_add', PRODUCT),
  interaction(['Product Removed from Wishlist', 'Removed Product from Wishlist'], 'wishlist_remove', PRODUCT),
  interaction(['Wishlist Product Added to Cart', 'Added Wishlist Product to Cart'], 'add_to_cart', PRODUCT),
  interaction(['Product Shared', 'Shared Product'], 'product_share', PRODUCT),
  interaction(['Cart Shared', 'Shared Cart'], 'cart_share', ['cart_id']),
  interaction(['Product Reviewed', 'Reviewed Product'], 'product_review', PRODUCT),

  { names: ['Email Delivered'], topic: 'marketing', channel: 'email', kind: 'DELIVERED' },
  { names: ['Email Opened'], topic: 'marketing', channel: 'email', kind: 'OPENED' },
  { names: ['Email Link Clicked'], topic: 'marketing', channel: 'email', kind: 'CLICKED' },
  { names: ['Email Bounced'], topic: 'marketing', channel: 'email', kind: 'BOUNCED' },
  { names: ['Email Marked as Spam'], topic: 'marketing', channel: 'email', kind: 'UNSUBSCRIBED' },
  { names: ['Unsubscribed'], topic: 'marketing', channel: 'email', kind: 'UNSUBSCRIBED' },
  { names: ['Push Notification Received'], topic: 'marketing', channel: 'push', kind: 'DELIVERED' },
  { names: ['Push Notification Tapped'], topic: 'marketing', channel: 'push', kind: 'CLICKED' },
  { names: ['Push Notification Bounced'], topic: 'marketing', channel: 'push', kind: 'BOUNCED' },

  { names: ['Segment Consent Preference Updated', 'Segment Consent Preference'], topic: 'identities' },
];

function interaction(names: TrackRow['names'], action: string, object: readonly string[]): TrackRow {
  return { names, topic: 'interactions', action, object };
}

const byName = new Map(TRACK_ROWS.flatMap((row) => row.names.map((name) => [name, row] as const)));
const byLooseName = new Map(Array.from(byName, ([name, row]) => [looseName(name), row] as const));

/** SDKs and people differ in case, and write `order_completed` or `OrderCompleted`. */
export function trackRowOf(name: string): TrackRow | undefined {
  return byName.get(name) ?? (name.length <= 64 ? byLooseName.get(looseName(name)) : undefined);
}

function looseName(name: string): string {
  return name.toLowerCase().replace(/[ _-]/g, '');
}
