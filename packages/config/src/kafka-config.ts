import { z } from 'zod';
import { ConfigError, type ConfigOf, type ConfigProblem, type Setting } from './load-config.ts';
import { choice, secret, text, wholeNumber } from './settings.ts';

/** The brokers, and how to speak with them. */
export const kafkaSettings = {
  /** Some of them; the others are found through these. */
  brokers: addresses('TIDEMARK_KAFKA_BROKERS'),
  clientId: text('TIDEMARK_KAFKA_CLIENT_ID', {
    fallback: 'tidemark',
    pattern: /^[0-9A-Za-z._-]{1,100}$/,
    expected: 'at most 100 letters, digits, dots, hyphens and underscores',
  }),
  tls: choice('TIDEMARK_KAFKA_TLS', ['off', 'on'], 'off'),
  /** PEM, as a rule from a file. Without it the system's authorities count. */
  tlsAuthority: secret('TIDEMARK_KAFKA_TLS_CA'),
  tlsCertificate: secret('TIDEMARK_KAFKA_TLS_CERTIFICATE'),
  tlsKey: secret('TIDEMARK_KAFKA_TLS_KEY'),
  sasl: choice('TIDEMARK_KAFKA_SASL', ['none', 'plain', 'scram-sha-256', 'scram-sha-512'], 'none'),
  saslUsername: secret('TIDEMARK_KAFKA_SASL_USERNAME'),
  saslPassword: secret('TIDEMARK_KAFKA_SASL_PASSWORD'),
  /** A member that is silent for so long counts as dead, and its lanes go to others. */
  sessionTimeoutMs: wholeNumber('TIDEMARK_KAFKA_SESSION_TIMEOUT_MS', { fallback: 10_000, min: 1_000, max: 300_000 }),
  /** What batches are compressed with before they are sent. A topic's `compression.type` may make something else of them. */
  compression: choice('TIDEMARK_KAFKA_COMPRESSION', ['none', 'gzip', 'snappy', 'lz4', 'zstd'], 'none'),
  /** Of topics that `tidemark topics apply` creates; 0: the brokers' default.replication.factor. */
  replicationFactor: wholeNumber('TIDEMARK_KAFKA_REPLICATION_FACTOR', { fallback: 0, min: 0, max: 15 }),
} as const;

/** The schema registry. */
export const registrySettings = {
  url: {
    ...text('TIDEMARK_REGISTRY_URL', {
      pattern: /^https?:\/\/[^\s@]+$/,
      expected: 'a URL such as http://localhost:8081, without user and password',
    }),
    // One that was given a password after all must not be shown.
    isSecret: true,
  },
  username: secret('TIDEMARK_REGISTRY_USERNAME'),
  password: secret('TIDEMARK_REGISTRY_PASSWORD'),
  token: secret('TIDEMARK_REGISTRY_TOKEN'),
} as const;

export type KafkaConfig = ConfigOf<typeof kafkaSettings>;
export type RegistryConfig = ConfigOf<typeof registrySettings>;

/** What `@tidemark/kafka` takes as its connection. Throws `ConfigError` where settings do not go together. */
export function kafkaConnectionOf(config: KafkaConfig) {
  const problems = [...saslProblems(config), ...tlsProblems(config)];
  if (problems.length > 0) throw new ConfigError(problems);
  const { brokers, clientId, tls, tlsAuthority, tlsCertificate, tlsKey, sasl, saslUsername, saslPassword } = config;
  return {
    brokers,
    clientId,
    tls:
      tls === 'off'
        ? null
        : {
            ...(tlsAuthority === null ? {} : { ca: tlsAuthority }),
            ...(tlsCertificate === null ? {} : { certificate: tlsCertificate }),
            ...(tlsKey === null ? {} : { key: tlsKey }),
          },
    sasl: sasl === 'none' ? null : { mechanism: sasl, username: saslUsername ?? '', password: saslPassword ?? '' },
  };
}

/** What `@tidemark/kafka` takes as its registry. Throws `ConfigError` where settings do not go together. */
export function registryConnectionOf({ url, username, password, token }: RegistryConfig) {
  if (token !== null && (username !== null || password !== null)) {
    throw new ConfigError([problem('TIDEMARK_REGISTRY_TOKEN', 'either a token or user and password', 'both')]);
  }
  if ((username === null) !== (password === null)) {
    const missing = username === null ? 'USERNAME' : 'PASSWORD';
    throw new ConfigError([problem(`TIDEMARK_REGISTRY_${missing}`, 'user and password together', 'nothing')]);
  }
  if (token !== null) return { url, auth: { token } };
  return { url, auth: username === null || password === null ? null : { username, password } };
}

function saslProblems({ sasl, saslUsername, saslPassword }: KafkaConfig): ConfigProblem[] {
  const given = { USERNAME: saslUsername, PASSWORD: saslPassword };
  return Object.entries(given).flatMap(([part, value]) => {
    const variable = `TIDEMARK_KAFKA_SASL_${part}`;
    if (sasl === 'none') {
      return value === null ? [] : [problem('TIDEMARK_KAFKA_SASL', `a mechanism, since ${variable} is set`, 'none')];
    }
    return value === null ? [problem(variable, `a value, since TIDEMARK_KAFKA_SASL is ${sasl}`, 'nothing')] : [];
  });
}

function tlsProblems({ tls, tlsAuthority, tlsCertificate, tlsKey }: KafkaConfig): ConfigProblem[] {
  const isGiven = [tlsAuthority, tlsCertificate, tlsKey].some((value) => value !== null);
  if (tls === 'off' && isGiven)
    return [problem('TIDEMARK_KAFKA_TLS', 'on, since TIDEMARK_KAFKA_TLS_... is set', 'off')];
  if ((tlsCertificate === null) === (tlsKey === null)) return [];
  const missing = tlsKey === null ? 'KEY' : 'CERTIFICATE';
  return [problem(`TIDEMARK_KAFKA_TLS_${missing}`, 'certificate and key together', 'nothing')];
}

function problem(variable: string, expected: string, found: string): ConfigProblem {
  return { variable, expected, found };
}

/** `host:port`, separated by commas. */
function addresses(variable: string): Setting<readonly string[]> {
  const expected = 'addresses such as kafka-1:9092,kafka-2:9092';
  const schema = z
    .string({ error: expected })
    .regex(/^[^\s,:]+:\d{1,5}(?:,[^\s,:]+:\d{1,5})*$/, { error: expected })
    .transform((list) => list.split(','));
  return { variable, schema, isSecret: false };
}
