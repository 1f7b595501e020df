import { existsSync } from 'node:fs';
import { embeddedSchemaIds, LANES_DEFAULT, topics } from '@tidemark/contracts';
import { openEmbedded, openEmbeddedReader, removeEmbedded } from '@tidemark/embedded';
import { untilThere, type Waiting } from '@tidemark/runtime';
import {
  type Committed,
  type Lane,
  OperatingError,
  type ProfileReader,
  type ProfileStore,
  type Topic,
} from '@tidemark/stream';
import type { UpOptions } from './command.ts';
import type { PipelinePorts } from './pipeline.ts';

/** What the services of a run work on: a data folder, or real servers. */
export interface Backend extends PipelinePorts {
  readonly store: ProfileStore & ProfileReader;
  /** Resolves where the schema registry answers; null where there is none. */
  readonly pingRegistry: (() => Promise<void>) | null;
  /** Where that is, for people. */
  readonly location: string;
  /** Records that a replay may be ahead of the folds, besides the day being written. */
  readonly recordsAheadMax: number;
  /** What a consumer group has committed for a lane, by topic. */
  committed(group: string, lane: Lane): Promise<ReadonlyMap<Topic, Committed>>;
  /** Does what may be done again, until it is done, where what is away may come back. */
  persist<Result>(work: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Measured from 2,000 to 20,000: no faster with more, but what waits for long costs memory and garbage collection.
 */
const RECORDS_AHEAD_MAX = 2_000;

/** Opens the data folder, after removing what it has if that is asked for. */
export function openFolder(
  { data, fresh, lanes }: Pick<UpOptions, 'data' | 'fresh' | 'lanes'>,
  waiting: Waiting,
  onFailure: (error: OperatingError) => void,
): Backend {
  const { clock } = waiting;
  if (fresh) removeEmbedded(data);
  const embedded = openEmbedded({
    folder: data,
    lanes: lanes ?? lanesOf(data) ?? LANES_DEFAULT,
    topics: topics.map(({ name }) => name),
    clock,
    onFailure,
  });
  return {
    log: embedded.log,
    store: embedded.store,
    schemaIds: embeddedSchemaIds,
    pingRegistry: null,
    location: data,
    recordsAheadMax: RECORDS_AHEAD_MAX,
    committed: embedded.committed,
    persist: (work) => untilThere(work, waiting),
    close: async () => embedded.close(),
  };
}

/** The lanes that the folder was made with, so that --lanes need not be repeated; null if it cannot be read yet. */
function lanesOf(folder: string): number | null {
  if (!existsSync(folder)) return null;
  try {
    const reader = openEmbeddedReader(folder);
    const { lanes } = reader.log;
    reader.close();
    return lanes;
  } catch (error) {
    // Whatever is wrong with the folder, opening it for writing says so.
    if (error instanceof OperatingError) return null;
    throw error;
  }
}
