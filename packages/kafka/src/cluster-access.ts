import { setTimeout as sleep } from 'node:timers/promises';
import { OperatingError } from '@tidemark/stream';
import kafkajs, { type Cluster, type Kafka } from 'kafkajs';
import { asLogError } from './kafka-error.ts';
import { laneAssigner } from './lane-assigner.ts';

/** So long a read is tried again, for a leader that moves; a try that is under way is not cut short. */
const PATIENCE_MS = 5_000;
/** Before the second try; it doubles each time. */
const FIRST_PAUSE_MS = 100;

/**
 * Single requests to the brokers, outside any group. kafkajs hands its cluster (connections, metadata, who leads what) to
 * the assigners of a consumer, and this is the one public way to it: the consumer it belongs to never runs.
 */
export class ClusterAccess {
  readonly #cluster: Cluster;
  #isOpen = true;

  constructor(kafka: Kafka) {
    let captured: Cluster | undefined;
    kafka.consumer({
      groupId: 'never-joined',
      allowAutoTopicCreation: false,
      partitionAssigners: [
        (config) => {
          captured = config.cluster;
          return laneAssigner(1)(config);
        },
      ],
    });
    if (captured === undefined) throw new Error('expected kafkajs to create the assigners at once; is it 2.2.4?');
    this.#cluster = captured;
  }

  /** Runs `work`, again after what passes: a closed connection, a leader that moved. Rejects with an OperatingError. */
  async run<Result>(doing: string, work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      if (!this.#isOpen)
        throw new OperatingError('log-unavailable', `${doing}: the log is closed`, { retriable: false });
      try {
        if (!this.#cluster.isConnected()) await this.#cluster.connect();
        return await work(this.#cluster);
      } catch (error) {
        if (!this.#passes(error) || performance.now() + pauseMs > giveUpAt) throw asLogError(error, doing);
      }
      await sleep(pauseMs);
      await this.#cluster.refreshMetadata().catch(() => undefined);
    }
  }

  #passes(error: unknown): boolean {
    if (!(error instanceof kafkajs.KafkaJSError)) return false;
    // The types do not have this one.
    if (error.name === 'KafkaJSConnectionClosedError') {
      this.#cluster.removeBroker(error as unknown as { host: string; port: number });
    }
    return error.retriable;
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#cluster.disconnect();
  }
}
