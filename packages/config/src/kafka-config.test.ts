import { describe, expect, test } from 'vitest';
import { kafkaConnectionOf, kafkaSettings, registryConnectionOf, registrySettings } from './kafka-config.ts';
import { ConfigError, type Environment, loadConfig } from './load-config.ts';

const kafka = (env: Environment) =>
  kafkaConnectionOf(loadConfig(kafkaSettings, { TIDEMARK_KAFKA_BROKERS: 'a:9092', ...env }));
const registry = (env: Environment) =>
  registryConnectionOf(loadConfig(registrySettings, { TIDEMARK_REGISTRY_URL: 'http://r:8081', ...env }));

describe('the settings of Kafka', () => {
  test('need the brokers only', () => {
    expect(kafka({ TIDEMARK_KAFKA_BROKERS: 'a:9092,b.example:19092' })).toEqual({
      brokers: ['a:9092', 'b.example:19092'],
      clientId: 'tidemark',
      tls: null,
      sasl: null,
    });
    expect(loadConfig(kafkaSettings, { TIDEMARK_KAFKA_BROKERS: 'a:1' })).toMatchObject({
      sessionTimeoutMs: 10_000,
      replicationFactor: 0,
    });
  });

  test.each(['', 'a', 'a:9092,', 'a:9092 b:9092', 'kafka://a:9092'])('refuse "%s" as brokers', (brokers) => {
    expect(() => kafka({ TIDEMARK_KAFKA_BROKERS: brokers })).toThrow(/TIDEMARK_KAFKA_BROKERS: expected addresses such/);
  });

  test('take TLS with the system’s authorities, or with own ones and a certificate', () => {
    expect(kafka({ TIDEMARK_KAFKA_TLS: 'on' }).tls).toEqual({});
    const own = { TIDEMARK_KAFKA_TLS_CA: 'ca', TIDEMARK_KAFKA_TLS_CERTIFICATE: 'cert', TIDEMARK_KAFKA_TLS_KEY: 'key' };
    expect(kafka({ TIDEMARK_KAFKA_TLS: 'on', ...own }).tls).toEqual({ ca: 'ca', certificate: 'cert', key: 'key' });
  });

  test('take a mechanism with user and password', () => {
    const env = {
      TIDEMARK_KAFKA_SASL: 'scram-sha-512',
      TIDEMARK_KAFKA_SASL_USERNAME: 'me',
      TIDEMARK_KAFKA_SASL_PASSWORD: 'psst',
    };
    expect(kafka(env).sasl).toEqual({ mechanism: 'scram-sha-512', username: 'me', password: 'psst' });
  });

  test.each<[Environment, string]>([
    [{ TIDEMARK_KAFKA_SASL: 'plain', TIDEMARK_KAFKA_SASL_USERNAME: 'me' }, 'TIDEMARK_KAFKA_SASL_PASSWORD'],
    [{ TIDEMARK_KAFKA_SASL_PASSWORD: 'psst' }, 'TIDEMARK_KAFKA_SASL'],
    [{ TIDEMARK_KAFKA_TLS_CA: 'ca' }, 'TIDEMARK_KAFKA_TLS'],
    [{ TIDEMARK_KAFKA_TLS: 'on', TIDEMARK_KAFKA_TLS_KEY: 'key' }, 'TIDEMARK_KAFKA_TLS_CERTIFICATE'],
  ])('that do not go together are refused, and no secret is shown: %o', (env, variable) => {
    expect(problemsOf(() => kafka(env))).toEqual([variable]);
  });
});

describe('the settings of the registry', () => {
  test('take nobody, a user or a token', () => {
    expect(registry({})).toEqual({ url: 'http://r:8081', auth: null });
    expect(registry({ TIDEMARK_REGISTRY_TOKEN: 'abc' }).auth).toEqual({ token: 'abc' });
    expect(registry({ TIDEMARK_REGISTRY_USERNAME: 'me', TIDEMARK_REGISTRY_PASSWORD: 'psst' }).auth).toEqual({
      username: 'me',
      password: 'psst',
    });
  });

  test('refuse half a user, and a user beside a token', () => {
    expect(problemsOf(() => registry({ TIDEMARK_REGISTRY_USERNAME: 'me' }))).toEqual(['TIDEMARK_REGISTRY_PASSWORD']);
    const both = { TIDEMARK_REGISTRY_TOKEN: 'abc', TIDEMARK_REGISTRY_USERNAME: 'me' };
    expect(problemsOf(() => registry(both))).toEqual(['TIDEMARK_REGISTRY_TOKEN']);
  });
});

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toMatch(/psst|abc/);
    return error.problems.map(({ variable }) => variable);
  }
  return [];
}
