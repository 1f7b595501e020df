import { type CustomerId, compareCustomerIds } from '@tidemark/domain';
import type { LaneFold } from '../folds/lane-fold.ts';
import type { LaneRead } from '../ports/profile-store.ts';
import type { TimelineRecord } from '../timeline-record.ts';
import type { ToldBefore } from './mark.ts';
import { LOOK_PHASE, type StepPhase } from './step-order.ts';

/** A record that concerns every customer of the lane, in order: a new policy, or the cutover to the fold's version. */
export interface Wave {
  readonly kind: 'policy' | 'cutover';
  readonly phase: StepPhase;
  /** By id bytes, as far as they are known. */
  readonly customers: readonly CustomerId[];
}

/** Whether a record may concern every customer. */
export function isForAll({ type }: TimelineRecord): boolean {
  return type === 'policy' || type === 'cutover';
}

/** Whom a record concerns beside those of its own steps: everybody, of whom something is known or was told. */
export function waveOf(
  { recordPhase, takeover }: Pick<LaneFold<never, never, never>, 'recordPhase'> & { readonly takeover: object | null },
  { read, told }: { readonly read: Pick<LaneRead, 'scanned'>; readonly told: ToldBefore | null },
  isPolicy: boolean,
  looks: boolean,
): Wave | null {
  const known = read.scanned.map(({ customerId }) => customerId);
  if (isPolicy) return { kind: 'policy', phase: recordPhase, customers: known };
  if (!looks || takeover === null) return null;
  const customers = [...new Set([...known, ...(told?.customers ?? [])])].sort(compareCustomerIds);
  return { kind: 'cutover', phase: LOOK_PHASE, customers };
}
