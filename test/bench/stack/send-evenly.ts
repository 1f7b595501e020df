import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from 'kafkajs';
import type { LoadRecord } from './live-load.ts';

export interface EvenLoad {
  readonly producer: Producer;
  readonly perSecond: number;
  readonly recordOf: (n: number) => LoadRecord;
  /** The name in Kafka of what the record is sent to. */
  readonly topicOf: (record: LoadRecord) => string;
  /** Told of each record before it is sent; `dueMs` as performance.now() counts. */
  readonly onDue?: (record: LoadRecord, dueMs: number) => void;
  /** Ends the load. */
  readonly signal: AbortSignal;
}

/** Records that are due at the same moment go out in one request, as those of a shop's producer do. */
const TICK_MS = 5;

/**
 * Sends records at even distances whatever becomes of those before: a log that stands still makes all those wait that are
 * due meanwhile. Resolves to how many were sent, once all are durable; rejects if one is not.
 */
export async function sendEvenly({ producer, perSecond, recordOf, topicOf, onDue, signal }: EvenLoad): Promise<number> {
  const perTick = (perSecond * TICK_MS) / 1_000;
  const startMs = performance.now();
  const failed = new AbortController();
  const underWay = new Set<Promise<unknown>>();
  let sent = 0;
  for (let tick = 1; !signal.aborted && !failed.signal.aborted; tick++) {
    const dueMs = startMs + tick * TICK_MS;
    await sleep(Math.max(0, dueMs - performance.now()));
    const topics = new Map<string, LoadRecord[]>();
    for (const upTo = Math.floor(tick * perTick); sent < upTo; sent++) {
      const record = recordOf(sent);
      const topic = topicOf(record);
      topics.set(topic, [...(topics.get(topic) ?? []), record]);
      onDue?.(record, dueMs);
    }
    if (topics.size === 0) continue;
    const topicMessages = Array.from(topics, ([topic, records]) => ({ topic, messages: records.map(asMessage) }));
    const sending = producer.sendBatch({ acks: -1, topicMessages }).catch((error: unknown) => failed.abort(error));
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  }
  await Promise.all(underWay);
  if (failed.signal.aborted) throw failed.signal.reason;
  return sent;
}

function asMessage({ key, value, partition }: LoadRecord) {
  return { key, value, partition };
}
