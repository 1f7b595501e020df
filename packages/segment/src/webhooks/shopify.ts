import { type Outcome, Refusal } from '../outcome.ts';
import { flattenEntries } from '../values/entries.ts';
import { type JsonObject, objectOf, valueAt } from '../values/texts.ts';
import { mapWebhook, type ShopBody, type Webhook } from './shop.ts';
import { ShopOrder } from './shop-orders.ts';

/** What is in the body of each topic (`X-Shopify-Topic`). Others are dead letters. */
export const SHOPIFY_TOPICS: Readonly<Record<string, 'order' | 'customer' | 'not-used' | 'not-supported'>> = {
  'orders/create': 'order',
  'orders/updated': 'order',
  'orders/paid': 'order',
  'orders/cancelled': 'order',
  'orders/fulfilled': 'order',
  'orders/partially_fulfilled': 'order',
  'customers/create': 'customer',
  'customers/update': 'customer',
  'customers/enable': 'customer',
  'customers/disable': 'customer',
  // All that they say is in the order's next body.
  'refunds/create': 'not-used',
  'orders/edited': 'not-used',
  'orders/delete': 'not-used',
  'customers/delete': 'not-used',
  // This version erases nothing, and must not look as if it did.
  'customers/data_request': 'not-supported',
  'customers/redact': 'not-supported',
  'shop/redact': 'not-supported',
};

/** An order's body is its state, and gives each of these records that it implies, by the field that says when. */
export const SHOPIFY_ORDER_ROWS = [
  { status: 'PLACED', at: 'created_at', amount: 'total_price', when: null },
  { status: 'PAID', at: 'processed_at', amount: 'total_price', when: ['paid', 'partially_refunded', 'refunded'] },
  { status: 'CANCELLED', at: 'cancelled_at', amount: null, when: 'cancelled_at' },
  { status: 'UPDATED', at: 'updated_at', amount: 'current_total_price', when: null },
  { status: 'REFUNDED', at: 'updated_at', amount: null, when: ['refunded'] },
] as const;

/** No addresses and numbers of people: the log is kept. */
export const SHOPIFY_TRAITS = {
  first_name: 'first_name',
  last_name: 'last_name',
  state: 'state',
  tags: 'tags',
  verified_email: 'verified_email',
  currency: 'currency',
  city: 'default_address.city',
  country: 'default_address.country_code',
} as const;

const CONSENTS = [
  { channel: 'email', field: 'email_marketing_consent' },
  { channel: 'sms', field: 'sms_marketing_consent' },
] as const;

const GRANTED: ReadonlyMap<unknown, boolean> = new Map([
  ['subscribed', true],
  ['unsubscribed', false],
  ['not_subscribed', false],
  ['redacted', false],
]);

/** The records of a body that Shopify sent and signed. `topic`: `X-Shopify-Topic`. */
export function mapShopify(webhook: Webhook): Outcome {
  const { topic = '' } = webhook;
  const kind = Object.hasOwn(SHOPIFY_TOPICS, topic) ? SHOPIFY_TOPICS[topic] : undefined;
  const judge = (json: JsonObject) => {
    if (kind === undefined) {
      throw new Refusal('unmapped', 'x-shopify-topic', `one of ${Object.keys(SHOPIFY_TOPICS).join(', ')}`, 'another');
    }
    if (kind === 'not-supported') throw new Refusal(kind, 'x-shopify-topic', 'what this version can do', NOT_SUPPORTED);
    return kind === 'not-used' || json['test'] === true ? 'not-used' : null;
  };
  if (kind === 'customer') return mapWebhook(webhook, judge, ({ id, email }) => ({ id, email }), addCustomer);
  return mapWebhook(webhook, judge, orderCustomer, addOrder);
}

const NOT_SUPPORTED = 'an erasure, or a request for data: nothing is erased, so answer it by hand';

function orderCustomer(json: JsonObject): { readonly id: unknown; readonly email: unknown } {
  const customer = objectOf(json['customer']);
  return { id: customer['id'], email: customer['email'] ?? json['email'] ?? json['contact_email'] };
}

function addOrder(body: ShopBody): void {
  const { json } = body;
  const order = new ShopOrder(body);
  for (const { status, at, amount, when } of SHOPIFY_ORDER_ROWS) {
    if (!isImplied(json, when)) continue;
    // An order that was imported may have no time of its own for this.
    const time = json[at] ?? json['created_at'];
    order.say(status, at, time, amount === null ? null : order.amount(amount));
  }
}

function isImplied(json: JsonObject, when: (typeof SHOPIFY_ORDER_ROWS)[number]['when']): boolean {
  if (when === null) return true;
  if (typeof when === 'string') return json[when] !== undefined && json[when] !== null;
  return (when as readonly unknown[]).includes(json['financial_status']);
}

/** A consent has a time of its own: that of the body is of whatever was changed last. */
function addCustomer({ json, draft, occurrence }: ShopBody): void {
  const said = Object.entries(SHOPIFY_TRAITS).map(([trait, path]) => [trait, valueAt(json, path)]);
  const { entries, dropped } = flattenEntries(Object.fromEntries(said), false);
  draft.warn('entries-dropped', dropped);
  draft.addIdentity({ traits: entries }, occurrence('updated_at', json['updated_at'], 'traits'));
  for (const { channel, field } of CONSENTS) {
    const { state, consent_updated_at: at } = objectOf(json[field]);
    const granted = GRANTED.get(state);
    if (granted === undefined || at === undefined || at === null) continue;
    const consents = [{ channel, purpose: 'marketing', granted }];
    draft.addIdentity({ consents }, occurrence(`${field}.consent_updated_at`, at, `consent-${channel}`));
  }
}
