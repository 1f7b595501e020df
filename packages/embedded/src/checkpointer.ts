import { Worker } from 'node:worker_threads';

/** Commits between two looks at whether it is time. */
const COMMITS = 200;
/** Ms between two checkpoints at least: pages that change often are then moved once. */
const PAUSE_MS = 500;
/** The thread needs next to nothing. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/**
 * Moves what was committed from the write-ahead log into the main file, in a thread of its own: waiting for the disk
 * would keep everything else in this one waiting. When the log has grown long, `finish` is called to move the little
 * that came meanwhile, so that it starts over.
 */
export class Checkpointer {
  readonly #file: string;
  readonly #longPages: number;
  readonly #finish: () => void;
  #worker: Worker | null = null;
  #isBusy = false;
  #isClosed = false;
  #commits = 0;
  #lastAtMs = performance.now();

  constructor(file: string, longPages: number, finish: () => void) {
    this.#file = file;
    this.#longPages = longPages;
    this.#finish = finish;
  }

  /** To be called after every commit. */
  committed(): void {
    if (++this.#commits < COMMITS || this.#isBusy || this.#isClosed) return;
    this.#commits = 0;
    if (performance.now() - this.#lastAtMs < PAUSE_MS) return;
    this.#isBusy = true;
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(null);
  }

  close(): void {
    this.#isClosed = true;
    void this.#worker?.terminate();
  }

  /** A log that cannot be moved now, as on a full disk, grows on: whatever is wrong, the next commit says so. */
  #tryToFinish(): void {
    try {
      this.#finish();
    } catch {
      // Nothing is lost by it.
    }
  }

  #startWorker(): Worker {
    const thread = new URL('checkpoint-thread.ts', import.meta.url);
    const worker = new Worker(thread, { workerData: this.#file, resourceLimits: RESOURCE_LIMITS, execArgv: [] });
    worker.unref();
    worker.on('message', (pages: number) => {
      this.#isBusy = false;
      this.#lastAtMs = performance.now();
      if (!this.#isClosed && pages >= this.#longPages) this.#tryToFinish();
    });
    // Without the thread the connection's own checkpoints do the work.
    worker.on('error', () => this.close());
    return worker;
  }
}
