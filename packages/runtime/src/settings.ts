import {
  ConfigError,
  type ConfigProblem,
  type DoorConfig,
  doorSettings,
  type Environment,
  everySetting,
  kafkaConnectionOf,
  kafkaSettings,
  loadConfig,
  type ProcessConfig,
  pipelineSettings,
  processSettings,
  type QueryConfig,
  querySettings,
  type RedisConfig,
  redisSettings,
  registryConnectionOf,
  registrySettings,
  remoteLaneSettings,
  unifySettings,
} from '@tidemark/config';
import type { Compression, KafkaConnection, RegistryConnection } from '@tidemark/kafka';
import type { FoldOptions } from '@tidemark/pipeline';
import type { UnifyOptions } from '@tidemark/timeline';
import { foldOptionsOf, unifyOptionsOf } from './lane-options.ts';

/** Where the real stack is, which pipeline on it, and the bounds within which its services work. */
export interface ServiceSettings extends ProcessConfig {
  readonly namespace: string;
  readonly lanes: number;
  readonly kafka: {
    readonly connection: KafkaConnection;
    readonly sessionTimeoutMs: number;
    readonly compression: Compression;
    readonly replicationFactor: number;
  };
  readonly redis: RedisConfig;
  /** Null: not asked for. */
  readonly registry: RegistryConnection | null;
  readonly fold: FoldOptions;
  readonly unify: UnifyOptions;
  readonly query: QueryConfig;
  readonly door: DoorConfig;
}

const schema = {
  process: processSettings,
  pipeline: pipelineSettings,
  kafka: kafkaSettings,
  redis: redisSettings,
  lane: remoteLaneSettings,
  unify: unifySettings,
  query: querySettings,
  door: doorSettings,
} as const;

/** Throws `ConfigError` with all problems at once. The registry has no default address: it is asked for only if needed. */
export function readServiceSettings(
  env: Environment,
  { registry: needsRegistry }: { readonly registry: boolean },
): ServiceSettings {
  const problems = new Map<string, ConfigProblem>();
  const config = collect(() => loadConfig(schema, env, everySetting), problems);
  const connection = config && collect(() => kafkaConnectionOf(config.kafka), problems);
  const registry = needsRegistry
    ? collect(() => registryConnectionOf(loadConfig(registrySettings, env, everySetting)), problems)
    : null;
  if (config === null || connection === null || problems.size > 0) throw new ConfigError([...problems.values()]);
  const { kafka, lane, unify } = config;
  return {
    ...config.process,
    ...config.pipeline,
    kafka: {
      connection,
      sessionTimeoutMs: kafka.sessionTimeoutMs,
      compression: kafka.compression,
      replicationFactor: kafka.replicationFactor,
    },
    redis: config.redis,
    registry,
    fold: foldOptionsOf(lane),
    unify: unifyOptionsOf(lane, unify),
    query: config.query,
    door: config.door,
  };
}

function collect<Value>(read: () => Value, problems: Map<string, ConfigProblem>): Value | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) problems.set(problem.variable, problem);
    return null;
  }
}
