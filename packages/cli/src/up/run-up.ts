import { existsSync } from 'node:fs';
import { LANES_DEFAULT, topics } from '@tidemark/contracts';
import { type Embedded, openEmbedded, openEmbeddedReader, removeEmbedded } from '@tidemark/embedded';
import { OperatingError } from '@tidemark/stream';
import { createLogger, createTelemetry, observers, type Telemetry, unifyObservers } from '@tidemark/telemetry';
import type { Environment } from '../terminal/environment.ts';
import { VERSION } from '../terminal/version.ts';
import type { UpOptions } from './command.ts';
import { type EmbeddedPipeline, startEmbeddedPipeline } from './embedded-pipeline.ts';
import { readHistory, replayHistory } from './replay-history.ts';
import { readLive, runLive } from './run-live.ts';
import { RunWatch } from './run-watch.ts';
import { readUpSettings, type UpSettings } from './up-settings.ts';

/** What goes on in a running pipeline, and what it needs. Everything was checked before anything is written. */
export interface Run {
  readonly embedded: Embedded;
  readonly pipeline: EmbeddedPipeline;
  readonly options: UpOptions;
  readonly environment: Environment;
  /** Aborts when somebody asks to stop, or something failed. */
  readonly signal: AbortSignal;
  /** Where the server listens; null with --once. */
  readonly url: string | null;
}

/** Resolves to the exit code. */
type Work = (run: Run) => Promise<number>;

/** Starts every service in this process, and replays history through them or takes events on the wall clock. */
export async function runUp(options: UpOptions, environment: Environment): Promise<number> {
  const settings = readUpSettings(options, environment.variables);
  const work: Work = options.live
    ? (
        (live) => (run: Run) =>
          runLive(run, live)
      )(await readLive(options))
    : (
        (history) => (run: Run) =>
          replayHistory(run, history)
      )(await readHistory(options, environment));
  if (options.fresh) removeEmbedded(options.data);
  const watch = new RunWatch();
  const embedded = openEmbedded({
    folder: options.data,
    lanes: options.lanes ?? lanesOf(options.data) ?? LANES_DEFAULT,
    topics: topics.map(({ name }) => name),
    clock: environment.clock,
    onFailure: (error) => watch.fail(error),
  });
  try {
    return await runServices({ embedded, options, environment }, settings, watch, work);
  } finally {
    embedded.close();
  }
}

async function runServices(
  given: Pick<Run, 'embedded' | 'options' | 'environment'>,
  settings: UpSettings,
  watch: RunWatch,
  work: Work,
): Promise<number> {
  const { embedded, options, environment } = given;
  const { clock, stop } = environment;
  const logger = createLogger({ ...settings.log, destination: environment.stderr.stream });
  const telemetry = createTelemetry({ clock, logger, log: embedded.log, store: embedded.store }, { version: VERSION });
  const pipeline = await startEmbeddedPipeline(embedded, clock, settings.pipeline, {
    folds: observers(watch.ofFolds, telemetry.foldObserver),
    unify: unifyObservers(watch.ofUnify, telemetry.unifyObserver),
  });
  watchPipeline(telemetry, pipeline);
  try {
    const signal = AbortSignal.any([stop, watch.failed]);
    const server = options.once ? null : await startServing({ ...given, pipeline, telemetry, logger }, settings);
    try {
      return await work({ ...given, pipeline, signal, url: server?.url ?? null });
    } finally {
      await server?.stop();
    }
  } finally {
    // After a bug nothing of ours should go on writing; what is acknowledged is safe.
    if (!watch.isBug) await pipeline.stop();
    watch.throwFailure();
  }
}

/** The HTTP server is large: whoever does not serve does not load it. */
async function startServing(...args: Parameters<typeof import('./serve.ts').serve>) {
  const { serve } = await import('./serve.ts');
  return serve(...args);
}

function watchPipeline(telemetry: Telemetry, { folds, unify }: EmbeddedPipeline): void {
  for (const [service, lanes] of folds) telemetry.watchFolds(service, lanes);
  telemetry.watchUnify(unify);
}

/** The lanes that the folder was made with, so that --lanes need not be repeated; null if it cannot be read yet. */
function lanesOf(folder: string): number | null {
  if (!existsSync(folder)) return null;
  try {
    const reader = openEmbeddedReader(folder);
    const { lanes } = reader.log;
    reader.close();
    return lanes;
  } catch (error) {
    // Whatever is wrong with the folder, opening it for writing says so.
    if (error instanceof OperatingError) return null;
    throw error;
  }
}
