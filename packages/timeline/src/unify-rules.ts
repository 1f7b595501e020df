import { isHeldId, laneOf } from '@tidemark/contracts';
import type { Lane } from '@tidemark/stream';
import { eventKeysOf } from './dedup-window.ts';
import { formatOf } from './lane-format.ts';

/** What unify goes by where records could count for the wrong customer, or twice. The simulation sees what is missed without. */
export interface UnifyRules {
  /** Whether a lane is the one of a key. */
  isOwnKey(key: Uint8Array, lane: Lane, lanes: number): boolean;
  /** What an event is known by again. */
  readonly eventKeysOf: typeof eventKeysOf;
  /** Whether what a customer's id did is marked, so that no fold takes a step for it. */
  isHeld(customerId: string): boolean;
  /** In which format a lane that is taken up goes on. */
  readonly formatOf: typeof formatOf;
}

export const unifyRules: UnifyRules = {
  isOwnKey: (key, lane, lanes) => laneOf(key, lanes) === lane,
  eventKeysOf,
  isHeld: isHeldId,
  formatOf,
};
