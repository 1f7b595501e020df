import type { TimeMs } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';
import type { SimulatedProcess } from './simulated-process.ts';

/** A process's clock on virtual time. */
export class SimulatedClock implements Clock {
  readonly #process: SimulatedProcess;
  readonly #skewMs: number;

  /** `skewMs`: how far this machine's clock is ahead of the world's. */
  constructor(process: SimulatedProcess, skewMs = 0) {
    this.#process = process;
    this.#skewMs = skewMs;
  }

  now(): TimeMs {
    return (this.#process.simulation.now + this.#skewMs) as TimeMs;
  }

  elapsedMs(): number {
    return this.#process.simulation.now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#process.simulation.after(this.#process, ms, () => {
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
