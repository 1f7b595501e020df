import type { CustomerId, TimeMs } from '@tidemark/domain';
import type { LaneRead } from '../ports/profile-store.ts';
import type { LaneCustomers } from './lane-customers.ts';
import { compareSteps, type StepKey } from './step-order.ts';
import type { Wave } from './wave.ts';

/** What the store answered for a chunk, and whether its lists are whole. */
export interface ChunkRead {
  readonly read: LaneRead;
  readonly dueComplete: boolean;
  readonly scanComplete: boolean;
}

/** What of a lane's customers is asked for here. */
type Timers = Pick<LaneCustomers<unknown>, 'nextArmed'> & {
  entry(customerId: CustomerId): { readonly timer: TimeMs | null };
};

/** Timers that are due, and customers of a wave, as far as a chunk's lists can vouch for them. */
export class ChunkLists {
  readonly #read: ChunkRead;
  readonly #customers: Timers;
  #dueAt = 0;

  constructor(read: ChunkRead, customers: Timers) {
    this.#read = read;
    this.#customers = customers;
  }

  /** The first timer due at or before `until`: from the store's list or armed within this chunk. */
  nextTimer(until: TimeMs): StepKey | null {
    const listed = this.#nextListed(until);
    const armed = this.#nextArmed(until);
    if (listed === null && armed === null) return null;
    if (listed === null) return armed;
    return armed !== null && compareSteps(armed, listed) < 0 ? armed : listed;
  }

  /** The list is as the chunk began: a timer that was moved since does not count. */
  #nextListed(until: TimeMs): StepKey | null {
    const { due } = this.#read.read;
    for (; ; this.#dueAt++) {
      const listed = due[this.#dueAt];
      if (listed === undefined || listed.timer === null || listed.timer > until) return null;
      const { customerId, timer } = listed;
      if (this.#customers.entry(customerId).timer === timer) return { at: timer, phase: 0, customerId };
    }
  }

  #nextArmed(until: TimeMs): StepKey | null {
    const armed = this.#customers.nextArmed(until);
    return armed && { at: armed.due, phase: 0, customerId: armed.customerId };
  }

  /** Whether the step lies beyond what the store's cut lists can vouch for. */
  isBeyond(key: StepKey, streamTime: TimeMs, wave: Wave | null): boolean {
    const { read, dueComplete, scanComplete } = this.#read;
    if (!dueComplete) {
      const last = read.due[read.due.length - 1];
      if (
        last === undefined ||
        compareSteps(key, { at: last.timer as TimeMs, phase: 0, customerId: last.customerId }) > 0
      ) {
        return true;
      }
    }
    if (wave !== null && !scanComplete) {
      const last = read.scanned[read.scanned.length - 1];
      if (last === undefined) return true;
      return compareSteps(key, { at: streamTime, phase: wave.phase, customerId: last.customerId }) > 0;
    }
    return false;
  }

  /** Whether a cut list may hide further steps of a record at `streamTime` although none is left in sight. */
  endBefore(streamTime: TimeMs, wave: boolean): boolean {
    const { read, dueComplete, scanComplete } = this.#read;
    const last = read.due[read.due.length - 1];
    if (!dueComplete && (last === undefined || (last.timer as TimeMs) <= streamTime)) return true;
    return wave && !scanComplete;
  }
}
