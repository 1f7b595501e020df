import { OperatingError } from '@tidemark/stream';

const RETRY_MS = 250;

/** Something that may have a batch to deliver. */
export interface Source {
  /** Delivers one batch; true if there may be another at once. */
  deliver(): boolean;
}

/**
 * Runs deliveries in macrotasks (`setImmediate`), one batch of each source that is ready: handlers are never re-entered,
 * no source starves another, and signals, timers and promises get their turn in between. With nothing to deliver nothing
 * is scheduled: an idle pump keeps no process alive.
 */
export class Pump {
  readonly #notices: (() => void)[] = [];
  readonly #ready = new Set<Source>();
  readonly #fail: (error: OperatingError) => void;
  #scheduled = false;
  #closed = false;

  /** `fail` is told when a source could not read its records and never will; then the pump has stopped. */
  constructor(fail: (error: OperatingError) => void) {
    this.#fail = fail;
  }

  /** Calls `notice` before any further delivery. */
  notify(notice: () => void): void {
    this.#notices.push(notice);
    this.#schedule();
  }

  /** Gives a source its turn. */
  wake(source: Source): void {
    this.#ready.add(source);
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#notices.length = 0;
    this.#ready.clear();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#closed) this.#turn();
    });
  }

  /** A notice, or else one batch of every source that is ready: whoever handles them then has more to take at once. */
  #turn(): void {
    const notice = this.#notices.shift();
    const sources = notice === undefined ? [...this.#ready] : [];
    if (notice === undefined) this.#ready.clear();
    if (this.#notices.length > 0 || this.#ready.size > 0) this.#schedule();
    notice?.();
    for (const source of sources) if (!this.#closed) this.#deliver(source);
  }

  /** What is away may come back. */
  #wakeLater(source: Source): void {
    setTimeout(() => {
      if (!this.#closed) this.wake(source);
    }, RETRY_MS).unref();
  }

  #deliver(source: Source): void {
    try {
      if (source.deliver()) this.wake(source);
    } catch (error) {
      // Anything else was thrown by a handler, which is a bug and ends the process.
      if (!(error instanceof OperatingError)) throw error;
      if (error.retriable) {
        this.#wakeLater(source);
        return;
      }
      this.close();
      this.#fail(error);
    }
  }
}
