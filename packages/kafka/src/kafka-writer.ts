import { type Appended, type Lane, type LogWriter, type NewRecord, OperatingError, type Topic } from '@tidemark/stream';
import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import { asLogError } from './kafka-error.ts';

/**
 * One idempotent producer: what it repeats by itself, after a lost answer or a new leader, the brokers know as a repeat.
 * A send that fails for good leaves kafkajs's sequence rolled back, so that another batch could pass for a duplicate:
 * the producer is closed at once, and every later send is refused.
 */
export class KafkaWriter implements LogWriter {
  readonly #producer: Producer;
  readonly #topicName: (topic: Topic) => string;
  readonly #now: () => number;
  #isOpen = true;

  private constructor(producer: Producer, topicName: (topic: Topic) => string, now: () => number) {
    this.#producer = producer;
    this.#topicName = topicName;
    this.#now = now;
  }

  static async open(kafka: Kafka, topicName: (topic: Topic) => string, now: () => number): Promise<KafkaWriter> {
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
    return new KafkaWriter(producer, topicName, now);
  }

  async send(topic: Topic, lane: Lane, records: readonly NewRecord[]): Promise<Appended> {
    const name = this.#topicName(topic);
    const doing = `sending to ${name}, lane ${lane}`;
    if (!this.#isOpen) {
      throw new OperatingError('log-unavailable', `${doing}: this writer is closed; open another`, { retriable: true });
    }
    const sentAtMs = this.#now();
    const timestamp = String(sentAtMs);
    const messages = records.map(({ key, value, headers }) => ({
      key: key && asBuffer(key),
      value: value && asBuffer(value),
      headers,
      partition: lane,
      timestamp,
    }));
    try {
      const [answer] = await this.#producer.send({ topic: name, acks: -1, messages });
      const appendTimeMs = Number(answer?.logAppendTime ?? -1);
      // Topics that keep the sender's time answer -1: the record then has what was sent.
      return { baseOffset: Number(answer?.baseOffset), appendedAtMs: appendTimeMs < 0 ? sentAtMs : appendTimeMs };
    } catch (error) {
      void this.close().catch(() => undefined);
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
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
