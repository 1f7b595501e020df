import type {
  Bounds,
  Committed,
  EventLog,
  Lane,
  LaneConsumer,
  LogRecord,
  LogWriter,
  Offset,
  Subscription,
  Topic,
} from '@tidemark/stream';
import { ClusterAccess } from './cluster-access.ts';
import { commitOutside } from './commit-outside.ts';
import type { Compression } from './compression/codecs.ts';
import type { Diagnostics } from './diagnostics.ts';
import { countMembers } from './group-members.ts';
import { createClient, type KafkaConnection } from './kafka-connection.ts';
import { KafkaConsumer } from './kafka-consumer.ts';
import { KafkaReader } from './kafka-reader.ts';
import { KafkaWriter } from './kafka-writer.ts';
import { Names } from './names.ts';

export interface KafkaLogOptions {
  readonly connection: KafkaConnection;
  /** Stands before the names of topics and groups. */
  readonly namespace: string;
  /** Partitions of every topic. */
  readonly lanes: number;
  /** Milliseconds after which a member of a group that is silent counts as dead, and its lanes go to others. */
  readonly sessionTimeoutMs: number;
  readonly diagnostics: Diagnostics;
  /** What its writers compress batches with; by default nothing. Batches of every codec are read. */
  readonly compression?: Compression;
  /** Milliseconds since the epoch, for the topics that keep the sender's time. */
  readonly now: () => number;
}

/** The log on Kafka. It connects when it is first used. */
export class KafkaLog implements EventLog {
  readonly lanes: number;
  readonly #options: KafkaLogOptions;
  readonly #names: Names;
  readonly #access: ClusterAccess;
  readonly #reader: KafkaReader;

  constructor(options: KafkaLogOptions) {
    this.lanes = options.lanes;
    this.#options = options;
    this.#names = new Names(options.namespace);
    this.#access = new ClusterAccess(this.#createClient());
    this.#reader = new KafkaReader(this.#access, (topic) => this.#names.topic(topic));
  }

  writer(): Promise<LogWriter> {
    const { now, compression = 'none' } = this.#options;
    return KafkaWriter.open(this.#createClient(), { topicName: (topic) => this.#names.topic(topic), now, compression });
  }

  consume(subscription: Subscription): Promise<LaneConsumer> {
    const { diagnostics } = this.#options;
    return KafkaConsumer.join(
      this.#createClient(),
      subscription,
      this.#options,
      this.#reader,
      this.#names,
      diagnostics,
    );
  }

  bounds(topic: Topic, lane: Lane): Promise<Bounds> {
    return this.#reader.bounds(topic, lane);
  }

  read(topic: Topic, lane: Lane, from: Offset, limit: number): Promise<readonly LogRecord[]> {
    return this.#reader.read(topic, lane, from, limit);
  }

  /** What a group has committed for these topics' lane, asked from outside of it; a topic without a commit is absent. */
  committed(group: string, topics: readonly Topic[], lane: Lane): Promise<ReadonlyMap<Topic, Committed>> {
    return this.#reader.committed(this.#names.group(group), topics, lane);
  }

  /** Commits for a group from outside of it; false, and nothing is committed, where it has a member. */
  commitOutside(group: string, lane: Lane, places: ReadonlyMap<Topic, Committed>): Promise<boolean> {
    const named = new Map([...places].map(([topic, place]) => [this.#names.topic(topic), place]));
    return commitOutside(this.#access, this.#names.group(group), lane, named);
  }

  /** How many members a group has; one that was killed is among them until its session ends. */
  members(group: string): Promise<number> {
    return countMembers(this.#access, this.#names.group(group));
  }

  /** Ends the connection for reads; writers and consumers are closed by themselves. */
  async close(): Promise<void> {
    await this.#access.close();
  }

  #createClient() {
    return createClient(this.#options.connection, this.#options.diagnostics);
  }
}
