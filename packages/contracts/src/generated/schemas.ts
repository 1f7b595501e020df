// Generated from schemas/ by packages/contracts/src/generate/main.ts. Do not edit.
import type { SchemaVersion } from '../schema-version.ts';
import type { RecordType } from './records.ts';

/** Every version of every record type, oldest first. */
export const schemas = {
  'behaviour-change': [
    {
      version: 1,
      fingerprint: '3ce550aa8f2729d6',
      schema: {"type":"record","name":"BehaviourChange","namespace":"tidemark","doc":"The behaviour view of a customer changed. Topic: behaviour-changes. Key: the customer's id.","fields":[{"name":"number","type":"long","doc":"This lane's outputs of this score in order: dense, from 1. A gap is a fault."},{"name":"timelineOffset","type":"long","doc":"Offset in the lane's timeline of the record at which it changed, at least 0."},{"name":"effectiveAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When the new view holds from, in stream time: milliseconds since the Unix epoch, UTC."},{"name":"step","type":"int","doc":"Part of the timeline record's steps: 0 a timer, 1 the record itself."},{"name":"from","type":["null",{"type":"record","name":"BehaviourView","doc":"The discrete face of the score.","fields":[{"name":"band","type":"string","doc":"Band of the decayed sum: hot, warm, cool or silent."}]}],"doc":"The view before; null where there was nothing to say."},{"name":"to","type":["null","BehaviourView"],"doc":"The view from now on; null where there is nothing to say any more."},{"name":"cause","type":{"type":"record","name":"ChangeCause","doc":"Why the view changed.","fields":[{"name":"kind","type":{"type":"enum","name":"CauseKind","doc":"Why a view or a tier changed.","symbols":["event","silence","policy"]},"doc":"event: a record of the customer. silence: a timer, because nothing came. policy: new rules."},{"name":"origin","type":["null","string"],"doc":"Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence."},{"name":"eventId","type":["null","string"],"doc":"The eventId of the record that caused it; null for silence and policies."}]},"doc":"Why the view changed."}]},
    },
  ],
  'churn-change': [
    {
      version: 1,
      fingerprint: 'a7b2331e88b62002',
      schema: {"type":"record","name":"ChurnChange","namespace":"tidemark","doc":"The churn view of a customer changed. Topic: churn-changes. Key: the customer's id.","fields":[{"name":"number","type":"long","doc":"This lane's outputs of this score in order: dense, from 1. A gap is a fault."},{"name":"timelineOffset","type":"long","doc":"Offset in the lane's timeline of the record at which it changed, at least 0."},{"name":"effectiveAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When the new view holds from, in stream time: milliseconds since the Unix epoch, UTC."},{"name":"step","type":"int","doc":"Part of the timeline record's steps: 0 a timer, 1 the record itself."},{"name":"from","type":["null",{"type":"record","name":"ChurnView","doc":"The discrete face of the score.","fields":[{"name":"risk","type":"string","doc":"Band of the probability of no order within the policy's horizon: low, medium or high."},{"name":"pace","type":"string","doc":"Whether the customer is overdue against their own purchase interval."}]}],"doc":"The view before; null where there was nothing to say."},{"name":"to","type":["null","ChurnView"],"doc":"The view from now on; null where there is nothing to say any more."},{"name":"cause","type":{"type":"record","name":"ChangeCause","doc":"Why the view changed.","fields":[{"name":"kind","type":{"type":"enum","name":"CauseKind","doc":"Why a view or a tier changed.","symbols":["event","silence","policy"]},"doc":"event: a record of the customer. silence: a timer, because nothing came. policy: new rules."},{"name":"origin","type":["null","string"],"doc":"Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence."},{"name":"eventId","type":["null","string"],"doc":"The eventId of the record that caused it; null for silence and policies."}]},"doc":"Why the view changed."}]},
    },
  ],
  'dead-letter': [
    {
      version: 1,
      fingerprint: '4c99651052c85da7',
      schema: {"type":"record","name":"DeadLetter","namespace":"tidemark","doc":"A record that could not be accepted or folded, with its original bytes. Topic: dead-letters. Key: the refused record's.","fields":[{"name":"service","type":"string","doc":"The service that refused it: unify, rfm, tier, ..."},{"name":"reason","type":"string","doc":"One of a closed set; see `deadLetterReasons` in @tidemark/contracts."},{"name":"detail","type":"string","doc":"What was expected and what was found. Never a customer's data."},{"name":"topic","type":"string","doc":"The topic of the refused record, without namespace."},{"name":"lane","type":"int","doc":"The partition of the refused record."},{"name":"offset","type":"long","doc":"The offset of the refused record."},{"name":"key","type":["null","bytes"],"doc":"The refused record's key as it was; null where it had none."},{"name":"value","type":["null","bytes"],"doc":"The refused record's value as it was; null where it had none or is too large to keep."},{"name":"headers","type":{"type":"map","values":"string"},"doc":"The refused record's headers."},{"name":"at","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it was refused: log time where the lane has one, otherwise the wall clock. Milliseconds since the Unix epoch, UTC."}]},
    },
  ],
  'identity-event': [
    {
      version: 1,
      fingerprint: 'f7a76f257ba7b312',
      schema: {"type":"record","name":"IdentityEvent","namespace":"tidemark","doc":"What is known of a customer, as its producer says it. Topic: identities. Key: customerId.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped."},{"name":"customerId","type":"string","doc":"The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"traits","type":{"type":"map","values":"string"},"doc":"Traits by name, at most 100; the newest value wins, per trait. A name has 1 to 64 bytes, a value at most 4,096.","default":{}},{"name":"consents","type":{"type":"array","items":{"type":"record","name":"ConsentGiven","doc":"A permission given or withdrawn.","fields":[{"name":"channel","type":"string","doc":"The channel it is for: email, sms, push, ...; 1 to 64 bytes."},{"name":"purpose","type":"string","doc":"The purpose it is for: marketing, analytics, ...; 1 to 64 bytes."},{"name":"granted","type":"boolean","doc":"True: given. False: withdrawn."}]}},"doc":"Permissions given or withdrawn, at most 100; the newest wins, per channel and purpose.","default":[]},{"name":"erasure","type":"boolean","doc":"True asks for everything known of the customer to be forgotten.","default":false},{"name":"linkedCustomerId","type":["null","string"],"doc":"An anonymous id that belongs to this customer: their histories are to be merged. 1 to 256 bytes; null where nothing is linked.","default":null}]},
    },
  ],
  'interaction-event': [
    {
      version: 1,
      fingerprint: 'e617f4c8ecb2d800',
      schema: {"type":"record","name":"InteractionEvent","namespace":"tidemark","doc":"Something a customer did, as its producer says it. Topic: interactions. Key: customerId.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped."},{"name":"customerId","type":"string","doc":"The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"channel","type":"string","doc":"Where: web, app, store, call_centre, email, wechat, ...; 1 to 64 bytes."},{"name":"action","type":"string","doc":"The interaction's type: page_view, product_view, add_to_cart, search, ...; 1 to 64 bytes. A policy's weights name it."},{"name":"object","type":["null","string"],"doc":"What was acted upon: a page, a product, a query; at most 1,024 bytes; null where there is none.","default":null},{"name":"category","type":["null","string"],"doc":"Category of the object, at most 256 bytes; null where there is none.","default":null},{"name":"sessionId","type":["null","string"],"doc":"The producer's session, 1 to 256 bytes; null where there is none.","default":null},{"name":"properties","type":{"type":"map","values":"string"},"doc":"Anything else, at most 100 entries; a name has 1 to 64 bytes, a value at most 4,096.","default":{}}]},
    },
  ],
  'live-switch': [
    {
      version: 1,
      fingerprint: 'dbafc06df538ee9a',
      schema: {"type":"record","name":"LiveSwitch","namespace":"tidemark","doc":"Ends the event clock: from here on log time is the wall clock. Topic: control, a copy in every partition, after the last punctuation. No key. Once.","fields":[{"name":"number","type":"long","doc":"Ascending from 1 over the pipeline's life. A lane applies a switch only if its number is greater than the last one applied."},{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Log time at which the lane goes live: milliseconds since the Unix epoch, UTC."}]},
    },
  ],
  'marketing-event': [
    {
      version: 1,
      fingerprint: '54cee68ab57ec913',
      schema: {"type":"record","name":"MarketingEvent","namespace":"tidemark","doc":"What became of a message of a campaign, as its producer says it. Topic: marketing. Key: customerId.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped."},{"name":"customerId","type":"string","doc":"The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"campaignId","type":"string","doc":"The campaign, 1 to 256 bytes."},{"name":"variant","type":["null","string"],"doc":"The variant of a test, 1 to 256 bytes; null where there is none.","default":null},{"name":"channel","type":"string","doc":"How the message went: email, sms, push, wechat, ...; 1 to 64 bytes."},{"name":"kind","type":{"type":"enum","name":"MarketingEventKind","doc":"What happened to the message.","symbols":["SENT","DELIVERED","OPENED","CLICKED","BOUNCED","UNSUBSCRIBED","CONVERTED"]},"doc":"What happened to the message."}]},
    },
  ],
  'order-event': [
    {
      version: 1,
      fingerprint: '0e149307e10eb48b',
      schema: {"type":"record","name":"OrderEvent","namespace":"tidemark","doc":"A step in the life of an order, as its producer says it. Topic: orders. Key: customerId.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped."},{"name":"customerId","type":"string","doc":"The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"orderId","type":"string","doc":"The order, 1 to 256 bytes. An order is idempotent by orderId and status."},{"name":"status","type":{"type":"enum","name":"OrderEventStatus","doc":"What happened to the order.","symbols":["PLACED","PAID","CANCELLED","REFUNDED","PARTIALLY_REFUNDED","UPDATED","CREDITED","UNKNOWN"],"default":"UNKNOWN"},"doc":"PLACED and PAID carry the order's amount, UPDATED its new one (before refunds), PARTIALLY_REFUNDED the refunded part; CANCELLED and REFUNDED undo the whole order. CREDITED is a credit note that names no order: orderId is its own id, and its amount counts against the customer's sum. UNKNOWN stands for what a newer producer writes, and is refused."},{"name":"amountMinor","type":"long","doc":"Amount in minor units of `currency` (cents where it has two digits), at least 0. Zero is valid."},{"name":"currency","type":"string","doc":"ISO 4217 code in capitals, such as EUR. The policy in force must be its base or name a rate for it."},{"name":"refundId","type":["null","string"],"doc":"Tells several part refunds of one order apart, 1 to 256 bytes; null: eventId does.","default":null},{"name":"items","type":{"type":"array","items":{"type":"record","name":"OrderItem","doc":"One line of an order.","fields":[{"name":"sku","type":"string","doc":"The producer's id of what was sold, 1 to 256 bytes."},{"name":"quantity","type":"int","doc":"Pieces, at least 0."},{"name":"amountMinor","type":"long","doc":"Amount of the whole line (not of one piece) in minor units of the order's currency, at least 0."},{"name":"category","type":["null","string"],"doc":"Product category, at most 256 bytes; null where there is none.","default":null}]}},"doc":"The order's lines, at most 1,000; empty where they are not known.","default":[]},{"name":"marginMinor","type":["null","long"],"doc":"Contribution margin in minor units of `currency`, negative for a loss; null where it is not known.","default":null}]},
    },
  ],
  'policy': [
    {
      version: 1,
      fingerprint: '0563474f7eb17d93',
      schema: {"type":"record","name":"Policy","namespace":"tidemark","doc":"The rules to apply from here on. Topic: control, a copy in every partition. No key.","fields":[{"name":"number","type":"long","doc":"Ascending from 1 over the pipeline's life. A lane applies a policy only if its number is greater than the last one applied."},{"name":"hash","type":"string","doc":"SHA-256 of `document` (its UTF-8 bytes), 64 lower-case hex digits."},{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it was published: milliseconds since the Unix epoch, UTC. Under the event clock it is merged at this time; the first policy precedes everything."},{"name":"document","type":"string","doc":"The policy as canonical JSON: properties sorted by name, no white space, numbers as JavaScript prints them."}]},
    },
  ],
  'progress': [
    {
      version: 1,
      fingerprint: 'f35cf3ecb67d57dd',
      schema: {"type":"record","name":"Progress","namespace":"tidemark","doc":"All outputs of this score up to a timeline offset are acknowledged. Topics: the change topics of scores. No key; written to the lane's partition.","fields":[{"name":"timelineOffset","type":"long","doc":"Offset in the lane's timeline, included; at least 0."}]},
    },
    {
      version: 2,
      fingerprint: 'f6753badf46c60d7',
      schema: {"type":"record","name":"Progress","namespace":"tidemark","doc":"All outputs of this score up to a timeline offset are acknowledged. Topics: the change topics of scores. No key; written to the lane's partition.","fields":[{"name":"timelineOffset","type":"long","doc":"Offset in the lane's timeline, included; at least 0."},{"name":"number","type":["null","long"],"default":null,"doc":"Number of the last change in the lane before this record, 0 before the first; null where an older build wrote it. Who has seen a smaller one as the last misses a change: the topic has lost records."}]},
    },
  ],
  'punctuation': [
    {
      version: 1,
      fingerprint: 'ef82b37f6a7f3be1',
      schema: {"type":"record","name":"Punctuation","namespace":"tidemark","doc":"A promise: this partition's records up to the next punctuation lie in [time, until]. Every raw topic, every partition. No key. Event clock only.","fields":[{"name":"time","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"Start of the span: milliseconds since the Unix epoch, UTC. Sorts before records of that time and becomes a tick."},{"name":"until","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"End of the span, included: milliseconds since the Unix epoch, UTC, at least `time`."}]},
    },
  ],
  'rfm-change': [
    {
      version: 1,
      fingerprint: 'e432dfb187ef3f8e',
      schema: {"type":"record","name":"RfmChange","namespace":"tidemark","doc":"The recency, frequency and monetary view of a customer changed. Topic: rfm-changes. Key: the customer's id.","fields":[{"name":"number","type":"long","doc":"This lane's outputs of this score in order: dense, from 1. A gap is a fault."},{"name":"timelineOffset","type":"long","doc":"Offset in the lane's timeline of the record at which it changed, at least 0."},{"name":"effectiveAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When the new view holds from, in stream time: milliseconds since the Unix epoch, UTC."},{"name":"step","type":"int","doc":"Part of the timeline record's steps: 0 a timer, 1 the record itself."},{"name":"from","type":["null",{"type":"record","name":"RfmView","doc":"The discrete face of the score.","fields":[{"name":"recency","type":"int","doc":"Score of days since the last order, 1 (long ago) to 5 (recent)."},{"name":"frequency","type":"int","doc":"Score of the number of orders in the window, 1 (few) to 5 (many)."},{"name":"monetary","type":"int","doc":"Score of net spend in the window, 1 (little) to 5 (much)."},{"name":"segment","type":"string","doc":"The named segment of the three scores."},{"name":"spend","type":"int","doc":"Spend band of the policy, 0 below its first bound."}]}],"doc":"The view before; null where there was nothing to say."},{"name":"to","type":["null","RfmView"],"doc":"The view from now on; null where there is nothing to say any more."},{"name":"cause","type":{"type":"record","name":"ChangeCause","doc":"Why the view changed.","fields":[{"name":"kind","type":{"type":"enum","name":"CauseKind","doc":"Why a view or a tier changed.","symbols":["event","silence","policy"]},"doc":"event: a record of the customer. silence: a timer, because nothing came. policy: new rules."},{"name":"origin","type":["null","string"],"doc":"Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence."},{"name":"eventId","type":["null","string"],"doc":"The eventId of the record that caused it; null for silence and policies."}]},"doc":"Why the view changed."}]},
    },
  ],
  'tier-change': [
    {
      version: 1,
      fingerprint: '84df4c3aa16f9fae',
      schema: {"type":"record","name":"TierChange","namespace":"tidemark","doc":"A customer's tier changed: the product. Topic: tier-changes. Key: the customer's id.","fields":[{"name":"number","type":"long","doc":"This lane's tier changes in order: dense, from 1. A gap is a fault."},{"name":"timelineOffset","type":"long","doc":"Offset in the lane's timeline of the record at which it changed, at least 0."},{"name":"effectiveAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When the new tier holds from, in stream time: milliseconds since the Unix epoch, UTC."},{"name":"change","type":"long","doc":"The customer's own changes in order: dense, from 1. Whoever keeps the greatest one seen drops repeats."},{"name":"from","type":["null","string"],"doc":"The tier before; null for a customer's first."},{"name":"to","type":"string","doc":"The tier from now on, as the policy names it; `erased` after an erasure."},{"name":"direction","type":{"type":"enum","name":"TierDirection","doc":"How `to` compares to `from`.","symbols":["enter","up","down","erased"]},"doc":"enter: the customer's first tier. up, down: a higher or lower one. erased: the customer was forgotten."},{"name":"points","type":"double","doc":"The customer's points under the policy in force."},{"name":"reasons","type":{"type":"array","items":{"type":"record","name":"TierReason","doc":"What one attribute of a view gives.","fields":[{"name":"view","type":"string","doc":"`<score>.<attribute>`, such as `rfm.segment`."},{"name":"value","type":"string","doc":"The attribute's value, as text."},{"name":"points","type":"double","doc":"The points that the policy gives for it."}]}},"doc":"Every attribute that gives points, sorted by view; their sum is `points`."},{"name":"causes","type":{"type":"array","items":{"type":"record","name":"TierCause","doc":"Why it was decided now.","fields":[{"name":"score","type":["null","string"],"doc":"The score whose view changed; null for the tier's own timer (grace, minimum stay) or a policy."},{"name":"kind","type":{"type":"enum","name":"CauseKind","doc":"Why a view or a tier changed.","symbols":["event","silence","policy"]},"doc":"event: a record of the customer. silence: a timer, because nothing came. policy: new rules."},{"name":"origin","type":["null","string"],"doc":"Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence."},{"name":"eventId","type":["null","string"],"doc":"The eventId of the record that caused it; null for silence and policies."}]}},"doc":"What led to the decision, all at `effectiveAt`."},{"name":"policyNumber","type":"long","doc":"Number of the policy in force."}]},
    },
  ],
  'timeline-identity': [
    {
      version: 1,
      fingerprint: 'c6311dd6e3439c52',
      schema: {"type":"record","name":"TimelineIdentity","namespace":"tidemark","doc":"What is known of a customer. Topic: timeline. Key: the customer's id.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"traits","type":{"type":"map","values":"string"},"doc":"Traits by name, at most 100; the newest value wins, per trait. A name has 1 to 64 bytes, a value at most 4,096."},{"name":"consents","type":{"type":"array","items":{"type":"record","name":"TimelineConsent","doc":"A permission given or withdrawn.","fields":[{"name":"channel","type":"string","doc":"The channel it is for: email, sms, push, ...; 1 to 64 bytes."},{"name":"purpose","type":"string","doc":"The purpose it is for: marketing, analytics, ...; 1 to 64 bytes."},{"name":"granted","type":"boolean","doc":"True: given. False: withdrawn."}]}},"doc":"Permissions given or withdrawn, at most 100; the newest wins, per channel and purpose."},{"name":"erasure","type":"boolean","doc":"True asks for everything known of the customer to be forgotten."},{"name":"linkedCustomerId","type":["null","string"],"doc":"An anonymous id that belongs to this customer: their histories are to be merged. 1 to 256 bytes; null where nothing is linked."}]},
    },
  ],
  'timeline-interaction': [
    {
      version: 1,
      fingerprint: 'aaf87f48bdc8ee69',
      schema: {"type":"record","name":"TimelineInteraction","namespace":"tidemark","doc":"Something a customer did. Topic: timeline. Key: the customer's id.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"channel","type":"string","doc":"Where: web, app, store, call_centre, email, wechat, ...; 1 to 64 bytes."},{"name":"action","type":"string","doc":"page_view, product_view, add_to_cart, search, ...; 1 to 64 bytes."},{"name":"object","type":["null","string"],"doc":"What was acted upon, 1 to 1,024 bytes; null where there is none."},{"name":"category","type":["null","string"],"doc":"Category of the object, 1 to 256 bytes; null where there is none."},{"name":"sessionId","type":["null","string"],"doc":"The producer's session, 1 to 256 bytes; null where there is none."},{"name":"properties","type":{"type":"map","values":"string"},"doc":"Anything else, at most 100 entries; a name has 1 to 64 bytes, a value at most 4,096."}]},
    },
  ],
  'timeline-live-switch': [
    {
      version: 1,
      fingerprint: '8cda1befd86fd9e7',
      schema: {"type":"record","name":"TimelineLiveSwitch","namespace":"tidemark","doc":"The lane's clock is live from here on. Topic: timeline. No key.","fields":[{"name":"number","type":"long","doc":"The control record's number, from 1."}]},
    },
  ],
  'timeline-marketing': [
    {
      version: 1,
      fingerprint: '3da2a352c64e3d8f',
      schema: {"type":"record","name":"TimelineMarketing","namespace":"tidemark","doc":"What became of a message of a campaign. Topic: timeline. Key: the customer's id.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"campaignId","type":"string","doc":"The campaign, 1 to 256 bytes."},{"name":"variant","type":["null","string"],"doc":"The variant of a test, 1 to 256 bytes; null where there is none."},{"name":"channel","type":"string","doc":"How the message went: email, sms, push, wechat, ...; 1 to 64 bytes."},{"name":"kind","type":{"type":"enum","name":"TimelineMarketingKind","doc":"What happened to the message.","symbols":["sent","delivered","opened","clicked","bounced","unsubscribed","converted"]},"doc":"What happened to the message."}]},
    },
  ],
  'timeline-order': [
    {
      version: 1,
      fingerprint: '7a29805015ba777e',
      schema: {"type":"record","name":"TimelineOrder","namespace":"tidemark","doc":"An accepted step in the life of an order. Topic: timeline. Key: the customer's id.","fields":[{"name":"eventId","type":"string","doc":"The producer's id for this event, 1 to 256 bytes."},{"name":"occurredAt","type":{"type":"long","logicalType":"timestamp-millis"},"doc":"When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999."},{"name":"orderId","type":"string","doc":"The order, 1 to 256 bytes."},{"name":"status","type":{"type":"enum","name":"TimelineOrderStatus","doc":"What happened to the order.","symbols":["placed","paid","cancelled","refunded","partially_refunded","updated","credited"]},"doc":"placed and paid carry the order's amount, updated its new one (before refunds), partially_refunded the refunded part; cancelled and refunded undo the whole order; credited is a credit note of its own."},{"name":"refundId","type":["null","string"],"doc":"Tells several part refunds of one order apart; null: eventId does."},{"name":"amountMinor","type":"long","doc":"The amount as its producer gave it, in minor units of `currency`, at least 0."},{"name":"currency","type":"string","doc":"ISO 4217 code of `amountMinor`, `marginMinor` and of the items' amounts."},{"name":"rate","type":"string","doc":"Minor units of the base currency that one minor unit of `currency` is worth, by the policy in force when it was accepted: a decimal above 0 such as `1.08` or `0.0061`; `1` for the base currency."},{"name":"items","type":{"type":"array","items":{"type":"record","name":"TimelineOrderItem","doc":"One line of an order.","fields":[{"name":"sku","type":"string","doc":"The producer's id of what was sold, 1 to 256 bytes."},{"name":"quantity","type":"int","doc":"Pieces, at least 0."},{"name":"amountMinor","type":"long","doc":"Amount of the whole line (not of one piece) in minor units of the order's currency, at least 0."},{"name":"category","type":["null","string"],"doc":"Product category, at most 256 bytes; null where there is none."}]}},"doc":"The order's lines, at most 1,000; empty where they are not known."},{"name":"marginMinor","type":["null","long"],"doc":"Contribution margin in minor units of `currency`, negative for a loss; null where it is not known."}]},
    },
  ],
  'timeline-policy': [
    {
      version: 1,
      fingerprint: 'b94d9dd80a3b6430',
      schema: {"type":"record","name":"TimelinePolicy","namespace":"tidemark","doc":"The rules that a lane applies from here on; a lane's first record. Topic: timeline. No key.","fields":[{"name":"number","type":"long","doc":"The control record's number, ascending from 1; strictly ascending in a lane."},{"name":"hash","type":"string","doc":"SHA-256 of `document` (its UTF-8 bytes), 64 lower-case hex digits."},{"name":"document","type":"string","doc":"The policy as canonical JSON: properties sorted by name, no white space, numbers as JavaScript prints them."}]},
    },
  ],
} as const satisfies Readonly<Record<RecordType, readonly [SchemaVersion, ...SchemaVersion[]]>>;
