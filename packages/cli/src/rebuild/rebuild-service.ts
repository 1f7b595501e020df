import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { type FoldService, foldServices, type RunningFold } from '@tidemark/pipeline';
import { catchUpOptionsOf } from '@tidemark/runtime';
import { type EventLog, type Lane, nextTimelineOffset, type Offset, OperatingError, parseMeta } from '@tidemark/stream';
import { type PipelineReading, readServiceFacts } from '../folds/service-facts.ts';
import { readServicesOn } from '../folds/services-on.ts';
import {
  type ChangedPipeline,
  changePipeline,
  type OpenedPipeline,
  readPipeline,
} from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { formatCount } from '../terminal/format.ts';
import { lanesAsked } from '../terminal/lanes-asked.ts';
import { RunWatch } from '../up/run-watch.ts';
import { readInForce } from '../upgrade/lane-stand.ts';
import { checkAndClear } from './clear-lanes.ts';
import type { RebuildOptions } from './command.ts';
import { FoldThreads } from './fold-threads.ts';
import { FoldsAgain, type OnWaiting } from './folds-again.ts';

/** What is to be folded again. */
interface Rebuild {
  readonly service: FoldService;
  readonly lanes: readonly Lane[];
  /** Where each of these lanes' timelines ended when it began. */
  readonly ends: ReadonlyMap<Lane, Offset>;
  readonly records: number;
}

/** Folds a service's state anew. */
export async function rebuildService(options: RebuildOptions, environment: Environment): Promise<number> {
  if (options.threads !== undefined && options.kafka === undefined)
    throw new Failure(
      'expected --threads with --kafka, found it without: one thread works on a data folder',
      EXIT.usage,
    );
  const { clock, stderr } = environment;
  const service = serviceNamed(options.service);
  const planned = await readPipeline(options, environment, async (pipeline) => {
    const rebuild = await planRebuild(pipeline.log, service, options.lane);
    await checkOthers(pipeline, rebuild);
    // On servers the version before may run, and tell.
    if (options.kafka === undefined) await checkScoresTell(pipeline, service);
    return rebuild;
  });
  if (!options.yes) throw new Failure(askForYes(planned, options));
  return changePipeline(options, environment, async (pipeline) => {
    // Memory for time, while it lasts: measured with three threads, 1.2 times as fast for 600 MiB more.
    setFlagsFromString('--heap-growing-percent=300');
    const watch = new RunWatch();
    const onWaiting = tellOnce(environment);
    // They start beside what is checked and cleared.
    const threads = new FoldThreads(
      threadsOf(planned, options) - 1,
      { location: options },
      environment.variables,
      watch,
      onWaiting,
    );
    try {
      await checkNobodyWorks(pipeline, service);
      // Until a folder was held, others could write to it.
      const rebuild = await planRebuild(pipeline.log, service, options.lane);
      const startedAtMs = clock.elapsedMs();
      await checkAndClear(pipeline, service, rebuild.lanes);
      const sent = await foldToEnd(rebuild, { ...pipeline, threads, watch, onWaiting }, options, environment);
      const signal = stopSignalOf(environment);
      if (signal !== null) {
        await stderr.line(`Stopped before ${service.name} was folded to the end. The same command starts over.`);
        return exitCodeOf(signal);
      }
      await showResult(rebuild, sent, (clock.elapsedMs() - startedAtMs) / 1_000, options, environment);
      return EXIT.ok;
    } finally {
      await threads.stop();
    }
  });
}

/**
 * A process that works as the service would go on publishing from what it remembers, beside a fold that looks first what
 * is published. Nothing would be wrong, but some of it there twice.
 */
async function checkNobodyWorks(
  { members, location }: ChangedPipeline,
  { name, stateName }: FoldService,
): Promise<void> {
  const count = await members(stateName);
  if (count === 0) return;
  throw new Failure(
    `expected no running process of ${name} on ${location}, found ${count} in its group. Nothing was changed. Stop every process ` +
      `of ${name}, and \`up\` there, and start them again after the rebuild; one that was killed counts until its session ends ` +
      '(TIDEMARK_KAFKA_SESSION_TIMEOUT_MS). The other services may go on.',
  );
}

function serviceNamed(name: string): FoldService {
  const found = foldServices.find((service) => service.name === name);
  if (found !== undefined) return found;
  const names = foldServices.map((service) => service.name).join(', ');
  if (name === 'unify') {
    throw new Failure(`expected a service that keeps state (${names}), found unify, which keeps none.`, EXIT.usage);
  }
  throw new Failure(`expected a service (${names}), found ${name}.`, EXIT.usage);
}

async function planRebuild(
  log: Pick<EventLog, 'lanes' | 'bounds'>,
  service: FoldService,
  lane: Lane | undefined,
): Promise<Rebuild> {
  const lanes = lanesAsked(log.lanes, lane);
  const ends = new Map<Lane, Offset>();
  let records = 0;
  for (const one of lanes) {
    for (const topic of ['timeline', ...service.inputs]) {
      const { start, end } = await log.bounds(topic, one);
      if (topic === 'timeline') {
        ends.set(one, end);
        records += end;
      }
      if (start === 0) continue;
      throw new Failure(
        `expected ${topic} in lane ${one} from offset 0 on, found it from ${start}. Nothing was changed: without its ` +
          `start the log cannot give the state of ${service.name} again. Restore the store from a backup instead.`,
      );
    }
  }
  return { service, lanes, ends, records };
}

/** Tier waits for these scores, which are on, and may be behind, or may not have told how far they are. */
async function scoresOf(reading: PipelineReading, service: FoldService): Promise<readonly FoldService[]> {
  const on = await readServicesOn(reading);
  return [...on].filter(({ changeTopic }) => changeTopic !== null && service.inputs.includes(changeTopic));
}

/** Throws what would stop a score that tier waits for. */
async function checkOthers(reading: PipelineReading, { service }: Rebuild): Promise<void> {
  for (const other of await scoresOf(reading, service)) {
    for (let lane = 0; lane < reading.log.lanes; lane++) {
      const { fault } = await readServiceFacts(reading, other, lane);
      if (fault !== null) throw fault;
    }
  }
}

/** Tier would wait for what a score that folds beside the version in force does not tell. */
async function checkScoresTell(pipeline: OpenedPipeline, service: FoldService): Promise<void> {
  for (const score of await scoresOf(pipeline, service)) {
    for (let lane = 0; lane < pipeline.log.lanes; lane++) {
      const inForce = await readInForce(pipeline, score, lane);
      if (inForce === score.version) continue;
      throw new Failure(
        `expected version ${score.version} of ${score.name} in force in lane ${lane}, found version ${inForce}: ${service.name} ` +
          `would wait for it. Nothing was changed. Upgrade first: \`npx tidemark upgrade --service ${score.name}\`.`,
      );
    }
  }
}

function askForYes({ service, records }: Rebuild, { lane }: RebuildOptions): string {
  const where = lane === undefined ? 'all lanes' : `lane ${lane}`;
  return (
    `expected --yes, found it missing. Nothing was changed. This would clear the state of ${service.name} in ${where} and ` +
    `fold ${formatCount(records)} timeline records again. Say --yes to do it.`
  );
}

/** Of a commit: in Redis it keeps others waiting, for some 40 ms; a data folder has no others. */
const CUSTOMERS_MAX = { folder: 10_000, servers: 8_000 };

/** Between two looks at how far the folds are. */
const POLL_MS = 20;

interface FoldingPipeline extends ChangedPipeline {
  readonly threads: FoldThreads;
  readonly watch: RunWatch;
  readonly onWaiting: OnWaiting;
}

/** Resolves to how many records were not there and were sent. */
async function foldToEnd(
  rebuild: Rebuild,
  pipeline: FoldingPipeline,
  options: RebuildOptions,
  environment: Environment,
): Promise<number> {
  const { clock } = environment;
  const { threads, watch, onWaiting } = pipeline;
  const services = [...(await scoresToRun(pipeline, rebuild)), rebuild.service];
  const customersMax = options.kafka === undefined ? CUSTOMERS_MAX.folder : CUSTOMERS_MAX.servers;
  const fold = catchUpOptionsOf(pipeline.fold, customersMax, rebuild.ends);
  let folds: FoldsAgain | null = null;
  try {
    await threads.join({ services: services.map(({ name }) => name), fold });
    folds = await FoldsAgain.start(services, pipeline, fold, clock, watch, onWaiting);
    const { lanes } = folds;
    const placeOf = (lane: Lane) => readPlace(pipeline, lanes, rebuild.service, lane);
    await waitForEnd(rebuild, placeOf, watch.failed, environment);
  } finally {
    await Promise.all([folds?.stop(), threads.stop()]);
  }
  watch.throwFailure();
  return folds.sent + threads.sent;
}

/** A thread takes a second and a rebalance to start: few records are folded sooner without. */
const RECORDS_PER_THREAD = 100_000;

function threadsOf({ lanes, records }: Rebuild, { kafka, threads }: RebuildOptions): number {
  if (kafka === undefined) return 1;
  const wanted = Math.min(availableParallelism(), Math.ceil(records / RECORDS_PER_THREAD));
  return Math.max(1, Math.min(threads ?? wanted, lanes.length));
}

/** Scores that have a process go on by themselves. */
async function scoresToRun(pipeline: ChangedPipeline, { service }: Rebuild): Promise<FoldService[]> {
  const scores: FoldService[] = [];
  for (const one of await scoresOf(pipeline, service)) {
    if ((await pipeline.members(one.stateName)) === 0) scores.push(one);
  }
  return scores;
}

/** What a lane waits for, a line for each sort of trouble: it may be there again soon, or a person may stop. */
function tellOnce({ stderr }: Environment): OnWaiting {
  const told = new Set<string>();
  return (code, message) => {
    if (told.has(code)) return;
    told.add(code);
    void stderr.line(`Waiting: ${message}`).catch(() => undefined);
  };
}

/** The next offset to fold. A lane that another process has taken up meanwhile is where the store says. */
async function readPlace(
  { store }: ChangedPipeline,
  lanes: RunningFold['lanes'],
  { name, stateName }: FoldService,
  lane: Lane,
): Promise<Offset> {
  const own = lanes.get(lane)?.meta;
  if (own !== undefined) return nextTimelineOffset(own);
  try {
    const stored = (await store.metas(lane)).get(stateName);
    return stored === undefined ? 0 : nextTimelineOffset(parseMeta(stored, `${name}, lane ${lane}`));
  } catch (error) {
    if (error instanceof OperatingError && error.retriable) return 0;
    throw error;
  }
}

async function waitForEnd(
  rebuild: Rebuild,
  placeOf: (lane: Lane) => Promise<Offset>,
  failed: AbortSignal,
  { clock, stderr, stop }: Environment,
): Promise<void> {
  const signal = AbortSignal.any([failed, stop]);
  let toldPercent = 0;
  while (!signal.aborted) {
    let done = 0;
    for (const [lane, end] of rebuild.ends) done += Math.min(await placeOf(lane), end);
    const percent = rebuild.records === 0 ? 100 : Math.floor((100 * done) / rebuild.records);
    if (percent >= toldPercent + PERCENT_STEP && percent < 100) {
      toldPercent = percent;
      await stderr.line(`${rebuild.service.name}: ${percent} % of ${formatCount(rebuild.records)} records`);
    }
    if (done === rebuild.records) return;
    await clock.sleep(POLL_MS, signal);
  }
}

const PERCENT_STEP = 10;

async function showResult(
  { service, lanes, records }: Rebuild,
  sent: number,
  seconds: number,
  { json }: RebuildOptions,
  { stdout, stderr }: Environment,
): Promise<void> {
  const people = json ? stderr : stdout;
  await people.line(
    `Rebuilt ${service.name} in ${lanes.length === 1 ? '1 lane' : `${formatCount(lanes.length)} lanes`} from ` +
      `${formatCount(records)} timeline records. What was published was not sent again; ${formatCount(sent)} new records were.`,
  );
  if (!json) return;
  const summary = { service: service.name, lanes: lanes.length, records, sent, seconds };
  await stdout.line(JSON.stringify(summary));
}
