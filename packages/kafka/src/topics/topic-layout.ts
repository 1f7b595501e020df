import { type TopicName, type TopicSpec, topicName, topics } from '@tidemark/contracts';

/** A topic as it should be in a cluster. */
export interface TopicLayout {
  /** With the namespace. */
  readonly name: string;
  readonly spec: TopicSpec;
  readonly partitions: number;
  /** Kafka's own names and values; for ever is -1. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Kafka bounds a batch, not a record, and a send is one batch, all or nothing. Tidemark's own sends hold a chunk's
 * outputs (at most 16 MiB by configuration) or unify's batch.
 */
const OWN_BATCH_BYTES_MAX = 17 * 1_024 * 1_024;
/** With three replicas and acks=all, one may be away and nothing that was acknowledged is lost. */
const REPLICAS_FOR_QUORUM = 3;

/** @param replicationFactor 0: the brokers' `default.replication.factor` */
export function layOutTopics(namespace: string, lanes: number, replicationFactor: number): readonly TopicLayout[] {
  return topics.map((spec) => ({
    name: topicName(namespace, spec.name),
    spec,
    partitions: lanes,
    settings: {
      'cleanup.policy': 'delete',
      'retention.ms': String(spec.retentionMs ?? -1),
      // By size, lanes would lose their beginnings at different times.
      'retention.bytes': '-1',
      'message.timestamp.type': spec.timestampType,
      'max.message.bytes': String(
        spec.role === 'raw' ? spec.maxMessageBytes : Math.max(spec.maxMessageBytes, OWN_BATCH_BYTES_MAX),
      ),
      ...(replicationFactor >= REPLICAS_FOR_QUORUM ? { 'min.insync.replicas': '2' } : {}),
    },
  }));
}

/** The timeline and what is folded from it are rebuilt together, so they must reach back equally far. */
export function isRebuilt(topic: TopicName): boolean {
  return topics.some(({ name, role }) => name === topic && (role === 'timeline' || role === 'change'));
}
