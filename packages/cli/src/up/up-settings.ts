import {
  laneSettings,
  loadConfig,
  pipelineSettings,
  querySettings,
  unifySettings,
  type Environment as Variables,
} from '@tidemark/config';
import type { QueryOptions } from '@tidemark/service-query';
import type { LoggerOptions } from '@tidemark/telemetry';
import type { UpOptions } from './command.ts';
import { type PipelineSettings, readPipelineSettings } from './pipeline-settings.ts';

export interface UpSettings {
  readonly pipeline: PipelineSettings;
  readonly server: QueryOptions;
  readonly log: Pick<LoggerOptions, 'level' | 'format'>;
}

/** Options of the command line win over the environment. Throws `ConfigError`. */
export function readUpSettings({ port, host, log }: UpOptions, variables: Variables): UpSettings {
  const pipeline = readPipelineSettings(variables);
  const server = loadConfig(querySettings, variables, [pipelineSettings, laneSettings, unifySettings]);
  return {
    pipeline,
    server: { ...server, ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }) },
    // Who does not ask for the log reads what goes wrong, and nothing else beside the command's own words.
    log: log === undefined ? { level: 'warn', format: 'pretty' } : { level: 'info', format: log },
  };
}
