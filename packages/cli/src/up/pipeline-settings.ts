import {
  laneSettings,
  loadConfig,
  pipelineSettings,
  querySettings,
  unifySettings,
  type Environment as Variables,
} from '@tidemark/config';
import type { FoldOptions } from '@tidemark/pipeline';
import type { UnifyOptions } from '@tidemark/unify';

/** The bounds within which the services of one process work. */
export interface PipelineSettings {
  readonly fold: FoldOptions;
  readonly unify: UnifyOptions;
}

const MIB = 1_048_576;
/** The lanes' places are committed so often; it only matters to who looks from outside. */
const MIRROR_MS = 1_000;
/** A disk that is busy may be free soon. */
const RETRY_MS = 200;
/** Timeline records looked at for one chunk. */
const RECORDS_MAX = 2_000;

/** Reads them from the environment. Throws `ConfigError`. */
export function readPipelineSettings(variables: Variables): PipelineSettings {
  const { lane, unify } = loadConfig({ lane: laneSettings, unify: unifySettings }, variables, [
    pipelineSettings,
    querySettings,
  ]);
  const input = { recordsMax: lane.queueRecordsMax, bytesMax: MIB };
  return {
    fold: {
      chunk: { stepsMax: lane.stepsMax, customersMax: lane.customersMax, bytesMax: lane.chunkBytesMax },
      recordsMax: RECORDS_MAX,
      cacheCustomersMax: lane.cacheCustomersMax,
      outboxMax: lane.outboxMax,
      retryMs: RETRY_MS,
      mirrorMs: MIRROR_MS,
      input,
    },
    unify: {
      ...unify,
      input,
      batchBytesMax: MIB,
      retryMs: RETRY_MS,
    },
  };
}
