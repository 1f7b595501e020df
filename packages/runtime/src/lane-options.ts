import type { LaneConfig, UnifyConfig } from '@tidemark/config';
import type { FoldOptions } from '@tidemark/pipeline';
import type { Lane, Offset } from '@tidemark/stream';
import type { UnifyOptions } from '@tidemark/timeline';

const MIB = 1_048_576;
/** The lanes' places are committed so often; it only matters to who looks from outside. */
const MIRROR_MS = 1_000;
/** What is away or busy may be back soon. */
const RETRY_MS = 200;
/** Timeline records looked at for one chunk. */
const RECORDS_MAX = 2_000;

/** The bounds within which a fold works, in one process with all others or alone. */
export function foldOptionsOf(lane: LaneConfig): FoldOptions {
  return {
    chunk: { stepsMax: lane.stepsMax, customersMax: lane.customersMax, bytesMax: lane.chunkBytesMax },
    recordsMax: RECORDS_MAX,
    cacheCustomersMax: lane.cacheCustomersMax,
    outboxMax: lane.outboxMax,
    retryMs: RETRY_MS,
    mirrorMs: MIRROR_MS,
    input: inputOf(lane),
  };
}

/**
 * For a fold that goes through the log again, up to `ends`, with the process to itself: a commit that changes a customer many
 * times writes them once. `customersMax` of a commit: for how long the store may be kept from others. The input holds less than
 * a chunk may take, since it comes in batches: measured, 12,000 were slower, and took 100 MiB more.
 */
export function catchUpOptionsOf(
  fold: FoldOptions,
  customersMax: number,
  ends: ReadonlyMap<Lane, Offset>,
): FoldOptions {
  return {
    ...fold,
    defersTo: ends,
    chunk: {
      customersMax,
      stepsMax: Math.max(fold.chunk.stepsMax, 10_000),
      bytesMax: Math.max(fold.chunk.bytesMax, 4 * MIB),
    },
    recordsMax: 10_000,
    input: { recordsMax: Math.max(fold.input.recordsMax, 8_000), bytesMax: 4 * MIB },
  };
}

/** A lane without any timer moves so often: what readers see of its clock is no older. */
const QUIET_TICK_MS = 30_000;

/** The bounds within which unify works. */
export function unifyOptionsOf(lane: LaneConfig, unify: UnifyConfig): UnifyOptions {
  return {
    ...unify,
    quietTickMs: Math.max(QUIET_TICK_MS, unify.tickMs),
    input: inputOf(lane),
    batchBytesMax: MIB,
    retryMs: RETRY_MS,
  };
}

function inputOf({ queueRecordsMax }: LaneConfig) {
  return { recordsMax: queueRecordsMax, bytesMax: MIB };
}
