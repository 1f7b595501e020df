import type { ConfigOf } from './load-config.ts';
import { text, wholeNumber } from './settings.ts';

const KIB = 1_024;
const MIB = 1_048_576;

/** What all services of a pipeline must agree on. Fixed for its life. */
export const pipelineSettings = {
  namespace: text('TIDEMARK_NAMESPACE', {
    fallback: 'tidemark',
    pattern: /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/,
    expected: 'at most 48 lower-case letters, digits and inner hyphens',
  }),
  lanes: wholeNumber('TIDEMARK_LANES', { fallback: 12, min: 1, max: 1_024 }),
} as const;

/** The bounds within which a service works a lane. Defaults suit embedded mode: twelve lanes of five services, 512 MiB. */
export const laneSettings = {
  /** Steps folded before a commit. */
  stepsMax: wholeNumber('TIDEMARK_CHUNK_STEPS_MAX', { fallback: 2_000, min: 1, max: 100_000 }),
  /** Customers changed in a commit: a script of Redis blocks it for about 2 µs a field. */
  customersMax: wholeNumber('TIDEMARK_CHUNK_CUSTOMERS_MAX', { fallback: 2_000, min: 1, max: 2_000 }),
  /** States and outputs of a commit. */
  chunkBytesMax: wholeNumber('TIDEMARK_CHUNK_BYTES_MAX', { fallback: MIB, min: 64 * KIB, max: 16 * MIB }),
  /** Outputs committed and not yet sent; past it the lane stops fetching. */
  outboxMax: wholeNumber('TIDEMARK_OUTBOX_RECORDS_MAX', { fallback: 10_000, min: 100, max: 1_000_000 }),
  /** States kept in memory between chunks, by lane and service. Few suit embedded mode: reading a state again costs less
   * than the garbage collector takes for one that lives long and changes often. */
  cacheCustomersMax: cacheCustomersMax(50),
  /** Records fetched and not yet folded, by lane and input; past it the input is paused. */
  queueRecordsMax: wholeNumber('TIDEMARK_QUEUE_RECORDS_MAX', { fallback: 4_000, min: 1, max: 1_000_000 }),
} as const;

/** The same with a store across the network, where a state in memory spares a share of a round trip. */
export const remoteLaneSettings = { ...laneSettings, cacheCustomersMax: cacheCustomersMax(20_000) } as const;

/** The bounds within which unify takes raw records. */
export const unifySettings = {
  /** Raw records taken into one send; after a restart unify looks back over as many. */
  batchRecordsMax: wholeNumber('TIDEMARK_BATCH_RECORDS_MAX', { fallback: 2_000, min: 1, max: 2_000 }),
  /** Key and value of a raw record together; beyond it is a dead letter. What becomes of it must fit a message of 1 MiB. */
  recordBytesMax: wholeNumber('TIDEMARK_RECORD_BYTES_MAX', { fallback: 256 * KIB, min: KIB, max: 512 * KIB }),
  /** A lane on the wall clock that was silent for so long gets a tick where a timer waits for one. */
  tickMs: wholeNumber('TIDEMARK_TICK_MS', { fallback: 1_000, min: 100, max: 60_000 }),
} as const;

export type PipelineConfig = ConfigOf<typeof pipelineSettings>;
export type LaneConfig = ConfigOf<typeof laneSettings>;
export type UnifyConfig = ConfigOf<typeof unifySettings>;

function cacheCustomersMax(fallback: number) {
  return wholeNumber('TIDEMARK_CACHE_CUSTOMERS_MAX', { fallback, min: 1, max: 1_000_000 });
}
