import { setImmediate } from 'node:timers/promises';
import type { ProducerRuntime } from '../runtime.ts';

/** A clock that jumps to the end of every wait, and chance that is always the middle. */
export class VirtualRuntime implements ProducerRuntime {
  /** Every wait asked for, in ms. */
  readonly waits: number[] = [];
  #nowMs = 0;
  #ids = 0;

  elapsedMs(): number {
    return this.#nowMs;
  }

  async wait(ms: number, signal?: AbortSignal): Promise<void> {
    this.waits.push(ms);
    await setImmediate();
    if (signal?.aborted !== true) this.#nowMs += ms;
  }

  random(): number {
    return 0.5;
  }

  newEventId(): string {
    return `made-${++this.#ids}`;
  }
}
