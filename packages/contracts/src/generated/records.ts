// Generated from schemas/ by packages/contracts/src/generate/main.ts. Do not edit.
import type { TimeMs, View } from '@tidemark/domain';

/** Why a view or a tier changed. */
export type CauseKind = 'event' | 'silence' | 'policy' | 'cutover' | 'merged' | 'handed_over' | 'erased' | 'override' | 'unknown';

/** Why the view changed. */
export type ChangeCause = {
  /** event: a record of the customer. silence: a timer, because nothing came. policy: new rules. The others are for later versions; unknown: what a newer version says. */
  readonly kind: CauseKind;
  /** Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence. */
  readonly origin: string | null;
  /** The eventId of the record that caused it; null for silence and policies. */
  readonly eventId: string | null;
};

/** A score's view of a customer changed. Topic: the score's own, such as rfm-changes. Key: the customer's id. */
export type ChangeRecord = {
  /** This lane's outputs of this score in order: dense, from 1. A gap is a fault. */
  readonly number: number;
  /** Offset in the lane's timeline of the record at which it changed, at least 0. */
  readonly timelineOffset: number;
  /** When the new view holds from, in stream time: milliseconds since the Unix epoch, UTC. */
  readonly effectiveAt: TimeMs;
  /** Part of the timeline record's steps: 0 a timer, 1 the record itself. */
  readonly step: number;
  /** The view before; null where there was nothing to say. */
  readonly from: View | null;
  /** The view from now on; null where there is nothing to say any more. */
  readonly to: View | null;
  /** Why the view changed. */
  readonly cause: ChangeCause;
  /** Version of the fold that tells it; null: that of the score's first release. */
  readonly foldVersion: number | null;
};

/** Another version of a fold tells its changes from here on. Topic: control, a copy in every partition, after the first policy. No key. Written again until every lane has it; a lane heeds a version once. */
export type CutoverRecord = {
  /** The fold, such as rfm or tier. */
  readonly facet: string;
  /** Its version from here on, at least 1; without effect where it is not greater than the one before. */
  readonly version: number;
  /** When it was written; on the event clock the time at which it is merged: milliseconds since the Unix epoch, UTC. */
  readonly time: TimeMs;
};

/** A record that could not be accepted or folded, with its original bytes. Topic: dead-letters. Key: the refused record's. */
export type DeadLetterRecord = {
  /** The service that refused it: unify, rfm, tier, ... */
  readonly service: string;
  /** One of a closed set; see `deadLetterReasons` in @tidemark/contracts. */
  readonly reason: string;
  /** What was expected and what was found. Never a customer's data. */
  readonly detail: string;
  /** The topic of the refused record, without namespace. */
  readonly topic: string;
  /** The partition of the refused record. */
  readonly lane: number;
  /** The offset of the refused record. */
  readonly offset: number;
  /** The refused record's key as it was; null where it had none. */
  readonly key: Uint8Array | null;
  /** The refused record's value as it was; null where it had none, is too large to keep, or waited in vain (it is on the timeline). */
  readonly value: Uint8Array | null;
  /** The refused record's headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it was refused: log time where the lane has one, otherwise the wall clock. Milliseconds since the Unix epoch, UTC. */
  readonly at: TimeMs;
};

/** The format that unify writes the timeline in from here on: the last step of a rollout. Topic: control, a copy in every partition, after the first policy. No key. Written again until every lane has it; a lane heeds a format once. */
export type FormatRecord = {
  /** From 2 on the number with which the header of a timeline record begins; without effect where it is not greater than the one before. */
  readonly format: number;
  /** When it was written; on the event clock the time at which it is merged: milliseconds since the Unix epoch, UTC. */
  readonly time: TimeMs;
};

/** A permission given or withdrawn. */
export type ConsentGiven = {
  /** The channel it is for: email, sms, push, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** The purpose it is for: marketing, analytics, ...; 1 to 64 bytes. */
  readonly purpose: string;
  /** True: given. False: withdrawn. */
  readonly granted: boolean;
};

/** What is known of a customer, as its producer says it. Topic: identities. Key: customerId. */
export type IdentityEventRecord = {
  /** The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped. */
  readonly eventId: string;
  /** The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte. */
  readonly customerId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** Traits by name, at most 100; the newest value wins, per trait. A name has 1 to 64 bytes, a value at most 4,096; null: it is no longer so. */
  readonly traits: Readonly<Record<string, string | null>>;
  /** Permissions given or withdrawn, at most 100; the newest wins, per channel and purpose. */
  readonly consents: readonly ConsentGiven[];
  /** True asks for everything known of the customer to be forgotten. */
  readonly erasure: boolean;
  /** An anonymous id that belongs to this customer: their histories are to be merged. 1 to 256 bytes; null where nothing is linked. */
  readonly linkedCustomerId: string | null;
};

/** Something a customer did, as its producer says it. Topic: interactions. Key: customerId. */
export type InteractionEventRecord = {
  /** The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped. */
  readonly eventId: string;
  /** The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte. */
  readonly customerId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** Where: web, app, store, call_centre, email, wechat, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** The interaction's type: page_view, product_view, add_to_cart, search, ...; 1 to 64 bytes. A policy's weights name it. */
  readonly action: string;
  /** What was acted upon: a page, a product, a query; at most 1,024 bytes; null where there is none. */
  readonly object: string | null;
  /** Category of the object, at most 256 bytes; null where there is none. */
  readonly category: string | null;
  /** The producer's session, 1 to 256 bytes; null where there is none. */
  readonly sessionId: string | null;
  /** Anything else, at most 100 entries; a name has 1 to 64 bytes, a value at most 4,096. */
  readonly properties: Readonly<Record<string, string>>;
};

/** Ends the event clock: from here on log time is the wall clock. Topic: control, a copy in every partition, after the last punctuation. No key. Once. */
export type LiveSwitchRecord = {
  /** Ascending from 1 over the pipeline's life. A lane applies a switch only if its number is greater than the last one applied. */
  readonly number: number;
  /** Log time at which the lane goes live: milliseconds since the Unix epoch, UTC. */
  readonly time: TimeMs;
};

/** A mark between changes, for later versions: no change, and without a number. Readers pass over it. Topics: the change topics of scores and tier-changes. No key; written to the lane's partition. */
export type MarkerRecord = {
  /** Offset in the lane's timeline that it stands at; at least 0. */
  readonly timelineOffset: number;
  /** Stream time there: milliseconds since the Unix epoch, UTC. */
  readonly effectiveAt: TimeMs;
  /** Version of the fold that goes on from here; null where it does not say. */
  readonly foldVersion: number | null;
  /** The log's epoch that begins here; null where none does. */
  readonly epoch: string | null;
};

/** What happened to the message. */
export type MarketingEventKind = 'SENT' | 'DELIVERED' | 'OPENED' | 'CLICKED' | 'BOUNCED' | 'UNSUBSCRIBED' | 'CONVERTED' | 'UNKNOWN';

/** What became of a message of a campaign, as its producer says it. Topic: marketing. Key: customerId. */
export type MarketingEventRecord = {
  /** The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped. */
  readonly eventId: string;
  /** The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte. */
  readonly customerId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** The campaign, 1 to 256 bytes. */
  readonly campaignId: string;
  /** The variant of a test, 1 to 256 bytes; null where there is none. */
  readonly variant: string | null;
  /** How the message went: email, sms, push, wechat, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** What happened to the message. UNKNOWN stands for what a newer producer writes, and is refused. */
  readonly kind: MarketingEventKind;
};

/** What happened to the order. */
export type OrderEventStatus = 'PLACED' | 'PAID' | 'CANCELLED' | 'REFUNDED' | 'PARTIALLY_REFUNDED' | 'UPDATED' | 'CREDITED' | 'UNKNOWN';

/** One line of an order. */
export type OrderItem = {
  /** The producer's id of what was sold, 1 to 256 bytes. */
  readonly sku: string;
  /** Pieces, at least 0. */
  readonly quantity: number;
  /** Amount of the whole line (not of one piece) in minor units of the order's currency, at least 0. */
  readonly amountMinor: number;
  /** Product category, at most 256 bytes; null where there is none. */
  readonly category: string | null;
};

/** A step in the life of an order, as its producer says it. Topic: orders. Key: customerId. */
export type OrderEventRecord = {
  /** The producer's id for this event, 1 to 256 bytes. A repeat with the same id within the dedup window is dropped. */
  readonly eventId: string;
  /** The customer, 1 to 256 bytes of UTF-8. Equal to the record's key, byte for byte. */
  readonly customerId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** The order, 1 to 256 bytes. An order is idempotent by orderId and status. */
  readonly orderId: string;
  /** PLACED and PAID carry the order's amount, UPDATED its new one (before refunds), PARTIALLY_REFUNDED the refunded part; CANCELLED and REFUNDED undo the whole order. CREDITED is a credit note that names no order: orderId is its own id, and its amount counts against the customer's sum. UNKNOWN stands for what a newer producer writes, and is refused. */
  readonly status: OrderEventStatus;
  /** Amount in minor units of `currency` (cents where it has two digits), at least 0. Zero is valid. */
  readonly amountMinor: number;
  /** ISO 4217 code in capitals, such as EUR. The policy in force must be its base or name a rate for it. */
  readonly currency: string;
  /** Tells several part refunds of one order apart, 1 to 256 bytes; null: eventId does. */
  readonly refundId: string | null;
  /** The order's lines, at most 1,000; empty where they are not known. */
  readonly items: readonly OrderItem[];
  /** Contribution margin in minor units of `currency`, negative for a loss; null where it is not known. */
  readonly marginMinor: number | null;
};

/** The rules to apply from here on. Topic: control, a copy in every partition. No key. */
export type PolicyRecord = {
  /** Ascending from 1 over the pipeline's life. A lane applies a policy only if its number is greater than the last one applied. */
  readonly number: number;
  /** SHA-256 of `rules` (its UTF-8 bytes), 64 lower-case hex digits. */
  readonly hash: string;
  /** When it was published: milliseconds since the Unix epoch, UTC. Under the event clock it is merged at this time; the first policy precedes everything. */
  readonly time: TimeMs;
  /** The policy as canonical JSON: properties sorted by name, no white space, numbers as JavaScript prints them. Version 1 calls it `document`: a build that knows no formats refuses this version. */
  readonly rules: string;
  /** The format of `rules`, from 1. What format 1 can say is written with version 1 of this schema. */
  readonly format: number;
  /** Fold versions that a new pipeline begins with, by service; for later builds. Empty: those of the first release. This build refuses a policy that names any. */
  readonly versions: Readonly<Record<string, number>>;
};

/** All outputs of this score up to a timeline offset are acknowledged. Topics: the change topics of scores. No key; written to the lane's partition. */
export type ProgressRecord = {
  /** Offset in the lane's timeline, included; at least 0. */
  readonly timelineOffset: number;
  /** Number of the last change in the lane before this record, 0 before the first; null where an older build wrote it. Who has seen a smaller one as the last misses a change: the topic has lost records. */
  readonly number: number | null;
  /** Version of the fold that tells it; null: that of the score's first release. */
  readonly foldVersion: number | null;
};

/** A promise: this partition's records up to the next punctuation lie in [time, until]. Every raw topic, every partition. No key. Event clock only. */
export type PunctuationRecord = {
  /** Start of the span: milliseconds since the Unix epoch, UTC. Sorts before records of that time and becomes a tick. */
  readonly time: TimeMs;
  /** End of the span, included: milliseconds since the Unix epoch, UTC, at least `time`. */
  readonly until: TimeMs;
};

/** How `to` compares to `from`. */
export type TierDirection = 'enter' | 'up' | 'down' | 'erased' | 'unknown';

/** What one attribute of a view gives. */
export type TierReason = {
  /** `<score>.<attribute>`, such as `rfm.segment`. */
  readonly view: string;
  /** The attribute's value, as text. */
  readonly value: string;
  /** The points that the policy gives for it. */
  readonly points: number;
};

/** Why it was decided now. */
export type TierCause = {
  /** The score whose view changed; null for the tier's own timer (grace, minimum stay) or a policy. */
  readonly score: string | null;
  /** event: a record of the customer. silence: a timer, because nothing came. policy: new rules. The others are for later versions; unknown: what a newer version says. */
  readonly kind: CauseKind;
  /** Where the cause stands in the raw log, `topic:offset` without namespace (the lane is the partition), such as `orders:123`; null for silence. */
  readonly origin: string | null;
  /** The eventId of the record that caused it; null for silence and policies. */
  readonly eventId: string | null;
};

/** A customer's tier changed: the product. Topic: tier-changes. Key: the customer's id. */
export type TierChangeRecord = {
  /** This lane's tier changes in order: dense, from 1. A gap is a fault. */
  readonly number: number;
  /** Offset in the lane's timeline of the record at which it changed, at least 0. */
  readonly timelineOffset: number;
  /** When the new tier holds from, in stream time: milliseconds since the Unix epoch, UTC. */
  readonly effectiveAt: TimeMs;
  /** The customer's own changes in order: dense, from 1. Whoever keeps the greatest one seen drops repeats. */
  readonly change: number;
  /** The tier before; null for a customer's first. */
  readonly from: string | null;
  /** The tier from now on, as the policy names it; `erased` after an erasure. */
  readonly to: string;
  /** enter: the customer's first tier. up, down: a higher or lower one. erased: the customer was forgotten. unknown: what a newer version says. */
  readonly direction: TierDirection;
  /** The customer's points under the policy in force. */
  readonly points: number;
  /** Every attribute that gives points, sorted by view; their sum is `points`. */
  readonly reasons: readonly TierReason[];
  /** What led to the decision, all at `effectiveAt`. */
  readonly causes: readonly TierCause[];
  /** Number of the policy in force. */
  readonly policyNumber: number;
  /** What people call `from` and `to`: by the tier's name, or by name, dot and language (BCP 47) such as `gold.zh`; empty where the policy has no labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the policy gives with `to`; empty where it names none. */
  readonly benefits: readonly string[];
  /** How the policy means customers of `to` to be treated, for people; null where it does not say, and then version 1 of this schema is written. */
  readonly strategy: string | null;
  /** Version of the fold that decided; null where it does not say. */
  readonly foldVersion: number | null;
  /** The log's epoch, with which `number` is unique for ever; null in a log that was never restored. */
  readonly epoch: string | null;
};

/** Another version of a fold tells its changes from here on. What it sees of a customer is compared here with what was told last. Topic: timeline. No key. */
export type TimelineCutoverRecord = {
  /** The fold, such as rfm or tier. */
  readonly facet: string;
  /** Its version from here on; without effect where it is not greater than the one before. */
  readonly version: number;
};

/** From here on the lane's records are written in this format. It moves the clock, and concerns no customer. Topic: timeline. No key. */
export type TimelineFormatRecord = {
  /** The control record's format, from 2. */
  readonly format: number;
};

/** A permission given or withdrawn. */
export type TimelineConsent = {
  /** The channel it is for: email, sms, push, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** The purpose it is for: marketing, analytics, ...; 1 to 64 bytes. */
  readonly purpose: string;
  /** True: given. False: withdrawn. */
  readonly granted: boolean;
};

/** What is known of a customer. Topic: timeline. Key: the customer's id. */
export type TimelineIdentityRecord = {
  /** The producer's id for this event, 1 to 256 bytes. */
  readonly eventId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** Traits by name, at most 100; the newest value wins, per trait. A name has 1 to 64 bytes, a value at most 4,096. */
  readonly traits: Readonly<Record<string, string | null>>;
  /** Permissions given or withdrawn, at most 100; the newest wins, per channel and purpose. */
  readonly consents: readonly TimelineConsent[];
  /** True asks for everything known of the customer to be forgotten. */
  readonly erasure: boolean;
  /** An anonymous id that belongs to this customer: their histories are to be merged. 1 to 256 bytes; null where nothing is linked. */
  readonly linkedCustomerId: string | null;
};

/** Something a customer did. Topic: timeline. Key: the customer's id. */
export type TimelineInteractionRecord = {
  /** The producer's id for this event, 1 to 256 bytes. */
  readonly eventId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** Where: web, app, store, call_centre, email, wechat, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** page_view, product_view, add_to_cart, search, ...; 1 to 64 bytes. */
  readonly action: string;
  /** What was acted upon, 1 to 1,024 bytes; null where there is none. */
  readonly object: string | null;
  /** Category of the object, 1 to 256 bytes; null where there is none. */
  readonly category: string | null;
  /** The producer's session, 1 to 256 bytes; null where there is none. */
  readonly sessionId: string | null;
  /** Anything else, at most 100 entries; a name has 1 to 64 bytes, a value at most 4,096. */
  readonly properties: Readonly<Record<string, string>>;
};

/** The lane's clock is live from here on. Topic: timeline. No key. */
export type TimelineLiveSwitchRecord = {
  /** The control record's number, from 1. */
  readonly number: number;
};

/** What happened to the message. */
export type TimelineMarketingKind = 'sent' | 'delivered' | 'opened' | 'clicked' | 'bounced' | 'unsubscribed' | 'converted';

/** What became of a message of a campaign. Topic: timeline. Key: the customer's id. */
export type TimelineMarketingRecord = {
  /** The producer's id for this event, 1 to 256 bytes. */
  readonly eventId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** The campaign, 1 to 256 bytes. */
  readonly campaignId: string;
  /** The variant of a test, 1 to 256 bytes; null where there is none. */
  readonly variant: string | null;
  /** How the message went: email, sms, push, wechat, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** What happened to the message. */
  readonly kind: TimelineMarketingKind;
};

/** What happened to the order. */
export type TimelineOrderStatus = 'placed' | 'paid' | 'cancelled' | 'refunded' | 'partially_refunded' | 'updated' | 'credited';

/** One line of an order. */
export type TimelineOrderItem = {
  /** The producer's id of what was sold, 1 to 256 bytes. */
  readonly sku: string;
  /** Pieces, at least 0. */
  readonly quantity: number;
  /** Amount of the whole line (not of one piece) in minor units of the order's currency, at least 0. */
  readonly amountMinor: number;
  /** Product category, at most 256 bytes; null where there is none. */
  readonly category: string | null;
};

/** An accepted step in the life of an order. Topic: timeline. Key: the customer's id. */
export type TimelineOrderRecord = {
  /** The producer's id for this event, 1 to 256 bytes. */
  readonly eventId: string;
  /** When it happened: milliseconds since the Unix epoch, UTC, from 1970 to the end of year 9999. */
  readonly occurredAt: TimeMs;
  /** The order, 1 to 256 bytes. */
  readonly orderId: string;
  /** placed and paid carry the order's amount, updated its new one (before refunds), partially_refunded the refunded part; cancelled and refunded undo the whole order; credited is a credit note of its own. */
  readonly status: TimelineOrderStatus;
  /** Tells several part refunds of one order apart; null: eventId does. */
  readonly refundId: string | null;
  /** The amount as its producer gave it, in minor units of `currency`, at least 0. */
  readonly amountMinor: number;
  /** ISO 4217 code of `amountMinor`, `marginMinor` and of the items' amounts. */
  readonly currency: string;
  /** Minor units of the base currency that one minor unit of `currency` is worth, by the policy in force when it was accepted: a decimal above 0 such as `1.08` or `0.0061`; `1` for the base currency. */
  readonly rate: string;
  /** The order's lines, at most 1,000; empty where they are not known. */
  readonly items: readonly TimelineOrderItem[];
  /** Contribution margin in minor units of `currency`, negative for a loss; null where it is not known. */
  readonly marginMinor: number | null;
};

/** The rules that a lane applies from here on; a lane's first record. Topic: timeline. No key. */
export type TimelinePolicyRecord = {
  /** The control record's number, ascending from 1; strictly ascending in a lane. */
  readonly number: number;
  /** SHA-256 of `document` (its UTF-8 bytes), 64 lower-case hex digits. */
  readonly hash: string;
  /** The policy as canonical JSON: properties sorted by name, no white space, numbers as JavaScript prints them. */
  readonly document: string;
  /** The format of `document`, from 1. What format 1 can say is written with version 1 of this schema. */
  readonly format: number;
  /** Fold versions that the lane began with, by service; for later builds. Empty: those of the first release. */
  readonly versions: Readonly<Record<string, number>>;
};

/** Every record type and the shape of its newest version. */
export type Records = {
  readonly 'behaviour-change': ChangeRecord;
  readonly 'churn-change': ChangeRecord;
  readonly 'cutover': CutoverRecord;
  readonly 'dead-letter': DeadLetterRecord;
  readonly 'format': FormatRecord;
  readonly 'identity-event': IdentityEventRecord;
  readonly 'interaction-event': InteractionEventRecord;
  readonly 'live-switch': LiveSwitchRecord;
  readonly 'marker': MarkerRecord;
  readonly 'marketing-event': MarketingEventRecord;
  readonly 'order-event': OrderEventRecord;
  readonly 'policy': PolicyRecord;
  readonly 'progress': ProgressRecord;
  readonly 'punctuation': PunctuationRecord;
  readonly 'rfm-change': ChangeRecord;
  readonly 'tier-change': TierChangeRecord;
  readonly 'timeline-cutover': TimelineCutoverRecord;
  readonly 'timeline-format': TimelineFormatRecord;
  readonly 'timeline-identity': TimelineIdentityRecord;
  readonly 'timeline-interaction': TimelineInteractionRecord;
  readonly 'timeline-live-switch': TimelineLiveSwitchRecord;
  readonly 'timeline-marketing': TimelineMarketingRecord;
  readonly 'timeline-order': TimelineOrderRecord;
  readonly 'timeline-policy': TimelinePolicyRecord;
  readonly 'visits-change': ChangeRecord;
};

export type RecordType = keyof Records;
