import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock, chance and ids of a producer: the system's own unless a test brings others. */
export interface ProducerRuntime {
  /** Ms that never go back, for durations. */
  elapsedMs(): number;
  /** Resolves after `ms`, or at once when `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
  newEventId(): string;
}

export const systemRuntime: ProducerRuntime = {
  elapsedMs: () => performance.now(),
  async wait(ms, signal) {
    // Rejects only when aborted.
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
  },
  random: Math.random,
  newEventId: randomUUID,
};
