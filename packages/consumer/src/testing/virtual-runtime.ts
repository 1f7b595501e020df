import { setImmediate } from 'node:timers/promises';
import type { ConsumerRuntime } from '../runtime.ts';

/** Waits that are over at once, and chance that is always the middle. */
export class VirtualRuntime implements ConsumerRuntime {
  /** Every wait asked for, in ms. */
  readonly waits: number[] = [];

  async wait(ms: number): Promise<void> {
    this.waits.push(ms);
    await setImmediate();
  }

  random(): number {
    return 0.5;
  }
}
