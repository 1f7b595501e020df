import type { ClockName, TimelineFormat } from '@tidemark/contracts';
import { type Committed, Fault, type Lane, type Offset } from '@tidemark/stream';
import type { RawInputState } from './raw-input.ts';

/** What the committed offset of each input carries: beside how far it is merged, what is known of the lane. */
export interface CommittedNote extends RawInputState {
  readonly clock: ClockName | null;
  /** Where on the timeline the policy in force stands. */
  readonly policyAt: Offset | null;
  /** The timeline's end once these offsets were merged: it can only have grown since. */
  readonly timelineEnd: Offset;
  /** In which the timeline goes on from there; absent: 1. */
  readonly format?: TimelineFormat;
}

/** What unify's own commit carries; null for none, and for one of another tool. Throws a `Fault`. */
export function noteOf(committed: Committed | undefined, lane: Lane): CommittedNote | null {
  if (committed === undefined || committed.metadata === '') return null;
  try {
    return JSON.parse(committed.metadata) as CommittedNote;
  } catch {
    throw new Fault(
      'corrupt-state',
      `unify, lane ${lane}: expected the group's committed offsets with metadata of ours, found other metadata. Something ` +
        'else committed in this group: end it, and bring back what was committed before.',
    );
  }
}
