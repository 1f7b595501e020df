import { OperatingError } from '@tidemark/stream';
import kafkajs from 'kafkajs';

/**
 * What failed, in words, as the port promises it. Errors that are none of Kafka's are bugs and come back as they are.
 *
 * @param doing what was tried, such as `sending to shop.timeline, lane 3`
 */
export function asLogError(error: unknown, doing: string): unknown {
  if (!(error instanceof kafkajs.KafkaJSError)) return error;
  const root = rootOf(error);
  const type = 'type' in root ? String(root.type) : root.name;
  const advice = FINAL[type];
  const message = `${doing}: expected Kafka to do it, found ${root.message} (${type})`;
  return new OperatingError('log-unavailable', `${message}. ${advice ?? PASSING[type] ?? 'It may pass by itself'}`, {
    retriable: advice === undefined,
    cause: root,
  });
}

const RIGHTS = 'Give the user of TIDEMARK_KAFKA_SASL_USERNAME the right, or take another user';
const SIGN_IN =
  'Check mechanism, user and password (TIDEMARK_KAFKA_SASL, TIDEMARK_KAFKA_SASL_USERNAME, TIDEMARK_KAFKA_SASL_PASSWORD)';
const LIMITS = 'The limits of topic and send disagree: run `tidemark topics check`';

/** What does not go away by itself, and what to do. */
const FINAL: Readonly<Record<string, string>> = {
  KafkaJSSASLAuthenticationError: SIGN_IN,
  SASL_AUTHENTICATION_FAILED: SIGN_IN,
  UNSUPPORTED_SASL_MECHANISM: 'Check the mechanism (TIDEMARK_KAFKA_SASL)',
  TOPIC_AUTHORIZATION_FAILED: RIGHTS,
  GROUP_AUTHORIZATION_FAILED: RIGHTS,
  CLUSTER_AUTHORIZATION_FAILED: RIGHTS,
  MESSAGE_TOO_LARGE: LIMITS,
  RECORD_LIST_TOO_LARGE: LIMITS,
  UNSUPPORTED_VERSION: 'Use Kafka 4.1, or one that speaks with its clients',
  KafkaJSServerDoesNotSupportApiKey: 'Use Kafka 4.1, or one that speaks with its clients',
  INCONSISTENT_GROUP_PROTOCOL: 'Other programs are in the group: end them, or use another namespace',
  INVALID_TOPIC_EXCEPTION: 'Check the namespace',
  INVALID_REPLICATION_FACTOR: 'There are fewer brokers: set TIDEMARK_KAFKA_REPLICATION_FACTOR',
  INVALID_SESSION_TIMEOUT: "Set TIDEMARK_KAFKA_SESSION_TIMEOUT_MS within the brokers' group.min/max.session.timeout.ms",
};

/** What goes away, perhaps with help. */
const PASSING: Readonly<Record<string, string>> = {
  KafkaJSConnectionError: 'If it lasts, check TIDEMARK_KAFKA_BROKERS, and TLS on both sides',
  UNKNOWN_TOPIC_OR_PARTITION: 'If it lasts, the topic is missing: run `tidemark topics apply`',
};

/** kafkajs wraps what it gave up on. */
function rootOf(error: Error): Error {
  return error.cause instanceof Error && error.cause !== error ? rootOf(error.cause) : error;
}
