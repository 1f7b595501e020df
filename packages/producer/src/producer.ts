import { OCCURRED_AT_MAX_MS, OCCURRED_AT_MIN_MS } from '@tidemark/contracts';
import type { Delivery } from './deliver-batch.ts';
import { encodeRecord, readEvent } from './encode-event.ts';
import type { EventInputs } from './event-inputs.ts';
import type { EventTopic } from './event-records.ts';
import { type ProducerRuntime, systemRuntime } from './runtime.ts';
import { SendBuffer } from './send-buffer.ts';
import { TopicQueue } from './topic-queue.ts';
import { DeliveryError, type OutgoingEvent, type Position, type ProducerTransport } from './transport.ts';
import { withResolvers } from './with-resolvers.ts';

export interface ProducerOptions {
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
export interface Delivered extends Position {
  readonly topic: EventTopic;
  readonly eventId: string;
}

/**
 * Sends events. Each promise resolves when its event is durable, or rejects: with EventError, which names the fields, for
 * one that Tidemark would refuse, with DeliveryError for one that was not surely delivered. Events of a topic are
 * delivered in the order of the calls.
 */
export interface Producer {
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
export function createProducer(options: ProducerOptions): Producer {
  const { transport, runtime = systemRuntime } = options;
  const deliveryTimeoutMs = within(options, 'deliveryTimeoutMs', 120_000, 1, 1_800_000);
  const retryMinMs = within(options, 'retryMinMs', 100, 1, 60_000);
  const earliestAt = within(options, 'earliestAt', OCCURRED_AT_MIN_MS, 0, OCCURRED_AT_MAX_MS);
  const delivery: Delivery = {
    transport,
    runtime,
    retryMinMs,
    retryMaxMs: within(options, 'retryMaxMs', Math.max(10_000, retryMinMs), retryMinMs, 600_000),
  };
  const bounds = {
    lingerMs: within(options, 'lingerMs', 5, 0, 60_000),
    batchEventsMax: Math.min(transport.eventsMax, within(options, 'batchEventsMax', 500, 1, 100_000)),
    batchBytesMax: Math.min(transport.bytesMax, within(options, 'batchBytesMax', MIB, 1, 64 * MIB)),
  };
  const buffer = new SendBuffer(
    within(options, 'bufferEventsMax', 10_000, 1, 1_000_000),
    within(options, 'bufferBytesMax', 16 * MIB, 1, 1_024 * MIB),
  );
  const queues: Readonly<Record<EventTopic, TopicQueue>> = {
    interactions: new TopicQueue('interactions', bounds, delivery),
    orders: new TopicQueue('orders', bounds, delivery),
    marketing: new TopicQueue('marketing', bounds, delivery),
    identities: new TopicQueue('identities', bounds, delivery),
  };
  let isClosed = false;

  // Async, so that whatever is wrong rejects; up to the queue nothing is awaited, so calls keep their order.
  async function send<T extends EventTopic>(topic: T, input: EventInputs[T]): Promise<Delivered> {
    if (isClosed) throw new DeliveryError('closed', 'expected an open producer, found one that was closed');
    const event = outgoing(topic, { ...input, eventId: input?.eventId ?? runtime.newEventId() }, earliestAt);
    if (!buffer.hasRoom) throw new DeliveryError('buffer-full', BUFFER_FULL);
    buffer.add(event.bytes);
    const addedAtMs = runtime.elapsedMs();
    const { promise, resolve, reject } = withResolvers<Position>();
    queues[topic].add({ event, addedAtMs, deadlineMs: addedAtMs + deliveryTimeoutMs, promise, resolve, reject });
    try {
      return { topic, eventId: event.record.eventId, ...(await promise) };
    } finally {
      buffer.remove(event.bytes);
    }
  }

  async function flush(): Promise<void> {
    await Promise.all(Object.values(queues).map((queue) => queue.flush()));
  }

  return {
    order: (input) => send('orders', input),
    interaction: (input) => send('interactions', input),
    marketing: (input) => send('marketing', input),
    identity: (input) => send('identities', input),
    ready: () => buffer.ready(),
    flush,
    close() {
      isClosed = true;
      return flush();
    },
  };
}

const MIB = 1_048_576;

const BUFFER_FULL =
  'expected room for one more event, found as many as the buffer holds (bufferEventsMax, bufferBytesMax). Await ready() first';

function outgoing<T extends EventTopic>(topic: T, input: unknown, earliestAt: number): OutgoingEvent<T> {
  const record = readEvent(topic, input, earliestAt);
  // Any schema's id: here it is only the size that may be wrong.
  encodeRecord(topic, record, 0);
  const json = JSON.stringify(record);
  return { topic, customerId: record.customerId, record, json, bytes: Buffer.byteLength(json) };
}

type NumberOption = Exclude<keyof ProducerOptions, 'transport' | 'runtime'>;

function within(options: ProducerOptions, name: NumberOption, fallback: number, min: number, max: number): number {
  const value = options[name] ?? fallback;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name}: expected a whole number from ${min} to ${max}, found ${value}`);
}
