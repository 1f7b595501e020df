import { type Delivery, deliverBatch, type PendingEvent } from './deliver-batch.ts';
import type { EventTopic } from './event-records.ts';

export interface BatchBounds {
  /** How long the first event of a batch waits for others. */
  readonly lingerMs: number;
  readonly batchEventsMax: number;
  /** Of JSON; an event that is larger goes alone. */
  readonly batchBytesMax: number;
}

interface QueuedEvent extends PendingEvent {
  readonly addedAtMs: number;
  readonly promise: Promise<unknown>;
}

/** One topic's events, delivered in the order in which they were added: one batch at a time. */
export class TopicQueue {
  readonly #topic: EventTopic;
  readonly #bounds: BatchBounds;
  readonly #delivery: Delivery;
  readonly #waiting: QueuedEvent[] = [];
  #waitingBytes = 0;
  #inFlight: readonly QueuedEvent[] = [];
  #isRunning = false;
  /** Calls of `flush` that are not done: no lingering meanwhile. */
  #flushes = 0;
  /** Cuts short the wait for more events. */
  #lingering = new AbortController();

  constructor(topic: EventTopic, bounds: BatchBounds, delivery: Delivery) {
    this.#topic = topic;
    this.#bounds = bounds;
    this.#delivery = delivery;
  }

  add(event: QueuedEvent): void {
    this.#waiting.push(event);
    this.#waitingBytes += event.event.bytes;
    if (this.#isFull()) this.#lingering.abort();
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Sends what waits at once; resolves when all that was added before is settled. */
  async flush(): Promise<void> {
    this.#flushes++;
    this.#lingering.abort();
    await Promise.allSettled([...this.#inFlight, ...this.#waiting].map((one) => one.promise));
    this.#flushes--;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#linger();
      this.#inFlight = this.#takeBatch();
      await deliverBatch(this.#topic, this.#inFlight, this.#delivery);
      this.#inFlight = [];
    }
    this.#isRunning = false;
  }

  async #linger(): Promise<void> {
    const waitedMs = this.#delivery.runtime.elapsedMs() - (this.#waiting[0]?.addedAtMs ?? 0);
    const waitMs = this.#bounds.lingerMs - waitedMs;
    if (waitMs <= 0 || this.#isFull() || this.#flushes > 0) return;
    this.#lingering = new AbortController();
    await this.#delivery.runtime.wait(waitMs, this.#lingering.signal);
  }

  #isFull(): boolean {
    return this.#waiting.length >= this.#bounds.batchEventsMax || this.#waitingBytes >= this.#bounds.batchBytesMax;
  }

  #takeBatch(): readonly QueuedEvent[] {
    let count = 0;
    let bytes = 0;
    for (const { event } of this.#waiting) {
      if (count === this.#bounds.batchEventsMax) break;
      if (count > 0 && bytes + event.bytes > this.#bounds.batchBytesMax) break;
      count++;
      bytes += event.bytes;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
