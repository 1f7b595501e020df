import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEmbedded } from '@tidemark/embedded';
import { openDataset } from '@tidemark/replay';
import { FOLDING } from '../../stack/remote-pipeline.ts';
import { endOf } from '../../stack/sample-replay.ts';
import { Program, type Variables } from '../../stack/service-process.ts';
import { tierChangesOf } from '../../stack/tier-changes-of.ts';
import { type Figure, median } from '../measure.ts';
import { type BenchContext, type BenchPipeline, expectNoDeadLetters, LANES, withPipeline } from './bench-context.ts';
import { type CpuByProcess, watchCpu } from './cpu-by-process.ts';
import { usedMemory, weighCustomers } from './redis-memory.ts';
import { withServices } from './service-group.ts';

const PROGRAM = 'packages/cli/src/main.ts';
const MILLION = 1_000_000;

interface Run {
  readonly eventsPerSecond: number;
  /** CPU seconds a million events. */
  readonly cpu: CpuByProcess;
  readonly customerBytes: number;
  readonly facetBytes: number;
  /** Tier changes that only this run or only embedded mode has. */
  readonly unlike: number;
}

/** The bundled data set, written to Kafka by `tidemark replay` while six services fold it, from first record to last. */
export async function benchWholePipeline(context: BenchContext): Promise<Figure[]> {
  const expected = await tierChangesOfEmbedded();
  context.say(`pipeline: embedded mode has ${expected.length} tier changes`);
  const runs: Run[] = [];
  for (let run = 0; run < context.runs; run++) {
    runs.push(await withPipeline(context.stack, 'pipeline', (pipeline) => replay(context, pipeline, expected)));
    context.say(`pipeline: ${JSON.stringify(runs.at(-1))}`);
    context.say(`same tier changes: ${runs.at(-1)?.unlike === 0 ? 'yes' : 'NO'}`);
  }
  const figure = (
    name: string,
    unit: string,
    of: (run: Run) => number,
    mustReach: Figure['mustReach'] = null,
  ): Figure => {
    const values = runs.map(of);
    return { name, unit, value: median(values), runs: values, floor: null, mustReach };
  };
  const processes = Object.keys(runs[0]?.cpu ?? {});
  return [
    figure('whole pipeline, services as processes', 'events/s', (run) => run.eventsPerSecond),
    ...processes.map((name) => figure(`CPU of ${name}`, 's/million events', ({ cpu }) => cpu[name] ?? Number.NaN)),
    figure('Redis, a customer, all in all (aim: 1,000)', 'bytes', (run) => run.customerBytes),
    figure('Redis, a customer, all facets', 'bytes', (run) => run.facetBytes),
    figure('tier changes unlike embedded mode', 'changes', (run) => run.unlike, { below: 1 }),
  ];
}

async function replay({ stack }: BenchContext, pipeline: BenchPipeline, expected: readonly string[]): Promise<Run> {
  const { remote, namespace, variables } = pipeline;
  const { size, lastDay } = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
  const memoryBefore = await usedMemory(stack.redis.url);
  return withServices(FOLDING, pipeline, async (services) => {
    const cpuSeconds = watchCpu(services);
    await runToEnd(['replay', '--json'], variables);
    await remote.settled(endOf(new Date(lastDay).toISOString().slice(0, 10)));
    const endMs = Date.now();
    const cpu = Object.entries(cpuSeconds()).map(([name, seconds]) => [name, (seconds / size) * MILLION]);
    const [first] = await remote.log.read('control', 0, 0, 1);
    if (first === undefined) throw new Error('expected the replay to have written to control');
    const memory = (await usedMemory(stack.redis.url)) - memoryBefore;
    const { customers, bytes } = await weighCustomers(stack.redis.url, namespace);
    await expectNoDeadLetters(remote.log);
    const { changes } = await tierChangesOf(remote.log);
    return {
      eventsPerSecond: (size / (endMs - first.appendedAtMs)) * 1_000,
      cpu: Object.fromEntries(cpu),
      customerBytes: memory / customers,
      facetBytes: bytes / customers,
      unlike: countUnlike(expected, changes),
    };
  });
}

async function tierChangesOfEmbedded(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  try {
    await runToEnd(['up', '--once', '--json', '--lanes', String(LANES), '--data', folder], {});
    const { changes } = await readEmbedded(folder, ({ log }) => tierChangesOf(log));
    return changes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runToEnd(args: readonly string[], variables: Variables): Promise<void> {
  const program = new Program(PROGRAM, args, variables);
  if ((await program.closed) !== 0)
    throw new Error(`expected \`tidemark ${args[0]}\` to work, found: ${program.stderr}`);
}

function countUnlike(expected: readonly string[], found: readonly string[]): number {
  return new Set(expected).symmetricDifference(new Set(found)).size;
}
