import { Program, ServiceProcess } from '../../stack/service-process.ts';
import { type Figure, median } from '../measure.ts';
import { type BenchContext, type BenchPipeline, expectNoDeadLetters, withPipeline } from './bench-context.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { residentMib } from './resident-mib.ts';
import { untilFolded } from './until-folded.ts';
import { untilStarted } from './until-started.ts';
import { writeTimeline } from './write-timeline.ts';

/** Of the timeline that is folded. */
export const SIZE = { events: 1_000_000, customers: 100_000 };
export const FLOOR = 'bare kafkajs consume + Avro decode';

export interface Pass {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A pass of the service. */
export interface ServicePass extends Pass {
  readonly residentMib: number;
}

/** How fast services/behaviour folds a timeline that is there already, as a process, from its start to its last output. */
export async function benchBehaviour(context: BenchContext): Promise<Figure[]> {
  const passes: Pass[] = [];
  const floors: Pass[] = [];
  for (let run = 0; run < context.runs; run++) {
    await withPipeline(context.stack, 'behaviour', async (pipeline) => {
      context.say(`behaviour: writing ${SIZE.events} interactions of ${SIZE.customers} customers`);
      const records = await writeTimeline(pipeline.remote.log, SIZE);
      floors.push(await consumeBare(pipeline, records));
      context.say(`behaviour: floor ${JSON.stringify(floors.at(-1))}`);
      passes.push(await foldAll(pipeline, records));
      context.say(`behaviour: service ${JSON.stringify(passes.at(-1))}`);
    });
  }
  const figure = (name: string, unit: string, of: keyof Pass): Figure => {
    const runs = passes.map((pass) => SIZE.events / pass[of]);
    const floor = { name: FLOOR, value: median(floors.map((pass) => SIZE.events / pass[of])) };
    return {
      name,
      unit,
      value: median(runs),
      runs,
      floor,
      mustReach: of === 'seconds' ? { atLeastOfFloor: 0.2 } : null,
    };
  };
  return [
    figure('behaviour, one process', 'events/s', 'seconds'),
    figure('behaviour, one process, by CPU time', 'events/CPU s', 'cpuSeconds'),
  ];
}

export async function consumeBare({ namespace, brokers }: BenchPipeline, records: readonly number[]): Promise<Pass> {
  const total = records.reduce((sum, count) => sum + count, 0);
  const args = [brokers.join(','), `${namespace}.timeline`, String(total)];
  const floor = new Program('test/bench/stack/bare-consumer.ts', args, {});
  if ((await floor.closed) !== 0) throw new Error(`expected the floor to be measured, found: ${floor.stderr}`);
  return JSON.parse(floor.stdout) as Pass;
}

/** The last output of each lane says that the lane is folded whole; Kafka has the time at which it was sent. */
export async function foldAll(
  { variables, remote: { log } }: BenchPipeline,
  records: readonly number[],
): Promise<ServicePass> {
  const service = await ServiceProcess.start('behaviour', variables);
  try {
    const started = await untilStarted(service);
    const endMs = await untilFolded(service, log, 'behaviour-changes', records);
    const cpu = cpuSeconds(service.child.pid) - started.cpuSeconds;
    await expectNoDeadLetters(log);
    return { seconds: (endMs - started.atMs) / 1_000, cpuSeconds: cpu, residentMib: residentMib(service.child.pid) };
  } finally {
    await service.stop();
  }
}
