import { everySetting, laneSettings, loadConfig, unifySettings, type Environment as Variables } from '@tidemark/config';
import type { FoldOptions } from '@tidemark/pipeline';
import { foldOptionsOf, unifyOptionsOf } from '@tidemark/runtime';
import type { UnifyOptions } from '@tidemark/timeline';

/** The bounds within which the services of one process work. */
export interface PipelineSettings {
  readonly fold: FoldOptions;
  readonly unify: UnifyOptions;
}

/** Those of embedded mode, from the environment. Throws `ConfigError`. */
export function readPipelineSettings(variables: Variables): PipelineSettings {
  const { lane, unify } = loadConfig({ lane: laneSettings, unify: unifySettings }, variables, everySetting);
  return { fold: foldOptionsOf(lane), unify: unifyOptionsOf(lane, unify) };
}
