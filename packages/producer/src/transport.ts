import { TidemarkError } from '@tidemark/domain';
import type { FieldProblem } from './event-error.ts';
import type { EventRecords, EventTopic } from './event-records.ts';

/** A checked event on its way. */
export interface OutgoingEvent<T extends EventTopic = EventTopic> {
  readonly topic: T;
  readonly customerId: string;
  readonly record: EventRecords[T];
  /** The record as JSON. */
  readonly json: string;
  /** Of `json`, in UTF-8. */
  readonly bytes: number;
}

/** Where an event stands in the log. */
export interface Position {
  readonly lane: number;
  readonly offset: number;
}

/**
 * Carries events to the log. `send` resolves when all are durable, with their positions in the same order; it writes all
 * or, when it rejects, perhaps some. Rejects with DeliveryError, or with RefusedEvents when nothing was written because
 * of some of them. Per topic the producer awaits each send before the next.
 */
export interface ProducerTransport {
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
export type DeliveryErrorCode =
  | 'buffer-full'
  | 'closed'
  | 'unreachable'
  | 'unavailable'
  | 'timed-out'
  | 'not-authorised'
  | 'not-live'
  | 'too-large'
  | 'unexpected-answer'
  | 'transport-failed';

const RETRIABLE: ReadonlySet<DeliveryErrorCode> = new Set(['buffer-full', 'unreachable', 'unavailable', 'timed-out']);

/** An event is valid and was not, or not surely, delivered. Send it again with the same eventId: a repeat is dropped. */
export class DeliveryError extends TidemarkError<DeliveryErrorCode> {
  override readonly name = 'DeliveryError';
  /** How long the server asked to wait, if it did. */
  readonly retryAfterMs: number | null;

  constructor(
    code: DeliveryErrorCode,
    message: string,
    options: { readonly retryAfterMs?: number | null; readonly cause?: unknown } = {},
  ) {
    super(code, message, { retriable: RETRIABLE.has(code), cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The other side refused some events of a send, by their index, and wrote none of it. */
export class RefusedEvents extends TidemarkError<'refused-events'> {
  override readonly name = 'RefusedEvents';
  readonly problems: ReadonlyMap<number, readonly FieldProblem[]>;

  constructor(problems: ReadonlyMap<number, readonly FieldProblem[]>) {
    super('refused-events', `${problems.size} events refused`);
    this.problems = problems;
  }
}
