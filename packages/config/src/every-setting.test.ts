import { expect, test } from 'vitest';
import { everySetting } from './every-setting.ts';
import { loadConfig } from './load-config.ts';
import { pipelineSettings } from './pipeline-config.ts';

test('an environment that all processes share is no mistake in one that needs a part of it; another name is', () => {
  const shared = {
    TIDEMARK_LANES: '3',
    TIDEMARK_KAFKA_BROKERS: 'kafka:9092',
    TIDEMARK_REDIS_PASSWORD_FILE: '/run/secrets/redis',
    TIDEMARK_REGISTRY_URL: 'http://registry',
    TIDEMARK_QUERY_PORT: '8081',
    TIDEMARK_OPERATIONS_PORT: '9465',
    TIDEMARK_TICK_MS: '500',
    TIDEMARK_CACHE_CUSTOMERS_MAX: '7',
  };
  expect(loadConfig(pipelineSettings, shared, everySetting).lanes).toBe(3);
  expect(() => loadConfig(pipelineSettings, { TIDEMARK_LANE: '3' }, everySetting)).toThrow(
    /TIDEMARK_LANE: expected one/,
  );
});
