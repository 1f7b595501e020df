import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Appended, type Lane, type LogWriter, type NewRecord, OperatingError, type Topic } from '@tidemark/stream';
import kafkajs, { type Kafka, type Message, type Producer, type RecordMetadata, type TopicMessages } from 'kafkajs';
import { type Compression, compressionTypeOf } from './compression/codecs.ts';
import { asLogError } from './kafka-error.ts';

/** Records and bytes in one request at most, unless a single send has more. */
const REQUEST_RECORDS_MAX = 10_000;
const REQUEST_BYTES_MAX = 4 * 1_024 * 1_024;

export interface WriterOptions {
  readonly topicName: (topic: Topic) => string;
  readonly now: () => number;
  readonly compression: Compression;
}

/** A send that waits for its turn. */
interface Waiting {
  readonly topic: string;
  readonly lane: Lane;
  readonly messages: readonly Message[];
  readonly bytes: number;
  readonly sentAtMs: number;
  readonly answered: PromiseWithResolvers<Appended>;
}

/**
 * One idempotent producer: what it repeats by itself, after a lost answer or a new leader, the brokers know as a repeat.
 * A request that fails for good leaves kafkajs's sequence rolled back, so that another batch could pass for a duplicate:
 * the producer is closed at once, and every later send is refused.
 *
 * A broker takes one request of a producer at a time. What is sent meanwhile, by all lanes, goes into the next request: a
 * request costs as much as a hundred records.
 */
export class KafkaWriter implements LogWriter {
  readonly #producer: Producer;
  readonly #topicName: (topic: Topic) => string;
  readonly #now: () => number;
  readonly #compression: kafkajs.CompressionTypes;
  #waiting: Waiting[] = [];
  #isSending = false;
  #isOpen = true;

  private constructor(producer: Producer, { topicName, now, compression }: WriterOptions) {
    this.#producer = producer;
    this.#topicName = topicName;
    this.#now = now;
    this.#compression = compressionTypeOf(compression);
  }

  static async open(kafka: Kafka, options: WriterOptions): Promise<KafkaWriter> {
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      // Every record names its partition.
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    try {
      await producer.connect();
    } catch (error) {
      throw asLogError(error, 'opening a writer');
    }
    return new KafkaWriter(producer, options);
  }

  async send(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<Appended> {
    const name = this.#topicName(topic);
    const doing = `sending to ${name}, lane ${lane}`;
    if (!this.#isOpen) throw closed(doing);
    const sentAtMs = this.#now();
    const timestamp = String(sentAtMs);
    let bytes = 0;
    const messages = records.map(({ key, value, headers }) => {
      bytes += (key?.length ?? 0) + (value?.length ?? 0);
      return { key: key && asBuffer(key), value: value && asBuffer(value), headers, partition: lane, timestamp };
    });
    const answered = Promise.withResolvers<Appended>();
    this.#waiting.push({ topic: name, lane, messages, bytes, sentAtMs, answered });
    if (!this.#isSending) void this.#sendAll();
    try {
      return await answered.promise;
    } catch (error) {
      throw asLogError(error, doing);
    }
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    try {
      await this.#producer.disconnect();
    } catch (error) {
      throw asLogError(error, 'closing a writer');
    }
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    // Lanes whose answers came together send again together.
    for (await nextTurn(); this.#waiting.length > 0; await nextTurn()) {
      const request = this.#takeRequest();
      try {
        if (!this.#isOpen) throw closed('sending');
        const batch = { acks: -1, compression: this.#compression, topicMessages: asTopicMessages(request) };
        answer(request, await this.#producer.sendBatch(batch));
      } catch (error) {
        void this.close().catch(() => undefined);
        for (const { answered } of request) answered.reject(error);
      }
    }
    this.#isSending = false;
  }

  /** The longest waiting sends that fit a request, one for each topic's lane. */
  #takeRequest(): readonly Waiting[] {
    const targets = new Set<string>();
    let records = 0;
    let bytes = 0;
    const [request, later]: [Waiting[], Waiting[]] = [[], []];
    for (const send of this.#waiting) {
      const target = `${send.topic}/${send.lane}`;
      records += send.messages.length;
      bytes += send.bytes;
      const isTooMuch = records > REQUEST_RECORDS_MAX || bytes > REQUEST_BYTES_MAX;
      const fits = request.length === 0 || !(targets.has(target) || isTooMuch);
      targets.add(target);
      (fits ? request : later).push(send);
    }
    this.#waiting = later;
    return request;
  }
}

function asTopicMessages(request: readonly Waiting[]): TopicMessages[] {
  const byTopic = new Map<string, Message[]>();
  for (const { topic, messages } of request) {
    const together = byTopic.get(topic);
    if (together === undefined) byTopic.set(topic, [...messages]);
    else for (const message of messages) together.push(message);
  }
  return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

function answer(request: readonly Waiting[], written: readonly RecordMetadata[]): void {
  const places = new Map(written.map((place) => [`${place.topicName}/${place.partition}`, place]));
  for (const { topic, lane, sentAtMs, answered } of request) {
    const place = places.get(`${topic}/${lane}`);
    const appendTimeMs = Number(place?.logAppendTime ?? -1);
    // Topics that keep the sender's time answer -1: the record then has what was sent.
    answered.resolve({
      baseOffset: Number(place?.baseOffset),
      appendedAtMs: appendTimeMs < 0 ? sentAtMs : appendTimeMs,
    });
  }
}

function closed(doing: string): OperatingError {
  return new OperatingError('log-unavailable', `${doing}: this writer is closed; open another`, { retriable: true });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
