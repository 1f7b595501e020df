import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Consumer, type Producer } from 'kafkajs';
import { until } from '../../stack/service-process.ts';
import type { BenchPipeline } from './bench-context.ts';
import { kafkaClient } from './kafka-client.ts';
import { type LoadRecord, loadRecord } from './live-load.ts';
import { sendEvenly } from './send-evenly.ts';

/** What has not arrived so long after the last was sent is lost. */
const ARRIVE_WITHIN_MS = 20_000;

/** Where a load goes in and where it comes out. */
export interface WayEnds {
  readonly topicOf: (record: LoadRecord) => string;
  readonly outTopic: string;
}

/**
 * A way that first orders take through Kafka, and how long each was on it, from the moment it was due to be sent. Sends
 * and receives in this process, so that one clock counts.
 */
export class OrderWay {
  /** Of the measured turns. */
  readonly latenciesMs: number[] = [];
  readonly #pipeline: BenchPipeline;
  readonly #ends: WayEnds;
  readonly #producer: Producer;
  readonly #consumer: Consumer;
  /** When the orders were due that are on their way, by customer. */
  readonly #dueMs = new Map<string, number>();
  #sent = 0;
  #isMeasured = false;

  private constructor(pipeline: BenchPipeline, ends: WayEnds) {
    const kafka = kafkaClient(pipeline);
    this.#pipeline = pipeline;
    this.#ends = ends;
    this.#consumer = kafka.consumer({ groupId: `${ends.outTopic}.bench` });
    this.#producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  }

  static async open(pipeline: BenchPipeline, ends: WayEnds): Promise<OrderWay> {
    const way = new OrderWay(pipeline, ends);
    await way.#start();
    return way;
  }

  async #start(): Promise<void> {
    const joined = Promise.withResolvers<void>();
    this.#consumer.on(this.#consumer.events.GROUP_JOIN, () => joined.resolve());
    await Promise.all([this.#producer.connect(), this.#consumer.connect()]);
    await this.#consumer.subscribe({ topics: [this.#ends.outTopic], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const now = performance.now();
        for (const { key } of batch.messages) this.#arrived(String(key), now);
      },
    });
    await joined.promise;
  }

  #arrived(customerId: string, nowMs: number): void {
    const dueMs = this.#dueMs.get(customerId);
    if (dueMs !== undefined && this.#isMeasured) this.latenciesMs.push(nowMs - dueMs);
    this.#dueMs.delete(customerId);
  }

  /** Goes on with the load for so long. Resolves once something has come of every order. */
  async carry(perSecond: number, ms: number, isMeasured: boolean): Promise<void> {
    this.#isMeasured = isMeasured;
    const stop = new AbortController();
    const before = this.#sent;
    const load = sendEvenly({
      producer: this.#producer,
      perSecond,
      recordOf: (n) => loadRecord(before + n, this.#pipeline.schemaIds),
      topicOf: this.#ends.topicOf,
      onDue: ({ key, entersTier }, due) => {
        if (entersTier) this.#dueMs.set(String(key), due);
      },
      signal: stop.signal,
    });
    await Promise.race([sleep(ms), load]);
    stop.abort();
    this.#sent += await load;
    await until('every order arrives', () => this.#dueMs.size === 0, ARRIVE_WITHIN_MS);
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.disconnect(), this.#consumer.disconnect()]);
  }
}
