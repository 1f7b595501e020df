import { Worker } from 'node:worker_threads';
import type { Environment as Variables } from '@tidemark/config';
import { Failure } from '../terminal/failure.ts';
import type { ThreadData, ThreadMessage } from './fold-thread.ts';

/** Hears of the threads what `RunWatch` and a person should know. */
export interface ThreadsObserver {
  failed(error: unknown): void;
  waiting(code: string, message: string): void;
}

/** Threads that fold beside this one. They share its lanes with it as other processes would, through the groups. */
export class FoldThreads {
  /** Records that were not there and were sent by them. Known once they have stopped. */
  sent = 0;
  readonly #workers: readonly Worker[];
  readonly #ended: readonly Promise<unknown>[];

  constructor(count: number, data: ThreadData, variables: Variables, observer: ThreadsObserver) {
    const file = new URL('fold-thread.ts', import.meta.url);
    this.#workers = Array.from({ length: count }, () => new Worker(file, { workerData: data, env: variables }));
    this.#ended = this.#workers.map((worker) => {
      worker.on('error', (error) => observer.failed(error));
      worker.on('message', (message: ThreadMessage) => {
        if (message.kind === 'waiting') return observer.waiting(message.code, message.message);
        if (message.kind === 'failed') observer.failed(new Failure(message.message));
        else this.sent += message.sent;
        void worker.terminate();
      });
      return new Promise((resolve) => worker.once('exit', resolve));
    });
  }

  /** Lets each finish what is under way. */
  async stop(): Promise<void> {
    for (const worker of this.#workers) worker.postMessage(null);
    await Promise.all(this.#ended);
  }
}
