import { ConfigError } from '@tidemark/config';
import { expect, test } from 'vitest';
import { readServiceSettings } from './settings.ts';

const KAFKA = { TIDEMARK_KAFKA_BROKERS: 'one:9092,two:9092' };

test('a service that needs no registry is not asked for one', () => {
  const settings = readServiceSettings(KAFKA, { registry: false });
  expect(settings).toMatchObject({ namespace: 'tidemark', lanes: 12, registry: null });
  expect(settings.kafka.connection.brokers).toEqual(['one:9092', 'two:9092']);
  expect(settings.fold.cacheCustomersMax).toBe(20_000);
  expect(settings.operations).toEqual({ host: '127.0.0.1', port: 9_464 });
});

test('all problems are told at once, each once: of values, of what is missing, and of what does not go together', () => {
  const wrong = { TIDEMARK_LANES: 'x', TIDEMARK_LOG_FORMAT: 'xml', TIDEMARK_NOPE: '1' };
  expect(problemsOf(wrong)).toEqual([
    'TIDEMARK_LOG_FORMAT',
    'TIDEMARK_LANES',
    'TIDEMARK_KAFKA_BROKERS',
    'TIDEMARK_NOPE',
    'TIDEMARK_REGISTRY_URL',
  ]);
  expect(problemsOf(KAFKA)).toEqual(['TIDEMARK_REGISTRY_URL']);
  const registry = { TIDEMARK_REGISTRY_URL: 'http://r', TIDEMARK_REGISTRY_TOKEN: 't', TIDEMARK_REGISTRY_USERNAME: 'u' };
  expect(problemsOf({ ...KAFKA, ...registry, TIDEMARK_KAFKA_SASL: 'plain' })).toEqual([
    'TIDEMARK_KAFKA_SASL_USERNAME',
    'TIDEMARK_KAFKA_SASL_PASSWORD',
    'TIDEMARK_REGISTRY_TOKEN',
  ]);
});

function problemsOf(env: Readonly<Record<string, string>>): string[] {
  try {
    readServiceSettings(env, { registry: true });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable);
    throw error;
  }
  return [];
}
