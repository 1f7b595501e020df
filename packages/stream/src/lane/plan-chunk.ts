import type { CustomerId, TimeMs } from '@tidemark/domain';
import type { LaneFold } from '../folds/lane-fold.ts';
import type { LaneRead, ReadRequest } from '../ports/profile-store.ts';
import type { ChunkBounds } from './chunk.ts';
import type { LaneMeta } from './lane-meta.ts';
import type { JoinedRecord } from './record-steps.ts';
import { LOOK_PHASE, type StepPhase } from './step-order.ts';

/** What a lane reads where it has everything in memory. */
export const NOTHING_TO_READ: LaneRead = { customers: [], due: [], scanned: [], firstTimer: null };

type Wanting = Pick<LaneFold<never, never, never>, 'wants' | 'recordPhase'>;

/** Who of a lane's customers is in memory. */
interface Known {
  readonly isWhole: boolean;
  has(customerId: CustomerId): boolean;
}

export interface ReadPlan {
  readonly request: ReadRequest;
  /** Customers, once each time they are met, who need not be read. */
  readonly cacheHits: number;
}

/** The ready records that fit a chunk; what concerns every customer, a policy or a cutover, gets one of its own. */
export function takeChunk(
  ready: readonly JoinedRecord[],
  fold: Wanting,
  { customersMax, bytesMax }: ChunkBounds,
): readonly JoinedRecord[] {
  let customers = 0;
  let bytes = 0;
  for (const [count, { record, changes }] of ready.entries()) {
    if (record.type === 'policy' || record.type === 'cutover') return ready.slice(0, Math.max(count, 1));
    customers += changes.length + (fold.wants(record) ? 1 : 0);
    bytes += record.source.value?.length ?? 0;
    if (count > 0 && (customers > customersMax || bytes > bytesMax)) return ready.slice(0, count);
  }
  return ready;
}

/**
 * What a chunk of these records needs of the store.
 *
 * @param looks whether the first is the cutover of this version, which concerns every customer
 */
export function planRead(
  records: readonly JoinedRecord[],
  fold: Wanting,
  meta: LaneMeta,
  known: Known,
  { customersMax: limit }: ChunkBounds,
  looks: boolean,
): ReadPlan {
  const customers = new Set<CustomerId>();
  let cacheHits = 0;
  const want = (customerId: CustomerId) => {
    if (known.isWhole || known.has(customerId)) cacheHits++;
    else customers.add(customerId);
  };
  let { streamTime } = meta;
  for (const { record, changes } of records) {
    if (record.logTime > streamTime) streamTime = record.logTime;
    if (record.customerId !== null && fold.wants(record)) want(record.customerId);
    for (const change of changes) want(change.customerId);
  }
  // Of the steps of every customer, where the record has them.
  const phase = records[0]?.record.type === 'policy' ? fold.recordPhase : looks ? LOOK_PHASE : null;
  const due = known.isWhole ? null : { until: streamTime, limit };
  const scan = phase === null ? null : { after: scannedThrough(meta, streamTime, phase), limit };
  return { request: { customers: [...customers], due, scan }, cacheHits };
}

/** The last customer of a wave that is part-way. */
function scannedThrough({ place: { cursor } }: LaneMeta, streamTime: TimeMs, phase: StepPhase): CustomerId | null {
  return cursor !== null && cursor.at === streamTime && cursor.phase === phase ? cursor.customerId : null;
}

/**
 * With every customer asked for in memory and no timer due a read could only say that another owner was first: so will
 * the commit.
 *
 * @param firstTimer no timer in the store is due before
 */
export function needsRead({ customers, due, scan }: ReadRequest, firstTimer: number): boolean {
  return customers.length > 0 || scan !== null || (due !== null && firstTimer <= due.until);
}

/** Before when no timer in the store is due, after a read: what the chunk may have left due is read again. */
export function timersFrom(before: number, { due }: ReadRequest, read: LaneRead): number {
  if (read === NOTHING_TO_READ) return before;
  return due === null || read.due.length > 0 ? 0 : (read.firstTimer ?? Number.POSITIVE_INFINITY);
}
