import { setTimeout as sleep } from 'node:timers/promises';

/** Waiting and chance: the system's own unless a test brings others. */
export interface ConsumerRuntime {
  /** Resolves after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
}

export const systemRuntime: ConsumerRuntime = {
  async wait(ms, signal) {
    // Rejects only when aborted.
    await sleep(ms, undefined, { signal }).catch(() => {});
  },
  random: Math.random,
};
