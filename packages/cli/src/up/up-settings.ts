import { doorSettings, everySetting, loadConfig, querySettings, type Environment as Variables } from '@tidemark/config';
import { EMBEDDED_LANES_MAX } from '@tidemark/embedded';
import type { ServiceSettings } from '@tidemark/runtime';
import type { QueryOptions } from '@tidemark/service-query';
import type { LoggerOptions } from '@tidemark/telemetry';
import { readServersAsked } from '../location/servers-asked.ts';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { UpOptions } from './command.ts';
import { type PipelineSettings, readPipelineSettings } from './pipeline-settings.ts';

export interface UpSettings {
  readonly pipeline: PipelineSettings;
  /** The servers to work on; null: a data folder. */
  readonly remote: ServiceSettings | null;
  readonly server: QueryOptions;
  readonly sourcesFile: string | null;
  readonly log: Pick<LoggerOptions, 'level' | 'format'>;
}

/** Options of the command line win over the environment. Throws `ConfigError` and `Failure`. */
export function readUpSettings(options: UpOptions, variables: Variables): UpSettings {
  const { port, host, log } = options;
  const remote = readServersAsked(options, variables);
  if (remote === null) checkFolderLanes(options);
  const server = loadConfig(querySettings, variables, everySetting);
  return {
    pipeline: remote ?? readPipelineSettings(variables),
    remote,
    server: { ...server, ...(port === undefined ? {} : { port }), ...(host === undefined ? {} : { host }) },
    sourcesFile: loadConfig(doorSettings, variables, everySetting).sourcesFile,
    // Who does not ask for the log reads what goes wrong, and nothing else beside the command's own words.
    log: log === undefined ? { level: 'warn', format: 'pretty' } : { level: 'info', format: log },
  };
}

function checkFolderLanes({ lanes = 1 }: UpOptions): void {
  if (lanes <= EMBEDDED_LANES_MAX) return;
  throw new Failure(
    `expected at most ${EMBEDDED_LANES_MAX} lanes in a data folder, found --lanes ${lanes}: a folder has one process. More are ` +
      'for servers (--kafka, --redis, --registry)',
    EXIT.usage,
  );
}
