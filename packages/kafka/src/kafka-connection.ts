import kafkajs, { type Kafka as KafkaClient, type KafkaConfig, logLevel, type SASLOptions } from 'kafkajs';
import { registerCodecs } from './compression/codecs.ts';
import { type Diagnostics, logCreatorOf } from './diagnostics.ts';

/** How to reach the brokers. */
export interface KafkaConnection {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  /** Names this program in the brokers' logs and quotas. */
  readonly clientId: string;
  /** Null: no TLS. Texts are PEM; without `ca` the system's authorities count. */
  readonly tls: { readonly ca?: string; readonly certificate?: string; readonly key?: string } | null;
  readonly sasl: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  } | null;
}

/** Milliseconds that a broker may take to answer. */
const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTION_TIMEOUT_MS = 3_000;
/** About 4 s of tries, for a broker that restarts or a leader that moves; whoever waits longer tries again outside. */
const RETRY = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 2_000, retries: 5 };

/**
 * A client that shares nothing with others. kafkajs keeps a table of committed offsets a client, by group, which two
 * members of a group would empty for each other: so every consumer has a client of its own.
 */
export function createClient(connection: KafkaConnection, diagnostics: Diagnostics): KafkaClient {
  registerCodecs();
  const { brokers, clientId, tls, sasl } = connection;
  const config: KafkaConfig = {
    brokers: [...brokers],
    clientId,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    retry: RETRY,
    logLevel: logLevel.WARN,
    logCreator: logCreatorOf(diagnostics),
  };
  if (tls !== null) {
    const { ca, certificate, key } = tls;
    config.ssl = {
      ...(ca === undefined ? {} : { ca: [ca] }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    };
  }
  if (sasl !== null) config.sasl = { ...sasl } as SASLOptions;
  return new kafkajs.Kafka(config);
}
