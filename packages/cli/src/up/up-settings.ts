import { everySetting, loadConfig, querySettings, type Environment as Variables } from '@tidemark/config';
import { readServiceSettings, type ServiceSettings } from '@tidemark/service';
import type { QueryOptions } from '@tidemark/service-query';
import type { LoggerOptions } from '@tidemark/telemetry';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { UpOptions } from './command.ts';
import { type PipelineSettings, readPipelineSettings } from './pipeline-settings.ts';

export interface UpSettings {
  readonly pipeline: PipelineSettings;
  /** The servers to work on; null: a data folder. */
  readonly remote: ServiceSettings | null;
  readonly server: QueryOptions;
  readonly log: Pick<LoggerOptions, 'level' | 'format'>;
}

/** Options of the command line win over the environment. Throws `ConfigError` and `Failure`. */
export function readUpSettings(options: UpOptions, variables: Variables): UpSettings {
  const { port, host, log } = options;
  const remote = readRemoteSettings(options, variables);
  const server = loadConfig(querySettings, variables, everySetting);
  return {
    pipeline: remote ?? readPipelineSettings(variables),
    remote,
    server: { ...server, ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }) },
    // Who does not ask for the log reads what goes wrong, and nothing else beside the command's own words.
    log: log === undefined ? { level: 'warn', format: 'pretty' } : { level: 'info', format: log },
  };
}

/** The addresses must be asked for: an environment that has them does not turn a newcomer's first try to other servers. */
function readRemoteSettings(
  { kafka, redis, registry, lanes }: UpOptions,
  variables: Variables,
): ServiceSettings | null {
  if (kafka === undefined && redis === undefined && registry === undefined) return null;
  if (kafka === undefined || redis === undefined || registry === undefined) {
    throw new Failure('expected --kafka, --redis and --registry together, or none of them', EXIT.usage);
  }
  const asked = {
    TIDEMARK_KAFKA_BROKERS: kafka,
    TIDEMARK_REDIS_URL: redis,
    TIDEMARK_REGISTRY_URL: registry,
    ...(lanes === undefined ? {} : { TIDEMARK_LANES: String(lanes) }),
  };
  return readServiceSettings({ ...variables, ...asked }, { registry: true });
}
