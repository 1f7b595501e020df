import { setTimeout as sleepFor } from 'node:timers/promises';
import type { TimeMs } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';

/** The machine's clock, for whoever starts a process or a thread; all else is handed one. */
export const systemClock: Clock = {
  now: () => Date.now() as TimeMs,
  elapsedMs: () => performance.now(),
  // A sleep that is cut short has ended; that is all its caller asked for.
  sleep: (ms, signal) => sleepFor(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};
