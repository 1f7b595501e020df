/** Milliseconds since the Unix epoch, UTC: event time, log time, stream time, effective time. */
type TimeMs = number & {
  readonly __brand: 'TimeMs';
};
/** What a failure was about: numbers, names of topics, lanes. Never a customer's data. */
type ErrorContext = Readonly<Record<string, string | number>>;
interface TidemarkErrorOptions {
  /** By default false. */
  readonly retriable?: boolean;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
}
/**
 * What Tidemark throws on purpose. The message says what was expected, what was found, where, and what to do, and holds no
 * customer's data. Anything else that is thrown is a bug.
 */
declare abstract class TidemarkError<Code extends string = string> extends Error {
  /** One of a closed list: programs look at it, and the runbook has a page for those that operators meet. */
  readonly code: Code;
  /** Whether the same may succeed later without anything being changed. */
  readonly retriable: boolean;
  readonly context: ErrorContext;
  constructor(code: Code, message: string, { retriable, context, cause }?: TidemarkErrorOptions);
}
/** A permission given or withdrawn. */
type ConsentGiven = {
  /** The channel it is for: email, sms, push, ...; 1 to 64 bytes. */
  readonly channel: string;
  /** The purpose it is for: marketing, analytics, ...; 1 to 64 bytes. */
  readonly purpose: string;
  /** True: given. False: withdrawn. */
  readonly granted: boolean;
};
/** What is known of a customer, as its producer says it. Topic: identities. Key: customerId. */
type IdentityEventRecord = {
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
type InteractionEventRecord = {
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
/** What happened to the message. */
type MarketingEventKind = 'SENT' | 'DELIVERED' | 'OPENED' | 'CLICKED' | 'BOUNCED' | 'UNSUBSCRIBED' | 'CONVERTED' | 'UNKNOWN';
/** What became of a message of a campaign, as its producer says it. Topic: marketing. Key: customerId. */
type MarketingEventRecord = {
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
type OrderEventStatus = 'PLACED' | 'PAID' | 'CANCELLED' | 'REFUNDED' | 'PARTIALLY_REFUNDED' | 'UPDATED' | 'CREDITED' | 'UNKNOWN';
/** One line of an order. */
type OrderItem = {
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
type OrderEventRecord = {
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
/** What producers write of customers, by topic, in the order in which records of the same time are merged. */
declare const EVENT_TOPICS: {
  readonly interactions: {
    readonly recordType: 'interaction-event';
    readonly type: 'interaction';
    readonly cause: 'a visit';
  };
  readonly orders: {
    readonly recordType: 'order-event';
    readonly type: 'order';
    readonly cause: 'an order';
  };
  readonly marketing: {
    readonly recordType: 'marketing-event';
    readonly type: 'marketing';
    readonly cause: 'a campaign message';
  };
  readonly identities: {
    readonly recordType: 'identity-event';
    readonly type: 'identity';
    readonly cause: 'what became known of the customer';
  };
};
type EventRecordType = (typeof EVENT_TOPICS)[keyof typeof EVENT_TOPICS]['recordType'];
/** What a pipeline's own tools write to raw topics, beside the customers' events. */
declare const CONTROL_RECORD_TYPES: readonly ['policy', 'punctuation', 'live-switch', 'cutover', 'format'];
type ControlRecordType = (typeof CONTROL_RECORD_TYPES)[number];
/** What producers write, in Confluent's wire format: a zero byte, a schema id (4 bytes, big-endian), the Avro body. */
type RawRecordType = EventRecordType | ControlRecordType;
/** The port to a schema registry. Ids name schemas for ever. */
interface SchemaIds {
  /** The id of this version of our schema, of the newest where none is named; undefined before it is registered. */
  idOf(recordType: RawRecordType, version?: number): number | undefined;
  /**
   * The schema as JSON; null if the registry says that it has none of this id. Where the registry cannot be asked, rejects
   * with a ContractError `registry-unavailable`. Each id is asked for once, unless the answer was null or an error.
   */
  schemaOf(id: number): string | null | Promise<string | null>;
}
/** One thing wrong with an event. Says what was found by its kind and size; never quotes a value. */
interface FieldProblem {
  /** Its path, such as `items[2].quantity`; `(event)` for the event as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}
/** An event that Tidemark would refuse. Nothing was sent; sending it again changes nothing. */
export declare class EventError extends TidemarkError<'invalid-event'> {
  readonly name = "EventError";
  readonly topic: EventTopic;
  /** At least one, at most 20. */
  readonly problems: readonly FieldProblem[];
  constructor(topic: EventTopic, problems: readonly FieldProblem[]);
}
/** The topics that a shop writes, and the record of each. */
interface EventRecords {
  readonly interactions: InteractionEventRecord;
  readonly orders: OrderEventRecord;
  readonly marketing: MarketingEventRecord;
  readonly identities: IdentityEventRecord;
}
type EventTopic = keyof EventRecords;
export declare const RECORD_TYPES: {
  readonly interactions: 'interaction-event';
  readonly orders: 'order-event';
  readonly marketing: 'marketing-event';
  readonly identities: 'identity-event';
};
export declare function isEventTopic(topic: string): topic is EventTopic;
/** A record of a raw topic, as the log takes it. */
interface EncodedEvent {
  readonly topic: EventTopic;
  /** The customer's id in UTF-8: decides the lane. */
  readonly key: Uint8Array;
  /** Confluent's wire format: a zero byte, the schema's id, the Avro body. */
  readonly value: Uint8Array;
  readonly customerId: string;
  readonly eventId: string;
}
/**
 * Checks an event and encodes it. `input` may come from anywhere, such as JSON; absent optional fields get the schema's
 * default. What passes is refused by unify only for what the policy and the lane's clock know: the currency's rate, the
 * first day of events where the policy has another, and a time too far ahead. Pure.
 *
 * `earliestAt`: events that happened before are refused (`events.earliest` of the policy).
 *
 * Throws EventError, which names the fields (`items[2].quantity`), or ContractError `registry-unavailable` before the
 * record's schema has an id.
 */
export declare function encodeEvent(topic: EventTopic, input: unknown, ids: SchemaIds, earliestAt?: number): EncodedEvent;
/** Ms since 1970, a Date, or ISO 8601 text with seconds and a zone, such as `2026-11-21T09:30:00Z` or `...+01:00`. */
type TimeInput = number | Date | string;
/** Kept as text: a list as JSON. */
type EntryInput = string | number | boolean | readonly unknown[];
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
interface OrderInput extends EventInput {
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
interface OrderItemInput {
  readonly sku: string;
  /** Pieces, at least 0. */
  readonly quantity: number;
  /** Of the whole line, not of one piece. */
  readonly amountMinor: number;
  readonly category?: Optional<string>;
}
interface InteractionInput extends EventInput {
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
interface MarketingInput extends EventInput {
  readonly campaignId: string;
  readonly variant?: Optional<string>;
  /** email, sms, push, ...; at most 64 bytes. */
  readonly channel: string;
  readonly kind: MarketingEventKind;
}
interface IdentityInput extends EventInput {
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
interface EventInputs {
  readonly orders: OrderInput;
  readonly interactions: InteractionInput;
  readonly marketing: MarketingInput;
  readonly identities: IdentityInput;
}
/** A checked event on its way. */
interface OutgoingEvent<T extends EventTopic = EventTopic> {
  readonly topic: T;
  readonly customerId: string;
  readonly record: EventRecords[T];
  /** The record as JSON. */
  readonly json: string;
  /** Of `json`, in UTF-8. */
  readonly bytes: number;
}
/** Where an event stands in the log. */
interface Position {
  readonly lane: number;
  readonly offset: number;
}
/**
 * Carries events to the log. `send` resolves when all are durable, with their positions in the same order; it writes all
 * or, when it rejects, perhaps some. Rejects with DeliveryError, or with RefusedEvents when nothing was written because
 * of some of them. Per topic the producer awaits each send before the next.
 */
interface ProducerTransport {
  /** Events that one send may carry at most, and the bytes of their JSON together. */
  readonly eventsMax: number;
  readonly bytesMax: number;
  send(topic: EventTopic, events: readonly OutgoingEvent[]): Promise<readonly Position[]>;
}
/**
 * Why an event was not delivered.
 * - `buffer-full`: too many events wait; nothing was sent. Await `ready()` before sending more.
 * - `closed`: the producer was closed before; nothing was sent.
 * - `unreachable`: no answer, or none in time. The event may have been written.
 * - `unavailable`: Tidemark asked to come back later.
 * - `timed-out`: not delivered within `deliveryTimeoutMs`; the cause is the last attempt's error. It may have been written.
 * - `not-authorised`: the token is missing, wrong, or not for this.
 * - `not-live`: the pipeline replays history and takes no events.
 * - `too-large`: something between here and the log takes less than a batch.
 * - `unexpected-answer`: the answer is not Tidemark's. The event may have been written.
 * - `transport-failed`: the transport threw something of its own.
 */
type DeliveryErrorCode = 'buffer-full' | 'closed' | 'unreachable' | 'unavailable' | 'timed-out' | 'not-authorised' | 'not-live' | 'too-large' | 'unexpected-answer' | 'transport-failed';
/** An event is valid and was not, or not surely, delivered. Send it again with the same eventId: a repeat is dropped. */
export declare class DeliveryError extends TidemarkError<DeliveryErrorCode> {
  readonly name = "DeliveryError";
  /** How long the server asked to wait, if it did. */
  readonly retryAfterMs: number | null;
  constructor(code: DeliveryErrorCode, message: string, options?: {
    readonly retryAfterMs?: number | null;
    readonly cause?: unknown;
  });
}
/** The other side refused some events of a send, by their index, and wrote none of it. */
export declare class RefusedEvents extends TidemarkError<'refused-events'> {
  readonly name = "RefusedEvents";
  readonly problems: ReadonlyMap<number, readonly FieldProblem[]>;
  constructor(problems: ReadonlyMap<number, readonly FieldProblem[]>);
}
/** Records in one request, at most. */
export declare const REQUEST_RECORDS_MAX = 1000;
/** Bytes of one request's body, at most. */
export declare const REQUEST_BYTES_MAX = 4194304;
interface HttpTransportOptions {
  /** Where Tidemark listens, such as `http://127.0.0.1:8080`; a path before `/v1` is kept. */
  readonly url: string;
  readonly token?: string | undefined;
  /** For one request, answer included. */
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}
/** Sends by `POST /v1/topics/{topic}/records`. Throws a TypeError for a URL that is none. */
export declare function httpTransport(options: HttpTransportOptions): ProducerTransport;
/** Clock, chance and ids of a producer: the system's own unless a test brings others. */
interface ProducerRuntime {
  /** Ms that never go back, for durations. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
  newEventId(): string;
}
interface ProducerOptions {
  readonly transport: ProducerTransport;
  /** How long a batch's first event waits for others; 0 to 60,000. */
  readonly lingerMs?: number | undefined;
  /** The transport may allow less. */
  readonly batchEventsMax?: number | undefined;
  /** Of JSON; the transport may allow less. An event that is larger goes alone. */
  readonly batchBytesMax?: number | undefined;
  /** Events in memory, of all topics: beyond it a send is rejected with `buffer-full`. */
  readonly bufferEventsMax?: number | undefined;
  /** Of JSON. */
  readonly bufferBytesMax?: number | undefined;
  /** From a send to its last attempt; at most 30 min, since Tidemark remembers ids for an hour. */
  readonly deliveryTimeoutMs?: number | undefined;
  /** The first wait before a repeat; doubles up to the greatest. */
  readonly retryMinMs?: number | undefined;
  readonly retryMaxMs?: number | undefined;
  /** Events that happened before are refused: ms since 1970, `events.earliest` of the policy; 1990 by default. */
  readonly earliestAt?: number | undefined;
  readonly runtime?: ProducerRuntime | undefined;
}
/** An event that is durable in the log. */
interface Delivered extends Position {
  readonly topic: EventTopic;
  readonly eventId: string;
}
/**
 * Sends events. Each promise resolves when its event is durable, or rejects: with EventError, which names the fields, for
 * one that Tidemark would refuse, with DeliveryError for one that was not surely delivered. Events of a topic are
 * delivered in the order of the calls.
 */
interface Producer {
  order(input: EventInputs['orders']): Promise<Delivered>;
  interaction(input: EventInputs['interactions']): Promise<Delivered>;
  marketing(input: EventInputs['marketing']): Promise<Delivered>;
  identity(input: EventInputs['identities']): Promise<Delivered>;
  /** Resolves when there is room for an event. Await it before each send of a long loop. */
  ready(): Promise<void>;
  /** Sends what waits at once; resolves when every event given before is settled. Never rejects. */
  flush(): Promise<void>;
  /** Takes no more events, and flushes. */
  close(): Promise<void>;
}
/** Throws RangeError for an option out of its range. */
export declare function createProducer(options: ProducerOptions): Producer;
export type { Delivered, DeliveryErrorCode, EncodedEvent, EntryInput, EventInputs, EventRecords, EventTopic, FieldProblem, HttpTransportOptions, IdentityInput, InteractionInput, MarketingInput, OrderInput, OrderItemInput, OutgoingEvent, Position, Producer, ProducerOptions, ProducerRuntime, ProducerTransport, TimeInput };