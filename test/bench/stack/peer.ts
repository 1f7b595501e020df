import { openDataset } from '@tidemark/replay';
import { FOLDING } from '../../stack/remote-pipeline.ts';
import { endOf } from '../../stack/sample-replay.ts';
import { Program } from '../../stack/service-process.ts';
import { type Figure, median } from '../measure.ts';
import { foldAll, SIZE } from './behaviour.ts';
import { type BenchContext, type BenchPipeline, withPipeline } from './bench-context.ts';
import { type CpuByProcess, watchCpu } from './cpu-by-process.ts';
import {
  buildPeer,
  GUARANTEES,
  type Guarantee,
  PEER_NAMES,
  type PeerProcess,
  type PeerProgram,
  withPeer,
} from './peer-process.ts';
import { residentMib } from './resident-mib.ts';
import { withServices } from './service-group.ts';
import { writeTimeline } from './write-timeline.ts';

const MILLION = 1_000_000;
/** How often Kafka Streams commits. */
const COMMIT_MS = 100;

type Contender = 'Tidemark' | Guarantee;

interface Pass {
  readonly eventsPerSecond: number;
  /** Of the application and the servers, a million events. */
  readonly cpu: CpuByProcess;
  readonly residentMib: number;
}

/** The same work by Kafka Streams and by Tidemark, on the same servers, in turns. */
export async function benchPeer(context: BenchContext): Promise<Figure[]> {
  const program = await buildPeer();
  try {
    return [
      ...(await compare(context, 'behaviour stage, one core', (run) => foldStage(context, program, run))),
      ...(await compare(context, 'whole pipeline', (run) => foldWhole(context, program, run))),
    ];
  } finally {
    await program.remove();
  }
}

async function compare(
  { runs, say }: BenchContext,
  name: string,
  measure: (run: number) => Promise<ReadonlyMap<Contender, Pass>>,
): Promise<Figure[]> {
  const passes: ReadonlyMap<Contender, Pass>[] = [];
  for (let run = 0; run < runs; run++) {
    passes.push(await measure(run));
    say(`${name}: ${JSON.stringify(Object.fromEntries(passes.at(-1) ?? []))}`);
  }
  const values = (contender: Contender, of: (pass: Pass) => number) =>
    passes.map((pass) => {
      const found = pass.get(contender);
      return found === undefined ? Number.NaN : of(found);
    });
  const figures = (what: string, unit: string, of: (pass: Pass) => number): Figure[] =>
    GUARANTEES.map((guarantee) => {
      const own = values('Tidemark', of);
      const floor = { name: PEER_NAMES[guarantee], value: median(values(guarantee, of)) };
      return { name: `${name}, ${what}`, unit, value: median(own), runs: own, floor, mustReach: null };
    });
  return [
    ...figures('speed', 'events/s', (pass) => pass.eventsPerSecond),
    ...figures('CPU, application and servers', 's/million events', ({ cpu }) => sum(Object.values(cpu))),
    ...figures('memory of the application', 'MiB', (pass) => pass.residentMib),
  ];
}

/** Each has the stage for itself, one process and one thread that folds, on a timeline that is there already. */
function foldStage(context: BenchContext, program: PeerProgram, run: number): Promise<ReadonlyMap<Contender, Pass>> {
  return withPipeline(context.stack, 'peer-stage', async (pipeline) => {
    const records = await writeTimeline(pipeline.remote.log, SIZE);
    return inTurns(run, async (contender) => {
      if (contender !== 'Tidemark') {
        const options = { job: 'behaviour', guarantee: contender, threads: 1, commitMs: COMMIT_MS } as const;
        return withPeer(program, pipeline, options, (peer) => passOfPeer(peer, SIZE.events));
      }
      const servers = watchCpu([]);
      const { seconds, cpuSeconds: used, residentMib: resident } = await foldAll(pipeline, records);
      const cpu = perMillion({ ...servers(), behaviour: used }, SIZE.events);
      return { eventsPerSecond: SIZE.events / seconds, cpu, residentMib: resident };
    });
  });
}

/** From raw records that are there already to the last output. */
function foldWhole(context: BenchContext, program: PeerProgram, run: number): Promise<ReadonlyMap<Contender, Pass>> {
  return withPipeline(context.stack, 'peer-whole', async (pipeline) => {
    const { size, lastDay } = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
    const replay = new Program('packages/cli/src/main.ts', ['replay', '--json'], pipeline.variables);
    if ((await replay.closed) !== 0) throw new Error(`expected \`tidemark replay\` to work, found: ${replay.stderr}`);
    return inTurns(run, (contender) => {
      if (contender === 'Tidemark')
        return foldByServices(pipeline, size, endOf(new Date(lastDay).toISOString().slice(0, 10)));
      const options = { job: 'whole', guarantee: contender, threads: 2, commitMs: COMMIT_MS } as const;
      return withPeer(program, pipeline, options, (peer) => passOfPeer(peer, size));
    });
  });
}

function foldByServices(pipeline: BenchPipeline, size: number, endMs: number): Promise<Pass> {
  const { remote } = pipeline;
  return withServices(FOLDING, pipeline, async (services) => {
    const used = watchCpu(services);
    await remote.settled(endMs);
    const doneMs = Date.now();
    const [first] = await remote.log.read('timeline', 0, 0, 1);
    if (first === undefined) throw new Error('expected a timeline');
    return {
      eventsPerSecond: (size / (doneMs - first.appendedAtMs)) * 1_000,
      cpu: perMillion(used(), size),
      residentMib: sum(services.map(({ child }) => residentMib(child.pid))),
    };
  });
}

async function passOfPeer(peer: PeerProcess, size: number): Promise<Pass> {
  const used = watchCpu([peer]);
  const doneMs = await peer.throughAll();
  const eventsPerSecond = (size / (doneMs - peer.firstAtMs)) * 1_000;
  return { eventsPerSecond, cpu: perMillion(used(), size), residentMib: residentMib(peer.child.pid) };
}

/** Every run begins with another one: the machine's speed changes. */
async function inTurns(
  run: number,
  measure: (contender: Contender) => Promise<Pass>,
): Promise<ReadonlyMap<Contender, Pass>> {
  const contenders: Contender[] = ['Tidemark', ...GUARANTEES];
  const passes = new Map<Contender, Pass>();
  for (let turn = 0; turn < contenders.length; turn++) {
    const contender = contenders[(run + turn) % contenders.length] ?? 'Tidemark';
    passes.set(contender, await measure(contender));
  }
  return passes;
}

function perMillion(cpu: CpuByProcess, size: number): CpuByProcess {
  return Object.fromEntries(Object.entries(cpu).map(([name, seconds]) => [name, (seconds / size) * MILLION]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
