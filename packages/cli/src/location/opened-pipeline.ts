import type { SchemaIds } from '@tidemark/contracts';
import type { FoldOptions } from '@tidemark/pipeline';
import type { ServiceSettings } from '@tidemark/runtime';
import type { Committed, EventLog, Lane, ProfileReader, ProfileStore, Topic } from '@tidemark/stream';
import type { Environment } from '../terminal/environment.ts';
import { holdFolder, lookIntoFolder } from './open-folder.ts';
import type { LocationOptions } from './options.ts';
import { readServersAsked } from './servers-asked.ts';

/** A pipeline that is there, to look at while others may work on it. */
export interface OpenedPipeline {
  readonly log: Pick<EventLog, 'lanes' | 'bounds' | 'read'>;
  readonly store: Pick<ProfileStore, 'acquire' | 'readLane'> & ProfileReader;
  /** Where it is, for people. */
  readonly location: string;
  /** What a service's consumer group has committed for a lane, by topic. */
  committed(group: string, lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
  /** How many other processes work as this service; one that was killed may count for some seconds more. */
  members(service: string): Promise<number>;
  /** The schemas of what stands in raw topics. Only whoever decodes it needs a registry that answers. */
  schemaIds(): Promise<SchemaIds>;
  close(): Promise<void>;
}

/** The same, to change it. */
export interface ChangedPipeline extends OpenedPipeline {
  readonly log: EventLog;
  readonly store: ProfileStore & ProfileReader;
  /**
   * Commits for a service's consumer group while nobody is in it; false, and nothing is committed, where somebody is. Null
   * in a data folder, where only the process that has it commits.
   */
  readonly commitOutside:
    | ((group: string, lane: Lane, places: ReadonlyMap<Topic, Committed>) => Promise<boolean>)
    | null;
  /** The bounds within which folds work on it. */
  readonly fold: FoldOptions;
}

/** Looks at a pipeline with `use`, and leaves it as it is. Throws what is wrong with the folder or the servers. */
export async function readPipeline<Result>(
  options: LocationOptions,
  environment: Environment,
  use: (pipeline: OpenedPipeline) => Promise<Result>,
): Promise<Result> {
  const servers = readServersAsked(options, environment.variables);
  return useAndClose(servers === null ? lookIntoFolder(options.data) : await openOnServers(servers, environment), use);
}

/**
 * Works on a pipeline that is there: a data folder no other process may use meanwhile (`data-folder-held` if one does), on
 * servers the services go on.
 */
export async function changePipeline<Result>(
  options: LocationOptions,
  environment: Environment,
  use: (pipeline: ChangedPipeline) => Promise<Result>,
): Promise<Result> {
  const servers = readServersAsked(options, environment.variables);
  return useAndClose(
    servers === null ? await holdFolder(options.data, environment) : await openOnServers(servers, environment),
    use,
  );
}

/** Whoever works on a folder does not load the clients of Kafka and Redis. */
async function openOnServers(settings: ServiceSettings, environment: Environment): Promise<ChangedPipeline> {
  const servers = await import('./open-servers.ts');
  return servers.openServers(settings, environment);
}

async function useAndClose<Pipeline extends OpenedPipeline, Result>(
  pipeline: Pipeline,
  use: (pipeline: Pipeline) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(pipeline);
  } finally {
    await pipeline.close();
  }
}
