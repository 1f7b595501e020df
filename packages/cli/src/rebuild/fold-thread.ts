/** A thread of `FoldThreads`: a member of the services' groups beside others, with connections of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { type FoldOptions, foldServices } from '@tidemark/pipeline';
import { systemClock } from '@tidemark/runtime';
import { openServers } from '../location/open-servers.ts';
import type { LocationOptions } from '../location/options.ts';
import { readServersAsked } from '../location/servers-asked.ts';
import { asFailure, type Failure } from '../terminal/failure.ts';
import { Output } from '../terminal/output.ts';
import { RunWatch } from '../up/run-watch.ts';
import { waitForAbort } from '../up/wait-for-abort.ts';
import { FoldsAgain } from './folds-again.ts';

export interface ThreadData {
  readonly location: LocationOptions;
}

export interface ThreadWork {
  readonly services: readonly string[];
  readonly fold: FoldOptions;
}

/** What a thread is asked: to join the groups, once it is `ready`, and to end. */
export type ThreadRequest = { readonly join: ThreadWork } | 'stop';

/** What a thread tells: the last is `stopped` or `failed`. Nothing else is a bug, and an error of the thread. */
export type ThreadMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'waiting'; readonly code: string; readonly message: string }
  | ({ readonly kind: 'failed' } & Pick<Failure, 'message' | 'details'>)
  | { readonly kind: 'stopped'; readonly sent: number };

const { location } = workerData as ThreadData;
const tell = (message: ThreadMessage): void => parentPort?.postMessage(message);
const join = Promise.withResolvers<ThreadWork>();
const stop = Promise.withResolvers<null>();
parentPort?.on('message', (request: ThreadRequest) =>
  request === 'stop' ? stop.resolve(null) : join.resolve(request.join),
);

try {
  tell({ kind: 'stopped', sent: await foldUntilAsked() });
} catch (error) {
  const failure = asFailure(error);
  if (failure === null) throw error;
  tell({ kind: 'failed', message: failure.message, details: failure.details });
}

async function foldUntilAsked(): Promise<number> {
  const settings = readServersAsked(location, process.env);
  if (settings === null) throw new Error('expected servers: a data folder is of one thread');
  const pipeline = await openServers(settings, { clock: systemClock, stderr: new Output(process.stderr) });
  try {
    tell({ kind: 'ready' });
    const work = await Promise.race([join.promise, stop.promise]);
    if (work === null) return 0;
    const { services, fold } = work;
    const watch = new RunWatch();
    const folds = await FoldsAgain.start(
      foldServices.filter(({ name }) => services.includes(name)),
      pipeline,
      fold,
      systemClock,
      watch,
      (code, message) => tell({ kind: 'waiting', code, message }),
    );
    await Promise.race([stop.promise, waitForAbort(watch.failed)]);
    await folds.stop();
    watch.throwFailure();
    return folds.sent;
  } finally {
    await pipeline.close();
  }
}
