import { doorSettings } from './door-config.ts';
import { kafkaSettings, registrySettings } from './kafka-config.ts';
import type { ConfigSchema } from './load-config.ts';
import { laneSettings, pipelineSettings, unifySettings } from './pipeline-config.ts';
import { processSettings } from './process-config.ts';
import { querySettings } from './query-config.ts';
import { redisSettings } from './redis-config.ts';

/** What any part of Tidemark reads: an environment that all processes share is no mistake in one that needs a part of it. */
export const everySetting: readonly ConfigSchema[] = [
  pipelineSettings,
  laneSettings,
  unifySettings,
  querySettings,
  doorSettings,
  kafkaSettings,
  registrySettings,
  redisSettings,
  processSettings,
];
