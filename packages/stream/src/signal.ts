/** Wakes one waiter; a `raise` without a waiter is kept for the next. */
export class Signal {
  #raised = false;
  #wake: (() => void) | null = null;
  #sleeping: Promise<void> | null = null;

  raise(): void {
    this.#raised = true;
    this.#wake?.();
  }

  /** Raises when the sleep ends. One is slept at a time: while it lasts, others are not begun. */
  raiseAfter(sleep: () => Promise<void>): void {
    this.#sleeping ??= sleep().then(() => {
      this.#sleeping = null;
      this.raise();
    });
  }

  /** Resolves at the next `raise`, or at once if there was one since the last wait. */
  async wait(): Promise<void> {
    if (!this.#raised) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    this.#raised = false;
  }
}
