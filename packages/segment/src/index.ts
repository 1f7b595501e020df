export { CALL_TYPES, type CallType, callTypeOf, mapCall, type Receipt } from './calls/map-call.ts';
export type { FieldRule, FieldTable } from './cloud-events/field-table.ts';
export { CLOUD_EVENT_TYPES, type CloudEventReceipt, mapCloudEvent } from './cloud-events/map-cloud-event.ts';
export { readCloudEvents } from './cloud-events/read-events.ts';
export type { Accepted, Ignored, IgnoredReason, Outcome, Refused, SourceRecord, WarningCode } from './outcome.ts';
export { Refusal } from './outcome.ts';
export {
  AMOUNT_PLACES,
  type AmountPlace,
  type ConsentFor,
  PARTS,
  type Part,
  type Source,
  type SourceKind,
  sourceOf,
} from './source.ts';
export { type Shop, shopOf, type Webhook } from './webhooks/shop.ts';
export { mapShopify } from './webhooks/shopify.ts';
export { isSignedBy, isStandardWebhookSignedBy, type StandardWebhook } from './webhooks/signature.ts';
export { isWooCommercePing, mapWooCommerce } from './webhooks/woocommerce.ts';
