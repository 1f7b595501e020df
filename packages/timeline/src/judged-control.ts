import type { ClockName } from '@tidemark/contracts';
import type { Committed, EventLog, Lane, Offset } from '@tidemark/stream';
import { noteOf } from './committed-note.ts';
import { type PolicyInForce, readPolicyAt } from './lane-policy.ts';

/** How far unify has judged a lane's `control`, and what has come of it: facts for whoever writes there. */
export interface JudgedControl {
  /** The first record that is not judged. */
  readonly next: Offset;
  /** Null: unify has not taken anything yet. */
  readonly clock: ClockName | null;
  /** The policy in force; null: none yet. */
  readonly policy: PolicyInForce | null;
}

/** `committed`: what unify's group has committed of `control`. Throws a `Fault` for what is not unify's. */
export async function readJudgedControl(
  log: Pick<EventLog, 'read'>,
  lane: Lane,
  committed: Committed | undefined,
): Promise<JudgedControl> {
  const note = noteOf(committed, lane);
  if (committed === undefined || note === null) return { next: 0, clock: null, policy: null };
  const policy = note.policyAt === null ? null : await readPolicyAt(log, lane, note.policyAt);
  return { next: committed.offset, clock: note.clock, policy };
}
