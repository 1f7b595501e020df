import { EventError } from './event-error.ts';
import type { EventTopic } from './event-records.ts';
import type { ProducerRuntime } from './runtime.ts';
import {
  DeliveryError,
  type OutgoingEvent,
  type Position,
  type ProducerTransport,
  RefusedEvents,
} from './transport.ts';

/** An event whose sender waits for it. */
export interface PendingEvent {
  readonly event: OutgoingEvent;
  /** By `elapsedMs`: no attempt starts later. */
  readonly deadlineMs: number;
  resolve(position: Position): void;
  reject(error: EventError | DeliveryError): void;
}

export interface Delivery {
  readonly transport: ProducerTransport;
  readonly runtime: ProducerRuntime;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/**
 * Sends a batch until each of its events is settled. A repeat carries the same eventIds, so that Tidemark drops what an
 * earlier attempt wrote after all. Never rejects.
 */
export async function deliverBatch(
  topic: EventTopic,
  batch: readonly PendingEvent[],
  { transport, runtime, retryMinMs, retryMaxMs }: Delivery,
): Promise<void> {
  let pending = batch;
  let failure: DeliveryError | null = null;
  let failures = 0;
  let waitMs = 0;
  for (;;) {
    pending = rejectExpired(pending, runtime.elapsedMs() + waitMs, failure);
    if (pending.length === 0) return;
    if (waitMs > 0) await runtime.wait(waitMs);
    const outcome = await attempt(topic, pending, transport);
    if (outcome === 'delivered') return;
    if (outcome instanceof RefusedEvents) {
      pending = rejectRefused(topic, pending, outcome);
      waitMs = 0;
    } else if (outcome.retriable) {
      failure = outcome;
      failures++;
      waitMs = Math.max(outcome.retryAfterMs ?? 0, backoffMs(failures, retryMinMs, retryMaxMs, runtime.random()));
    } else {
      for (const one of pending) one.reject(outcome);
      return;
    }
  }
}

async function attempt(
  topic: EventTopic,
  pending: readonly PendingEvent[],
  transport: ProducerTransport,
): Promise<'delivered' | RefusedEvents | DeliveryError> {
  try {
    const positions = await transport.send(
      topic,
      pending.map((one) => one.event),
    );
    if (positions.length !== pending.length) {
      const message = `expected a transport to give ${pending.length} positions, found ${positions.length}`;
      return new DeliveryError('transport-failed', message);
    }
    for (const [index, position] of positions.entries()) pending[index]?.resolve(position);
    return 'delivered';
  } catch (error) {
    if (error instanceof DeliveryError || (error instanceof RefusedEvents && error.problems.size > 0)) return error;
    const message = 'expected the transport to deliver or to say why not, found an error of its own (see cause)';
    return new DeliveryError('transport-failed', message, { cause: error });
  }
}

/** Gives the events that may still be sent at `atMs`. */
function rejectExpired(
  pending: readonly PendingEvent[],
  atMs: number,
  cause: DeliveryError | null,
): readonly PendingEvent[] {
  const expired = pending.filter((one) => one.deadlineMs <= atMs);
  if (expired.length === 0) return pending;
  const reason = cause === null ? 'it waited for others' : cause.message;
  const message = `expected the event to be delivered in time (deliveryTimeoutMs), but: ${reason}`;
  const error = new DeliveryError('timed-out', message, { cause: cause ?? undefined });
  for (const one of expired) one.reject(error);
  return pending.filter((one) => one.deadlineMs > atMs);
}

/** Gives the events that were not refused. */
function rejectRefused(topic: EventTopic, pending: readonly PendingEvent[], refused: RefusedEvents): PendingEvent[] {
  return pending.filter((one, index) => {
    const problems = refused.problems.get(index);
    if (problems !== undefined) one.reject(new EventError(topic, problems));
    return problems === undefined;
  });
}

/** Doubles with each failure; half of it by chance, so that producers do not come back together. */
function backoffMs(failures: number, minMs: number, maxMs: number, chance: number): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30)) * (0.5 + chance / 2);
}
