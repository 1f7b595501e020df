export {
  ConfigError,
  type ConfigOf,
  type ConfigProblem,
  type ConfigSchema,
  type Environment,
  loadConfig,
  type Setting,
} from './load-config.ts';
export {
  type LaneConfig,
  laneSettings,
  type PipelineConfig,
  pipelineSettings,
  type UnifyConfig,
  unifySettings,
} from './pipeline-config.ts';
export { choice, secret, text, wholeNumber } from './settings.ts';
