import type { FoldService } from '@tidemark/pipeline';
import { catchUpOptionsOf } from '@tidemark/runtime';
import type { Lane, Offset } from '@tidemark/stream';
import type { ChangedPipeline } from '../location/opened-pipeline.ts';
import type { Environment } from '../terminal/environment.ts';
import { startPipeline } from '../up/pipeline.ts';
import { readPipelineSettings } from '../up/pipeline-settings.ts';
import type { RawRecords } from '../up/raw-records.ts';
import { RunWatch } from '../up/run-watch.ts';

/** An upgrade at work. */
export interface Upgrade {
  readonly service: FoldService;
  readonly pipeline: ChangedPipeline;
  readonly raw: RawRecords;
  readonly environment: Environment;
  /** Aborts when somebody asks to stop, or what runs here has failed. */
  readonly signal: AbortSignal;
  /** Where the new version is in a lane that is folded here: places in the log are noted once a second only. */
  nextHere(lane: Lane): Offset;
}

/** Between two looks at where lanes are. */
const POLL_MS = 200;
/** Between two lines of progress, and before the first. */
const TELL_MS = 5_000;

/**
 * Asks until nothing is left to wait for (null), and says what is, now and then. Resolves to false where it was stopped first.
 * Throws what `look` throws.
 */
export async function waitUntil(
  { environment: { clock, stderr }, signal }: Pick<Upgrade, 'environment' | 'signal'>,
  look: () => Promise<string | null>,
): Promise<boolean> {
  let told = '';
  let tellAtMs = clock.elapsedMs() + TELL_MS;
  while (!signal.aborted) {
    const waiting = await look();
    if (waiting === null) return true;
    if (clock.elapsedMs() >= tellAtMs && waiting !== told) {
      await stderr.line(waiting);
      told = waiting;
      tellAtMs = clock.elapsedMs() + TELL_MS;
    }
    await clock.sleep(POLL_MS, signal);
  }
  return false;
}

/** Of a commit: nobody else waits for the folder. */
const CUSTOMERS_MAX = 10_000;

/** Runs the pipeline of a data folder, which nobody else has, while `use` works; on servers the services run by themselves. */
export async function whileRunning<Result>(
  pipeline: ChangedPipeline,
  environment: Environment,
  { name }: Pick<FoldService, 'name'>,
  use: (running: Pick<Upgrade, 'signal' | 'nextHere'>) => Promise<Result>,
): Promise<Result> {
  if (pipeline.commitOutside !== null) return use({ signal: environment.stop, nextHere: () => 0 });
  const watch = new RunWatch();
  const ports = { log: pipeline.log, store: pipeline.store, schemaIds: await pipeline.schemaIds() };
  const { unify } = readPipelineSettings(environment.variables);
  const ends = new Map<Lane, Offset>();
  for (let lane = 0; lane < pipeline.log.lanes; lane++)
    ends.set(lane, (await pipeline.log.bounds('timeline', lane)).end);
  const fold = catchUpOptionsOf(pipeline.fold, CUSTOMERS_MAX, ends);
  const observers = { folds: watch.ofFolds, unify: watch.ofUnify };
  const running = await startPipeline(ports, environment.clock, { unify, fold }, observers);
  try {
    const lanes = () => running.folds.get(name)?.() ?? [];
    return await use({
      signal: AbortSignal.any([environment.stop, watch.failed]),
      nextHere: (lane) => lanes().find((status) => status.lane === lane)?.next ?? 0,
    });
  } finally {
    if (!watch.isBug) await running.stop();
    watch.throwFailure();
  }
}
