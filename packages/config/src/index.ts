export { type DoorConfig, doorSettings } from './door-config.ts';
export { everySetting } from './every-setting.ts';
export {
  type KafkaConfig,
  kafkaConnectionOf,
  kafkaSettings,
  type RegistryConfig,
  registryConnectionOf,
  registrySettings,
} from './kafka-config.ts';
export {
  ConfigError,
  type ConfigOf,
  type ConfigProblem,
  type ConfigSchema,
  describeProblem,
  type Environment,
  loadConfig,
  type Setting,
  variablesOf,
} from './load-config.ts';
export {
  type LaneConfig,
  laneSettings,
  type PipelineConfig,
  pipelineSettings,
  remoteLaneSettings,
  type UnifyConfig,
  unifySettings,
} from './pipeline-config.ts';
export { type ProcessConfig, processSettings } from './process-config.ts';
export { type QueryConfig, querySettings } from './query-config.ts';
export { type RedisConfig, redisSettings } from './redis-config.ts';
export { choice, secret, secrets, text, wholeNumber } from './settings.ts';
