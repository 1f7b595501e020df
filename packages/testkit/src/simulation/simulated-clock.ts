import type { TimeMs } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';
import type { SimulatedProcess } from './simulated-process.ts';

/** A sleep that is late is so by up to its own length, or this. */
const LATE_MS_MIN = 1_000;

/** A process's clock on virtual time. */
export class SimulatedClock implements Clock {
  readonly #process: SimulatedProcess;

  constructor(process: SimulatedProcess) {
    this.#process = process;
  }

  now(): TimeMs {
    return (this.#process.simulation.wall + this.#process.clockAheadMs) as TimeMs;
  }

  elapsedMs(): number {
    return this.#process.simulation.now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    const { simulation, oversleeps } = this.#process;
    const isLate = simulation.random.chance(oversleeps);
    const lateMs = isLate ? simulation.random.between(1, Math.max(LATE_MS_MIN, ms)) : 0;
    if (isLate) simulation.count('slept too long', () => `${this.#process.name}: ${ms} ms and ${lateMs}`);
    return new Promise((resolve) => {
      const cancel = simulation.after(this.#process, ms + lateMs, () => {
        signal?.removeEventListener('abort', wake);
        resolve();
      });
      const wake = () => {
        cancel();
        resolve();
      };
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
