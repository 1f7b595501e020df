import { HOUR_MS } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';
import type { UnifyOptions } from '@tidemark/timeline';
import { RECORD_BYTES_MAX } from './bad-records.ts';
import type { DeploymentOptions } from './deployment.ts';
import type { ClockKind } from './workload.ts';

const RETRY_MS = 100;
const BYTES_ENOUGH = 1e6;
/** More than any seed has. */
const LANES = Array.from({ length: 10 }, (_, lane) => lane);

/** Bounds so small that everything is cut, evicted and paused somewhere; for a crowd just below what it takes. */
export function drawOptions(random: Random, clock: ClockKind, isCrowd: boolean): DeploymentOptions {
  const mirrorMs = clock === 'event' ? random.pick([20, 200]) : random.pick([1, 6]) * HOUR_MS;
  if (isCrowd) return deferring(boundsOf(random.between(10, 100), mirrorMs, 6 * HOUR_MS));
  return deferring({
    fold: {
      chunk: {
        stepsMax: random.between(1, 4),
        customersMax: random.between(1, 3),
        bytesMax: random.pick([300, 2_000, BYTES_ENOUGH]),
      },
      recordsMax: random.between(1, 5),
      cacheCustomersMax: random.between(1, 3),
      outboxMax: random.pick([1, 5, 100]),
      retryMs: RETRY_MS,
      mirrorMs,
      input: { recordsMax: random.between(1, 8), bytesMax: random.pick([500, BYTES_ENOUGH]) },
    },
    unify: {
      input: { recordsMax: random.between(1, 8), bytesMax: random.pick([500, BYTES_ENOUGH]) },
      batchRecordsMax: random.between(1, 6),
      batchBytesMax: random.pick([1_000, BYTES_ENOUGH]),
      recordBytesMax: RECORD_BYTES_MAX,
      ...ticks(random.pick([6, 12]) * HOUR_MS),
      retryMs: RETRY_MS,
    },
  });
}

/** Folds with room for most customers of a lane commit late. */
function deferring({ fold, unify }: DeploymentOptions): DeploymentOptions {
  if (fold.cacheCustomersMax < 3) return { fold, unify };
  return { fold: { ...fold, defersTo: new Map(LANES.map((lane) => [lane, Number.POSITIVE_INFINITY])) }, unify };
}

/** The same small bound for everything. */
export function boundsOf(records: number, mirrorMs: number, tickMs = HOUR_MS): DeploymentOptions {
  const input = { recordsMax: records, bytesMax: BYTES_ENOUGH };
  return {
    fold: {
      chunk: { stepsMax: records, customersMax: records, bytesMax: BYTES_ENOUGH },
      recordsMax: records,
      cacheCustomersMax: records,
      outboxMax: records,
      retryMs: RETRY_MS,
      mirrorMs,
      input,
    },
    unify: {
      input,
      batchRecordsMax: records,
      batchBytesMax: BYTES_ENOUGH,
      recordBytesMax: RECORD_BYTES_MAX,
      ...ticks(tickMs),
      retryMs: RETRY_MS,
    },
  };
}

/** A lane without a timer has so many of them less. */
const QUIET_TICKS = 4;

function ticks(tickMs: number): Pick<UnifyOptions, 'tickMs' | 'quietTickMs'> {
  return { tickMs, quietTickMs: QUIET_TICKS * tickMs };
}
