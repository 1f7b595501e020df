import { setTimeout as sleep } from 'node:timers/promises';
import { customerKey, laneOf } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { LogWriter, NewRecord } from '@tidemark/stream';
import { Random } from '@tidemark/testkit';
import type { Consumer } from 'kafkajs';
import { until } from '../../stack/service-process.ts';
import { type BenchPipeline, LANES } from './bench-context.ts';
import { kafkaClient } from './kafka-client.ts';
import { MINUTE_MS, orderRecord, tickRecord } from './timer-timeline.ts';
import { interaction } from './write-timeline.ts';

export const LIVE_PER_SECOND = 1_000;
/** One event in so many is the first order of a new customer, which changes their view at once. The others are page views. */
const ORDER_EVERY = 10;
const TICK_MS = 5;
const WARM_UP_MS = 10_000;
/** What has not arrived so long after the minute is lost. */
const ARRIVE_WITHIN_MS = 60_000;

export interface LiveMinute {
  /** From when an order of the minute was due to be appended to the timeline until its change was read, ms. */
  readonly eventMs: readonly number[];
  /** From when a timer was due until its change was read, ms. */
  readonly timerMs: readonly number[];
}

export interface Minute {
  /** Records of each lane's timeline so far. */
  readonly records: readonly number[];
  /** Log time at which the minute begins. */
  readonly dueFrom: number;
  /** How many timers come due in it, at even distances, in the order of the customers' numbers. */
  readonly timers: number;
  /** How many times as fast as the wall clock log time goes. */
  readonly speed: number;
}

/**
 * Lets log time go on, from some seconds before the minute until its end, while live events are appended. Appends and reads in
 * this process, so that one clock counts.
 */
export async function liveMinute(
  pipeline: BenchPipeline,
  { records, dueFrom, timers, speed }: Minute,
): Promise<LiveMinute> {
  const writer = await pipeline.remote.log.writer();
  const lanes = records.map((count, lane) => new LiveLane(writer, lane, count));
  const minuteMs = MINUTE_MS / speed;
  const dueMs = new Map<string, number>();
  const eventMs: number[] = [];
  const timerMs: number[] = [];
  const minuteStartMs = performance.now() + WARM_UP_MS;
  const consumer = await consumeChanges(pipeline, (customerId) => {
    const now = performance.now();
    const due = dueMs.get(customerId);
    if (due !== undefined) eventMs.push(now - due);
    else if (customerId.startsWith('customer-')) {
      timerMs.push(now - minuteStartMs - (Number(customerId.slice('customer-'.length)) / timers) * minuteMs);
    }
    dueMs.delete(customerId);
  });
  const random = new Random(0x11fe);
  const startMs = minuteStartMs - WARM_UP_MS;
  let sent = 0;
  for (let dueAtMs = startMs; dueAtMs <= minuteStartMs + minuteMs; dueAtMs += TICK_MS) {
    await sleep(Math.max(0, dueAtMs - performance.now()));
    const logTime = Math.floor(dueFrom + (dueAtMs - minuteStartMs) * speed);
    for (const upTo = ((dueAtMs - startMs) / 1_000) * LIVE_PER_SECOND; sent < upTo; sent++) {
      const isOrder = sent % ORDER_EVERY === 0;
      const customerId = isOrder ? `buyer-${sent}` : `customer-${random.between(0, timers - 1)}`;
      const key = Buffer.from(customerKey(customerId));
      const lane = lanes[laneOf(key, LANES)];
      if (lane === undefined) throw new RangeError(`expected a lane below ${LANES}`);
      if (isOrder && dueAtMs >= minuteStartMs) dueMs.set(customerId, dueAtMs);
      lane.add(
        isOrder
          ? orderRecord(key, timers + sent, logTime, lane.records)
          : interaction(key, timers + sent, logTime as TimeMs, lane.records, random),
      );
    }
    for (const lane of lanes) lane.send();
  }
  for (const lane of lanes) lane.add(tickRecord(dueFrom + MINUTE_MS));
  await Promise.all(lanes.map((lane) => lane.end()));
  await until('every change arrives', () => dueMs.size === 0 && timerMs.length >= timers, ARRIVE_WITHIN_MS);
  await Promise.all([writer.close(), consumer.disconnect()]);
  return { eventMs, timerMs };
}

/** Reads what is published from now on. */
async function consumeChanges(pipeline: BenchPipeline, onChange: (customerId: string) => void): Promise<Consumer> {
  const topic = `${pipeline.namespace}.rfm-changes`;
  const consumer = kafkaClient(pipeline).consumer({ groupId: `${topic}.bench`, maxWaitTimeInMs: 250 });
  const joined = Promise.withResolvers<void>();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: false });
  await consumer.run({
    autoCommit: false,
    async eachBatch({ batch }) {
      for (const { key } of batch.messages) if (key !== null) onChange(key.toString());
    },
  });
  await joined.promise;
  return consumer;
}

/** As unify writes: what has come while a send was in flight goes into the next. */
class LiveLane {
  records: number;
  readonly #writer: LogWriter;
  readonly #lane: number;
  #waiting: NewRecord[] = [];
  #sending: Promise<unknown> | null = null;

  constructor(writer: LogWriter, lane: number, records: number) {
    this.#writer = writer;
    this.#lane = lane;
    this.records = records;
  }

  add(record: NewRecord): void {
    this.#waiting.push(record);
    this.records++;
  }

  send(): void {
    if (this.#sending !== null || this.#waiting.length === 0) return;
    const records = this.#waiting;
    this.#waiting = [];
    this.#sending = this.#writer.send('timeline', this.#lane, records).then(() => {
      this.#sending = null;
    });
  }

  /** Resolves once all is durable. */
  async end(): Promise<void> {
    await this.#sending;
    this.send();
    await this.#sending;
  }
}
