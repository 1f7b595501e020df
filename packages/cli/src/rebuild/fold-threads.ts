import { Worker } from 'node:worker_threads';
import type { Environment as Variables } from '@tidemark/config';
import { EXIT } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { RunWatch } from '../up/run-watch.ts';
import type { ThreadData, ThreadMessage, ThreadRequest, ThreadWork } from './fold-thread.ts';
import type { OnWaiting } from './folds-again.ts';

/** Threads that fold beside this one. They share its lanes with it as other processes would, through the groups. */
export class FoldThreads {
  /** Records that were not there and were sent by them. Known once they have stopped. */
  sent = 0;
  readonly #workers: readonly Worker[];
  readonly #ready: readonly Promise<unknown>[];
  readonly #ended: readonly Promise<unknown>[];

  constructor(
    count: number,
    data: ThreadData,
    variables: Variables,
    watch: Pick<RunWatch, 'fail'>,
    onWaiting: OnWaiting,
  ) {
    const file = new URL('fold-thread.ts', import.meta.url);
    this.#workers = Array.from({ length: count }, () => new Worker(file, { workerData: data, env: variables }));
    // Whatever it tells first, be it that it failed, nobody waits for it any more.
    this.#ready = this.#workers.map(
      (worker) => new Promise((resolve) => void worker.once('message', resolve).once('exit', resolve)),
    );
    this.#ended = this.#workers.map((worker) => {
      worker.on('error', (error) => watch.fail(error));
      worker.on('message', (message: ThreadMessage) => {
        if (message.kind === 'ready') return;
        if (message.kind === 'waiting') return onWaiting(message.code, message.message);
        if (message.kind === 'failed') watch.fail(new Failure(message.message, EXIT.failed, message.details));
        else this.sent += message.sent;
        void worker.terminate();
      });
      return new Promise((resolve) => worker.once('exit', resolve));
    });
  }

  /** Lets all join the groups at once, so that lanes are shared out before there is anything in them. */
  async join(work: ThreadWork): Promise<void> {
    await Promise.all(this.#ready);
    this.#ask({ join: work });
  }

  /** Lets each finish what is under way. Asked again it only waits. */
  async stop(): Promise<void> {
    this.#ask('stop');
    await Promise.all(this.#ended);
  }

  #ask(request: ThreadRequest): void {
    for (const worker of this.#workers) worker.postMessage(request);
  }
}
