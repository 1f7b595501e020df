/** An order as Shopify's documentation shows it, shortened: ids are beyond 2^53, so it is text and no object. */
export const SHOPIFY_ORDER = `{
  "id": 820982911946154508,
  "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
  "cancelled_at": null,
  "contact_email": "jon@example.com",
  "created_at": "2026-11-20T13:05:38-05:00",
  "currency": "USD",
  "current_total_price": "369.97",
  "current_total_price_set": {"shop_money": {"amount": "369.97", "currency_code": "USD"}, "presentment_money": {"amount": "341.02", "currency_code": "EUR"}},
  "email": "jon@example.com",
  "financial_status": "paid",
  "name": "#9999",
  "presentment_currency": "EUR",
  "processed_at": "2026-11-20T13:06:00-05:00",
  "test": false,
  "total_price": "404.95",
  "updated_at": "2026-11-20T13:10:00-05:00",
  "customer": {"id": 9007199254740993, "email": "john@example.com", "first_name": "John", "currency": "USD"},
  "line_items": [
    {"id": 866550311766439020, "product_id": 788032119674292922, "variant_id": null, "quantity": 1, "sku": "SKU2006-001", "title": "IPod Nano - 8GB", "price": "199.00"},
    {"id": 141249953214522974, "product_id": 788032119674292922, "variant_id": 18446744073709551615, "quantity": 2, "sku": "", "title": "IPod Nano", "price": "99.99"}
  ],
  "refunds": []
}`;

export const SHOPIFY_CUSTOMER = `{
  "id": 706405506930370084,
  "email": "bob@biller.com",
  "created_at": "2026-11-20T13:05:38-05:00",
  "updated_at": "2026-11-20T14:00:00-05:00",
  "first_name": "Bob",
  "last_name": "Biller",
  "state": "disabled",
  "verified_email": true,
  "tags": "vip, newsletter",
  "currency": "USD",
  "phone": "+15145550000",
  "addresses": [],
  "default_address": {"city": "Ghent", "country_code": "BE", "address1": "Somewhere 1"},
  "email_marketing_consent": {"state": "subscribed", "opt_in_level": "single_opt_in", "consent_updated_at": "2026-11-19T10:00:00-05:00"},
  "sms_marketing_consent": {"state": "unsubscribed", "opt_in_level": "single_opt_in", "consent_updated_at": null}
}`;

/** An order as WooCommerce's REST API shows it, shortened. */
export const WOOCOMMERCE_ORDER = {
  id: 727,
  number: '727',
  status: 'processing',
  currency: 'EUR',
  date_created: '2026-11-20T17:28:02',
  date_created_gmt: '2026-11-20T16:28:02',
  date_modified: '2026-11-20T17:28:08',
  date_modified_gmt: '2026-11-20T16:28:08',
  date_paid_gmt: '2026-11-20T16:28:08',
  total: '29.35',
  customer_id: 26,
  billing: { email: 'john.doe@example.com' },
  line_items: [
    { id: 315, name: 'Woo Single #1', product_id: 93, variation_id: 0, quantity: 2, total: '6.00', sku: '', price: 3 },
  ],
  refunds: [],
};
