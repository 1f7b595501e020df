import { readEmbedded } from '@tidemark/embedded';
import { type EventLog, type Lane, nextTimelineOffset, type Offset } from '@tidemark/stream';
import { type FoldService, foldServices, type RunningFold } from '../folds/fold-services.ts';
import { type PipelineReading, readServiceFacts } from '../folds/service-facts.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { formatCount } from '../terminal/format.ts';
import { holdFolder } from '../terminal/hold-folder.ts';
import { lanesAsked } from '../terminal/lanes-asked.ts';
import { readPipelineSettings } from '../up/pipeline-settings.ts';
import { RunWatch } from '../up/run-watch.ts';
import { checkAndClear } from './clear-lanes.ts';
import type { RebuildOptions } from './command.ts';
import { UnrepeatedLog } from './unrepeated-log.ts';

/** What is to be folded again. */
interface Rebuild {
  readonly service: FoldService;
  readonly lanes: readonly Lane[];
  /** Where each of these lanes' timelines ends; nobody writes them meanwhile. */
  readonly ends: ReadonlyMap<Lane, Offset>;
  readonly records: number;
}

/** Folds a service's state anew. */
export async function rebuildService(options: RebuildOptions, environment: Environment): Promise<number> {
  const { clock, stderr, variables } = environment;
  const service = serviceNamed(options.service);
  const settings = readPipelineSettings(variables).fold;
  const planned = await readEmbedded(options.data, async (reader) => {
    const rebuild = await planRebuild(reader.log, service, options.lane);
    await checkOthers(reader, rebuild);
    return rebuild;
  });
  if (!options.yes) throw new Failure(askForYes(planned, options));
  return holdFolder(options.data, clock, async ({ log, store }) => {
    // Until the folder was held, others could write to it.
    const rebuild = await planRebuild(log, service, options.lane);
    await checkAndClear({ log, store }, service, rebuild.lanes);
    const unrepeated = new UnrepeatedLog(log);
    const watch = new RunWatch();
    const startedAtMs = clock.elapsedMs();
    await foldToEnd(rebuild, watch, environment, (one) =>
      one.start({ log: unrepeated, store, clock }, settings, watch.ofFolds),
    );
    const signal = stopSignalOf(environment);
    if (signal !== null) {
      await stderr.line(`Stopped before ${service.name} was folded to the end. The same command starts over.`);
      return exitCodeOf(signal);
    }
    await showResult(rebuild, unrepeated, (clock.elapsedMs() - startedAtMs) / 1_000, options, environment);
    return EXIT.ok;
  });
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

/** Tier waits for the scores, which may be behind, or may not have told how far they are: they run beside it. */
function scoresBeside(service: FoldService): readonly FoldService[] {
  return foldServices.filter(({ changeTopic }) => changeTopic !== null && service.inputs.includes(changeTopic));
}

/** Throws what would stop a service that has to run beside. */
async function checkOthers(reading: PipelineReading, { service }: Rebuild): Promise<void> {
  for (const other of scoresBeside(service)) {
    for (let lane = 0; lane < reading.log.lanes; lane++) {
      const { fault } = await readServiceFacts(reading, other, lane);
      if (fault !== null) throw fault;
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

/** Between two looks at how far the folds are. */
const POLL_MS = 20;

async function foldToEnd(
  rebuild: Rebuild,
  watch: RunWatch,
  environment: Environment,
  start: (service: FoldService) => Promise<RunningFold>,
): Promise<void> {
  const { service } = rebuild;
  const running: RunningFold[] = [];
  try {
    for (const one of scoresBeside(service)) running.push(await start(one));
    const rebuilt = await start(service);
    running.push(rebuilt);
    await waitForEnd(rebuild, rebuilt, watch.failed, environment);
  } finally {
    // After a bug nothing of ours should go on writing.
    if (!watch.isBug) for (const one of running) await one.stop();
    watch.throwFailure();
  }
}

async function waitForEnd(
  rebuild: Rebuild,
  { lanes }: RunningFold,
  failed: AbortSignal,
  { clock, stderr, stop }: Environment,
): Promise<void> {
  const signal = AbortSignal.any([failed, stop]);
  let toldPercent = 0;
  while (!signal.aborted) {
    let done = 0;
    for (const [lane, end] of rebuild.ends) {
      const meta = lanes.get(lane)?.meta;
      done += meta === undefined ? 0 : Math.min(nextTimelineOffset(meta), end);
    }
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
  { sent }: UnrepeatedLog,
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
