import { setTimeout as sleep } from 'node:timers/promises';
import { encodePolicy, type SchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { KafkaLog } from '@tidemark/kafka';
import { createProducer, type Delivered, DeliveryError, httpTransport, type Producer } from '@tidemark/producer';
import { type NewRecord, OperatingError, SharedWriter } from '@tidemark/stream';
import type { Random } from '@tidemark/testkit';
import { type DrawnEvent, EventDrawer } from './draw-event.ts';
import { kafkaTransport } from './kafka-transport.ts';
import { Ledger } from './ledger.ts';
import { BRISK_POLICIES } from './policies.ts';

export interface LoadOptions {
  readonly log: KafkaLog;
  readonly schemaIds: SchemaIds;
  /** Where the query service listens: half of the customers' events take that way. */
  readonly url: string;
  readonly customers: number;
  readonly eventsPerSecond: number;
}

const TURN_MS = 50;
/** Events that wait for an acknowledgement, beyond which no more are made: a shop's servers would slow down as well. */
const WAITING_MAX = 5_000;
const RETRY_MS = 500;
/** Quiet for a while now and then: a store that is put back while nobody asks it is noticed by its content alone. */
const BUSY_MS = { min: 4_000, max: 12_000 };
const QUIET_MS = { min: 1_000, max: 3_000 };
const POLICY_EVERY_MS = 20_000;
/** The policy that `tidemark policy apply` brought has number 1. */
const FIRST_NUMBER = 2;
const REPEATED = 0.08;
const MALFORMED = 0.01;
/** The last events, of which some are sent again. */
const RECENT_MAX = 200;

/** Producers that go on whatever breaks, until each of their events is acknowledged. */
export class Load {
  readonly ledger = new Ledger();
  readonly #options: LoadOptions;
  readonly #random: Random;
  readonly #drawer: EventDrawer;
  readonly #writer: SharedWriter;
  readonly #producers: readonly Producer[];
  readonly #waiting = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #recent: DrawnEvent[] = [];
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions, random: Random) {
    this.#options = options;
    this.#random = random;
    this.#drawer = new EventDrawer(random.fork(), options.customers);
    this.#writer = new SharedWriter(options.log);
    const direct = kafkaTransport(this.#writer, options.log.lanes, options.schemaIds);
    this.#producers = [direct, httpTransport({ url: options.url, timeoutMs: 10_000 })].map((transport) =>
      createProducer({ transport, deliveryTimeoutMs: 1_800_000, retryMaxMs: 1_000 }),
    );
  }

  start(): void {
    this.#running = Promise.all([this.#sendEvents(), this.#sendPolicies()]);
  }

  /** Makes no more events, and waits until all are acknowledged. */
  async stop(withinMs: number): Promise<void> {
    this.#stop.abort();
    const settled = this.#running.then(async () => {
      while (this.#waiting.size > 0) await Promise.all(this.#waiting);
      return true;
    });
    if (!(await Promise.race([settled, sleep(withinMs, false, { ref: false })]))) {
      const givenUp = JSON.stringify([...this.ledger.givenUp]);
      throw new Error(
        `expected all events to be acknowledged within ${withinMs} ms, found ${this.#waiting.size} waiting; ` +
          `sends given up and made again: ${givenUp}`,
      );
    }
    await Promise.all(this.#producers.map((producer) => producer.close()));
    await this.#writer.close();
  }

  async #sendEvents(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#sendFor(this.#random.between(BUSY_MS.min, BUSY_MS.max));
      await sleep(this.#random.between(QUIET_MS.min, QUIET_MS.max));
    }
  }

  async #sendFor(ms: number): Promise<void> {
    const { eventsPerSecond } = this.#options;
    const beganAt = performance.now();
    let owed = 0;
    for (let turn = beganAt; turn < beganAt + ms && !this.#stop.signal.aborted; ) {
      await sleep(TURN_MS);
      const now = performance.now();
      owed = Math.min(owed + ((now - turn) / 1_000) * eventsPerSecond, eventsPerSecond);
      turn = now;
      if (this.#waiting.size > WAITING_MAX) owed = 0;
      for (; owed >= 1; owed--) this.#sendOne();
    }
  }

  #sendOne(): void {
    const random = this.#random;
    this.ledger.sent++;
    if (random.chance(MALFORMED)) {
      this.#track(this.#sendMalformed());
    } else if (this.#recent.length > 0 && random.chance(REPEATED)) {
      this.#track(this.#deliver(random.pick(this.#recent)));
    } else {
      const event = this.#drawer.draw(Date.now());
      const amountMinor = event.topic === 'orders' ? event.input.amountMinor : null;
      this.ledger.events.set(event.eventId, { customerId: event.input.customerId, topic: event.topic, amountMinor });
      this.#recent = [...this.#recent, event].slice(-RECENT_MAX);
      this.#track(this.#deliver(event));
    }
  }

  /** Sends it until the log has it. A producer that gives up says whether the event may have arrived; it is sent again. */
  async #deliver(event: DrawnEvent): Promise<void> {
    for (;;) {
      try {
        const { topic, lane, offset } = await this.#send(event);
        return this.ledger.acknowledge({ topic, lane, offset, eventId: event.eventId });
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        this.ledger.giveUp(error.code);
        await sleep(RETRY_MS);
      }
    }
  }

  /** A customer's events all take the same way. */
  #send(event: DrawnEvent): Promise<Delivered> {
    const customer = Number(/\d+/.exec(event.input.customerId)?.[0]);
    const producer = this.#producers[customer % this.#producers.length] as Producer;
    switch (event.topic) {
      case 'orders':
        return producer.order(event.input);
      case 'interactions':
        return producer.interaction(event.input);
      case 'marketing':
        return producer.marketing(event.input);
      case 'identities':
        return producer.identity(event.input);
    }
  }

  /** Bytes that are no event, under a customer's key. */
  async #sendMalformed(): Promise<void> {
    const key = Buffer.from(`customer-${this.#random.between(0, this.#options.customers - 1)}`);
    const lane = this.#random.between(0, this.#options.log.lanes - 1);
    await this.#write('orders', lane, { key, value: Buffer.from('no event'), headers: {} });
  }

  /** Every policy makes each customer's views and tier be looked at anew: a record of many steps. */
  async #sendPolicies(): Promise<void> {
    const { log, schemaIds } = this.#options;
    for (let number = FIRST_NUMBER; !this.#stop.signal.aborted; number++) {
      const policy = BRISK_POLICIES[number % BRISK_POLICIES.length];
      if (policy === undefined) throw new Error('expected a policy');
      const value = encodePolicy(schemaIds, { number, ...policy }, Date.now() as TimeMs);
      for (let lane = 0; lane < log.lanes; lane++)
        await this.#write('control', lane, { key: null, value, headers: {} });
      await sleep(POLICY_EVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #write(topic: string, lane: number, record: NewRecord): Promise<void> {
    for (;;) {
      try {
        const { baseOffset: offset } = await this.#writer.send(topic, lane, [record]);
        return this.ledger.acknowledge({ topic, lane, offset, eventId: null });
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        await sleep(RETRY_MS);
      }
    }
  }

  #track(work: Promise<void>): void {
    this.#waiting.add(work);
    void work.then(() => this.#waiting.delete(work));
  }
}
