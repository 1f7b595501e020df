import { setTimeout as sleep } from 'node:timers/promises';
import { codecs, readOutputHeaders } from '@tidemark/contracts';
import type { EventLog, LogRecord } from '@tidemark/stream';
import { Program, ServiceProcess } from '../../stack/service-process.ts';
import { type Figure, median } from '../measure.ts';
import { type BenchContext, type BenchPipeline, expectNoDeadLetters, withPipeline } from './bench-context.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { untilStarted } from './until-started.ts';
import { writeTimeline } from './write-timeline.ts';

const SIZE = { events: 1_000_000, customers: 100_000 };
const FLOOR = 'bare kafkajs consume + Avro decode';
const POLL_MS = 250;
const GIVE_UP_MS = 10 * 60_000;

interface Pass {
  readonly seconds: number;
  readonly cpuSeconds: number;
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

async function consumeBare({ namespace, brokers }: BenchPipeline, records: readonly number[]): Promise<Pass> {
  const total = records.reduce((sum, count) => sum + count, 0);
  const args = [brokers.join(','), `${namespace}.timeline`, String(total)];
  const floor = new Program('test/bench/stack/bare-consumer.ts', args, {});
  if ((await floor.closed) !== 0) throw new Error(`expected the floor to be measured, found: ${floor.stderr}`);
  return JSON.parse(floor.stdout) as Pass;
}

/** The last output of each lane says that the lane is folded whole; Kafka has the time at which it was sent. */
async function foldAll({ variables, remote: { log } }: BenchPipeline, records: readonly number[]): Promise<Pass> {
  const service = await ServiceProcess.start('behaviour', variables);
  try {
    const started = await untilStarted(service);
    const endMs = await Promise.all(records.map((count, lane) => untilFolded(service, log, lane, count)));
    const cpu = cpuSeconds(service.child.pid) - started.cpuSeconds;
    await expectNoDeadLetters(log);
    return { seconds: (Math.max(...endMs) - started.atMs) / 1_000, cpuSeconds: cpu };
  } finally {
    await service.stop();
  }
}

/** When the last output of the lane was sent. */
async function untilFolded(service: ServiceProcess, log: EventLog, lane: number, records: number): Promise<number> {
  const giveUpAtMs = Date.now() + GIVE_UP_MS;
  while (Date.now() < giveUpAtMs && service.isRunning) {
    const { end } = await log.bounds('behaviour-changes', lane);
    const [last] = end === 0 ? [] : await log.read('behaviour-changes', lane, end - 1, 1);
    if (last !== undefined && progressOf(last) === records - 1) return last.appendedAtMs;
    await sleep(POLL_MS);
  }
  throw new Error(`expected lane ${lane} to be folded within ${GIVE_UP_MS} ms, found on stderr: ${service.stderr}`);
}

/** The timeline offset through which the lane is folded, if the record says so. */
function progressOf({ headers, value }: LogRecord): number | null {
  const { type, schema } = readOutputHeaders(headers);
  return type === 'progress' && value !== null ? codecs.progress.decode(value, schema).timelineOffset : null;
}
