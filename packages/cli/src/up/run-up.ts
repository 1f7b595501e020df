import { createAnnouncer, WaitStopped } from '@tidemark/runtime';
import {
  createLogger,
  createTelemetry,
  LOOK_EVERY_MS,
  observers,
  type Telemetry,
  unifyObservers,
} from '@tidemark/telemetry';
import type { Logger } from 'pino';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { exitCodeOf } from '../terminal/exit-codes.ts';
import { OutputClosed } from '../terminal/output.ts';
import { VERSION } from '../terminal/version.ts';
import { type Backend, openFolder } from './backend.ts';
import type { UpOptions } from './command.ts';
import { type Destination, readHistory } from './history/history.ts';
import { type Serving, startHttpThread } from './http/http-thread.ts';
import { type Pipeline, startPipeline } from './pipeline.ts';
import { replayHistory } from './replay-history.ts';
import { readLive, runLive } from './run-live.ts';
import { RunWatch } from './run-watch.ts';
import { TellingWatch } from './telling-watch.ts';
import { readUpSettings, type UpSettings } from './up-settings.ts';

/** What goes on in a running pipeline, and what it needs. Everything was checked before anything is written. */
export interface RunningUp {
  readonly backend: Backend;
  readonly pipeline: Pipeline;
  readonly options: UpOptions;
  readonly environment: Environment;
  /** Aborts when somebody asks to stop, or something failed. */
  readonly signal: AbortSignal;
  /** Where the server listens; null with --once. */
  readonly url: string | null;
  /** Of the door that takes events of this machine; null without one. */
  readonly writeKey: string | null;
}

/** Resolves to the exit code. */
type Work = (run: RunningUp) => Promise<number>;

/** What is the same for the whole run. */
interface Setup extends Pick<RunningUp, 'backend' | 'options' | 'environment'> {
  readonly settings: UpSettings;
  readonly logger: Logger;
  readonly watch: RunWatch;
}

/** Starts every service in this process, and replays history through them or takes events on the wall clock. */
export async function runUp(options: UpOptions, environment: Environment): Promise<number> {
  const settings = readUpSettings(options, environment.variables);
  const work: Work = options.live
    ? (
        (live) => (run: RunningUp) =>
          runLive(run, live)
      )(await readLive(options, environment))
    : (
        (history) => (run: RunningUp) =>
          replayHistory(run, history)
      )(await readHistory(options, destinationOf(options, settings), environment));
  const logger = createLogger({ ...settings.log, destination: environment.stderr.stream });
  const watch = new RunWatch();
  try {
    const backend = await openBackend(options, environment, settings, logger, watch);
    try {
      return await runServices({ backend, options, environment, settings, logger, watch }, work);
    } finally {
      await backend.close();
    }
  } catch (error) {
    const signal = stopSignalOf(environment);
    if (error instanceof WaitStopped && signal !== null) return exitCodeOf(signal);
    throw error;
  }
}

function destinationOf({ data }: UpOptions, { remote }: UpSettings): Destination {
  return { data: remote === null ? data : null, servers: remote };
}

async function openBackend(
  options: UpOptions,
  { clock, stop }: Environment,
  { remote }: UpSettings,
  logger: Logger,
  watch: RunWatch,
): Promise<Backend> {
  const signal = AbortSignal.any([stop, watch.failed]);
  if (remote === null) {
    const waiting = { clock, announcer: createAnnouncer(logger, clock), signal };
    return openFolder(options, waiting, (error) => watch.fail(error));
  }
  // Whoever works on a folder does not load the clients of Kafka and Redis.
  const { openServerBackend } = await import('./open-server-backend.ts');
  return openServerBackend(remote, { clock, logger, signal });
}

async function runServices(setup: Setup, work: Work): Promise<number> {
  const { backend, options, environment, settings, logger, watch } = setup;
  const { clock, stop } = environment;
  const telemetry = createTelemetry({ clock, logger, log: backend.log, store: backend.store }, { version: VERSION });
  const telling = new TellingWatch();
  const pipeline = await startPipeline(backend, clock, settings.pipeline, {
    folds: observers(watch.ofFolds, telling.ofFolds, telemetry.foldObserver),
    unify: unifyObservers(watch.ofUnify, telling.ofUnify, telemetry.unifyObserver),
    foldStarted: (service, lanes) => telemetry.watchFolds(service, lanes),
  });
  telemetry.watchUnify(pipeline.unify);
  const stopTelling = tellEvery(environment, () => {
    telemetry.look();
    return telling.look(pipeline, clock.elapsedMs());
  });
  if (backend.pingRegistry !== null) telemetry.watchRegistry(backend.pingRegistry);
  try {
    const signal = AbortSignal.any([stop, watch.failed]);
    const server = options.once ? null : await startServing(setup, pipeline, telemetry);
    try {
      return await work({
        backend,
        options,
        environment,
        pipeline,
        signal,
        url: server?.url ?? null,
        writeKey: server?.writeKey ?? null,
      });
    } finally {
      await server?.stop();
    }
  } finally {
    await stopTelling();
    // After a bug nothing of ours should go on writing; what is acknowledged is safe.
    if (!watch.isBug) await pipeline.stop();
    watch.throwFailure();
  }
}

/** Serves what log and store have, and takes events once its lanes are on the wall clock. Throws a `Failure`. */
async function startServing(setup: Setup, pipeline: Pipeline, telemetry: Telemetry): Promise<Serving> {
  const { backend, options, environment, settings, logger, watch } = setup;
  const { remote, server, sourcesFile, log } = settings;
  if (remote === null) {
    const ports = { variables: environment.variables, pipeline, telemetry, watch };
    return startHttpThread(ports, { folder: options.data, server, sourcesFile, log });
  }
  // The HTTP server is large: whoever does not serve from this thread does not load it here.
  const { serveHere } = await import('./http/serve-here.ts');
  return { ...(await serveHere({ backend, environment, pipeline, telemetry, logger }, server)), writeKey: null };
}

/** Says on standard error what there is to say, once a second, until the returned function has said the last of it. */
function tellEvery({ clock, stderr }: Environment, look: () => readonly string[]): () => Promise<void> {
  const stopped = new AbortController();
  const tell = async () => {
    for (const line of look()) await stderr.line(line).catch(ignoreClosed);
  };
  const telling = (async () => {
    for (; !stopped.signal.aborted; await clock.sleep(LOOK_EVERY_MS, stopped.signal)) await tell();
  })();
  return async () => {
    stopped.abort();
    await telling;
    await tell();
  };
}

/** Nobody reads it: the work goes on. */
function ignoreClosed(error: unknown): void {
  if (!(error instanceof OutputClosed)) throw error;
}
