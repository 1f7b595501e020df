import { encodeRaw, TIMELINE_FORMAT } from '@tidemark/contracts';
import type { Clock, Lane } from '@tidemark/stream';
import { nameLanes } from '@tidemark/telemetry';
import { type CommittedFormat, committedFormat } from '@tidemark/timeline';
import {
  type ChangedPipeline,
  changePipeline,
  type OpenedPipeline,
  readPipeline,
} from '../location/opened-pipeline.ts';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import type { UpgradeFormatOptions } from './command.ts';

/** How long lanes may take: a group that changes its members at that moment needs some seconds. */
const WITHIN_MS = 30_000;
/** Between two looks at what unify has committed: it commits every 200 ms. */
const POLL_MS = 200;

/** Writes a control record to every lane whose timeline is in an earlier format, and on servers waits until unify has taken it. */
export async function upgradeFormat(options: UpgradeFormatOptions, environment: Environment): Promise<number> {
  const { stdout } = environment;
  if (!options.yes) {
    const lanes = await readPipeline(options, environment, lanesToUpgrade);
    await stdout.line(
      lanes.length === 0 ? NOTHING : `${nameLanes(lanes)} would be written ${HOW}. Nothing was done: add --yes.`,
    );
    return EXIT.ok;
  }
  return changePipeline(options, environment, async (pipeline) => {
    const lanes = await lanesToUpgrade(pipeline);
    if (lanes.length === 0) await stdout.line(NOTHING);
    else return askFor(pipeline, lanes, environment);
    return EXIT.ok;
  });
}

const HOW = `in format ${TIMELINE_FORMAT} from here on, which builds from before do not read`;
const NOTHING = `Every lane is in format ${TIMELINE_FORMAT}, the newest of this build, or will begin so.`;

async function askFor(pipeline: ChangedPipeline, lanes: readonly Lane[], environment: Environment): Promise<number> {
  const { stdout, stderr, clock, stop } = environment;
  await writeFormat(pipeline, lanes, clock);
  if (pipeline.commitOutside === null) {
    await stdout.line(`In the log of ${nameLanes(lanes)}: the next \`npx tidemark up\` writes them ${HOW}.`);
    return EXIT.ok;
  }
  const waiting = await awaitFormat(pipeline, lanes, clock, stop);
  const signal = stopSignalOf(environment);
  if (waiting.length > 0) {
    const found = `${nameLanes(waiting)} still to take it`;
    if (signal === null) throw notTaken(found, await pipeline.members('unify'));
    await stderr.line(`Stopped: it is in the log, with ${found}.`);
    return exitCodeOf(signal);
  }
  await stdout.line(`${nameLanes(lanes)} written ${HOW}.`);
  return EXIT.ok;
}

/** Lanes in an earlier format. Throws a `Failure` where one is in a replay, which finds its place by what it wrote itself. */
async function lanesToUpgrade(pipeline: OpenedPipeline): Promise<readonly Lane[]> {
  const earlier: Lane[] = [];
  for (let lane = 0; lane < pipeline.log.lanes; lane++) {
    const found = await formatOfLane(pipeline, lane);
    if (found === null || found.format === TIMELINE_FORMAT) continue;
    if (found.clock !== 'live') {
      throw new Failure(
        `expected lanes on the wall clock, found lane ${lane} in a replay that an earlier build began. Nothing was written: go live ` +
          'first (`npx tidemark up --live`), or replay to a new folder or namespace, which begins in the newest format',
      );
    }
    earlier.push(lane);
  }
  return earlier;
}

async function formatOfLane({ committed }: OpenedPipeline, lane: Lane): Promise<CommittedFormat | null> {
  return committedFormat((await committed('unify', lane)).get('control'), lane);
}

async function writeFormat(pipeline: ChangedPipeline, lanes: readonly Lane[], clock: Clock): Promise<void> {
  const id = (await pipeline.schemaIds()).idOf('format');
  if (id === undefined) {
    throw new Failure(
      'expected the schema tidemark.Format in the registry, found it missing. Nothing was written: run `npx tidemark schemas apply`',
    );
  }
  const value = encodeRaw('format', id, { format: TIMELINE_FORMAT, time: clock.now() });
  const writer = await pipeline.log.writer();
  try {
    for (const lane of lanes) await writer.send('control', lane, [{ key: null, value, headers: {} }]);
  } finally {
    await writer.close();
  }
}

/** The lanes that have not taken it when the time is over, or `signal` aborts. */
async function awaitFormat(
  pipeline: OpenedPipeline,
  lanes: readonly Lane[],
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly Lane[]> {
  const untilMs = clock.elapsedMs() + WITHIN_MS;
  for (let waiting = lanes; ; ) {
    const found = await Promise.all(waiting.map((lane) => formatOfLane(pipeline, lane)));
    waiting = waiting.filter((_, i) => found[i]?.format !== TIMELINE_FORMAT);
    if (waiting.length === 0 || signal.aborted || clock.elapsedMs() >= untilMs) return waiting;
    await clock.sleep(POLL_MS, signal);
  }
}

function notTaken(found: string, processes: number): Failure {
  const why =
    processes === 0
      ? 'No process of unify runs: start it.'
      : 'unify is behind, has stopped in them, or is of an earlier build, which makes dead letters of it: `npx tidemark doctor` and ' +
        'its /readyz say which.';
  return new Failure(
    `expected every lane to take it within ${WITHIN_MS / 1_000} s, found ${found}. ${why} Once unify is of this build, the same ` +
      'command writes it again where it is missing, and waits',
  );
}
