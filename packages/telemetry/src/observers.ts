import type { LaneObserver } from '@tidemark/stream';
import type { UnifyObserver } from '@tidemark/timeline';

/** One observer that tells each of the list, in order. */
export function observers(...list: readonly LaneObserver[]): LaneObserver {
  return {
    acquired: (...told) => list.forEach((each) => void each.acquired?.(...told)),
    ruled: (...told) => list.forEach((each) => void each.ruled?.(...told)),
    committed: (...told) => list.forEach((each) => void each.committed?.(...told)),
    published: (...told) => list.forEach((each) => void each.published?.(...told)),
    ended: (...told) => list.forEach((each) => void each.ended?.(...told)),
    refused: (...told) => list.forEach((each) => void each.refused?.(...told)),
    poisoned: (...told) => list.forEach((each) => void each.poisoned?.(...told)),
    retried: (...told) => list.forEach((each) => void each.retried?.(...told)),
    faulted: (...told) => list.forEach((each) => void each.faulted?.(...told)),
    crashed: (...told) => list.forEach((each) => void each.crashed?.(...told)),
  } satisfies Required<LaneObserver>;
}

/** The same for unify. */
export function unifyObservers(...list: readonly UnifyObserver[]): UnifyObserver {
  return {
    acquired: (...told) => list.forEach((each) => void each.acquired?.(...told)),
    clockAhead: (...told) => list.forEach((each) => void each.clockAhead?.(...told)),
    sent: (...told) => list.forEach((each) => void each.sent?.(...told)),
    refused: (...told) => list.forEach((each) => void each.refused?.(...told)),
    duplicate: (...told) => list.forEach((each) => void each.duplicate?.(...told)),
    retried: (...told) => list.forEach((each) => void each.retried?.(...told)),
    faulted: (...told) => list.forEach((each) => void each.faulted?.(...told)),
    crashed: (...told) => list.forEach((each) => void each.crashed?.(...told)),
  } satisfies Required<UnifyObserver>;
}
