import type { FoldOptions, FoldService, RunningFold } from '@tidemark/pipeline';
import type { Clock, Lane } from '@tidemark/stream';
import { observers } from '@tidemark/telemetry';
import type { ChangedPipeline } from '../location/opened-pipeline.ts';
import type { RunWatch } from '../up/run-watch.ts';
import { UnrepeatedLog } from './unrepeated-log.ts';

/** Hears what a lane waits for; it may be there again soon, or a person may stop. */
export type OnWaiting = (code: string, message: string) => void;

/** Folds that go through the whole log again in this thread, publishing only what is not there. */
export class FoldsAgain {
  readonly #log: UnrepeatedLog;
  readonly #watch: RunWatch;
  readonly #running: RunningFold[] = [];

  private constructor(log: UnrepeatedLog, watch: RunWatch) {
    this.#log = log;
    this.#watch = watch;
  }

  /** Starts these services one after the other; what goes wrong in a lane `watch` hears. */
  static async start(
    services: readonly FoldService[],
    { log, store }: Pick<ChangedPipeline, 'log' | 'store'>,
    fold: FoldOptions,
    clock: Clock,
    watch: RunWatch,
    onWaiting: OnWaiting,
  ): Promise<FoldsAgain> {
    const folds = new FoldsAgain(new UnrepeatedLog(log), watch);
    const observer = observers(watch.ofFolds, {
      retried: (_service, _lane, { code, message }) => onWaiting(code, message),
    });
    try {
      for (const service of services) {
        folds.#running.push(await service.start({ log: folds.#log, store, clock }, fold, observer));
      }
      return folds;
    } catch (error) {
      await folds.stop();
      throw error;
    }
  }

  /** Records that were not there and were sent. */
  get sent(): number {
    return this.#log.sent;
  }

  /** The lanes of the service that was started last. */
  get lanes(): RunningFold['lanes'] {
    return this.#running.at(-1)?.lanes ?? new Map<Lane, never>();
  }

  /** Finishes what is under way. After a bug nothing of ours should go on writing. */
  async stop(): Promise<void> {
    if (!this.#watch.isBug) for (const one of this.#running) await one.stop();
  }
}
