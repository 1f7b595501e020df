/** Ms of synchronous work after which everything else that waits (requests, timers, signals) gets its turn. */
const SLICE_MS = 4;

/**
 * SQLite works synchronously, so lanes that have much to do would follow each other in one turn of the event loop. Work
 * that asks for breath before each of its parts is cut into slices.
 */
export class Breather {
  #sliceBeganAtMs = performance.now();
  #turn: Promise<void> | null = null;

  /** To be awaited before the next part; null while the slice lasts. */
  breath(): Promise<void> | null {
    if (this.#turn !== null) return this.#turn;
    if (performance.now() - this.#sliceBeganAtMs < SLICE_MS) return null;
    this.#turn = new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = null;
        this.#sliceBeganAtMs = performance.now();
        resolve();
      });
    });
    return this.#turn;
  }
}
