import { type Outcome, Refusal } from '../outcome.ts';
import { minus, plus, ZERO } from '../values/decimal.ts';
import { type JsonObject, objectOf, textOf } from '../values/texts.ts';
import { mapWebhook, type ShopBody, type Webhook } from './shop.ts';
import { ShopOrder } from './shop-orders.ts';

/** What is in the body of each topic (`X-WC-Webhook-Topic`). Others are dead letters. */
export const WOOCOMMERCE_TOPICS: Readonly<Record<string, 'order' | 'not-used'>> = {
  'order.created': 'order',
  'order.updated': 'order',
  'order.restored': 'order',
  'order.deleted': 'not-used',
  'customer.created': 'not-used',
  'customer.updated': 'not-used',
  'customer.deleted': 'not-used',
};

/** What an order's status implies, besides that it was placed and what it amounts to now. */
export const WOOCOMMERCE_STATUSES = {
  pending: null,
  'on-hold': null,
  processing: 'PAID',
  completed: 'PAID',
  cancelled: 'CANCELLED',
  failed: 'CANCELLED',
  refunded: 'REFUNDED',
} as const;

/** Orders that nobody has placed. */
const DRAFTS: ReadonlySet<unknown> = new Set(['checkout-draft', 'auto-draft', 'trash']);

/** The first thing that WooCommerce sends to an address: it wants 200, and is no event. It is not signed. */
export function isWooCommercePing(body: string): boolean {
  return /^webhook_id=\d{1,20}$/.test(body.trim());
}

/** The records of a body that WooCommerce sent and signed. `topic`: `X-WC-Webhook-Topic`. */
export function mapWooCommerce(webhook: Webhook): Outcome {
  const { topic = '' } = webhook;
  const kind = Object.hasOwn(WOOCOMMERCE_TOPICS, topic) ? WOOCOMMERCE_TOPICS[topic] : undefined;
  const judge = (json: JsonObject) => {
    if (kind === undefined) {
      const expected = `one of ${Object.keys(WOOCOMMERCE_TOPICS).join(', ')}`;
      throw new Refusal('unmapped', 'x-wc-webhook-topic', expected, 'another');
    }
    return kind === 'not-used' || DRAFTS.has(json['status']) ? 'not-used' : null;
  };
  const customerOf = (json: JsonObject) => ({ id: json['customer_id'], email: objectOf(json['billing'])['email'] });
  return mapWebhook(webhook, judge, customerOf, addOrder);
}

/**
 * A body is the order's state, and WooCommerce never sends one again: so every body says that the order was placed, too. A payment
 * has the body's time, since an order that was cancelled and is processed after all keeps its day of payment.
 */
function addOrder(body: ShopBody): void {
  const { json } = body;
  const order = new ShopOrder(body);
  const total = order.amount('total');
  const [createdAt, modifiedAt] = [
    gmt(json['date_created_gmt']),
    gmt(json['date_modified_gmt'] ?? json['date_created_gmt']),
  ];
  order.say('PLACED', 'date_created_gmt', createdAt, total);
  const status = textOf(json['status']) ?? '';
  const implied = Object.hasOwn(WOOCOMMERCE_STATUSES, status)
    ? WOOCOMMERCE_STATUSES[status as keyof typeof WOOCOMMERCE_STATUSES]
    : null;
  if (implied !== null) order.say(implied, 'date_modified_gmt', modifiedAt, implied === 'PAID' ? total : null);
  const left = minus(total, order.refunded('refunds', 'total').reduce(plus, ZERO));
  if (left === null) throw new Refusal('invalid-field', 'refunds.total', "at most the order's total", 'more');
  order.say('UPDATED', 'date_modified_gmt', modifiedAt, left);
}

/** Times in GMT are written without a zone. */
function gmt(value: unknown): unknown {
  return typeof value === 'string' && value !== '' && !/(Z|[+-]\d\d:?\d\d)$/i.test(value) ? `${value}Z` : value;
}
