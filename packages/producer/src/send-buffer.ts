/** Counts what a producer holds in memory, and says when there is room. */
export class SendBuffer {
  readonly #eventsMax: number;
  readonly #bytesMax: number;
  readonly #waiting: (() => void)[] = [];
  #events = 0;
  #bytes = 0;

  constructor(eventsMax: number, bytesMax: number) {
    this.#eventsMax = eventsMax;
    this.#bytesMax = bytesMax;
  }

  /** Whether one more event is taken; its size may go beyond the bound, since nobody knows it before. */
  get hasRoom(): boolean {
    return this.#events < this.#eventsMax && this.#bytes < this.#bytesMax;
  }

  add(bytes: number): void {
    this.#events++;
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#events--;
    this.#bytes -= bytes;
    // One event leaves, one of those that wait may come; all of them when nothing is left that could leave.
    if (this.hasRoom) for (const resume of this.#waiting.splice(0, this.#events === 0 ? Infinity : 1)) resume();
  }

  ready(): Promise<void> {
    if (this.hasRoom) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
