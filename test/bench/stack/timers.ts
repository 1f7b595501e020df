import { DAY_MS } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { ServiceProcess } from '../../stack/service-process.ts';
import { type Figure, median, percentile } from '../measure.ts';
import { type BenchContext, type BenchPipeline, expectNoDeadLetters, withPipeline } from './bench-context.ts';
import { watchCpu } from './cpu-by-process.ts';
import { LIVE_PER_SECOND, liveMinute } from './live-minute.ts';
import { firstDueAt, MINUTE_MS, tickRecord, writeOrders } from './timer-timeline.ts';
import { untilFolded } from './until-folded.ts';

/** Each has one timer in the minute: a month after their order. Then their recency falls, which is a change to publish. */
const CUSTOMERS = 1_000_000;
/** How fast the minute passes beside live events: as it does, and so fast that 50,000 timers a second come due. */
const LIVE_SPEEDS = [1, 3];
const SERVICE = 'rfm';
const CHANGES = 'rfm-changes';

interface Wave {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** A million timers of services/rfm that are due in one minute: how fast one process folds them, and who waits meanwhile. */
export async function benchTimers(context: BenchContext): Promise<Figure[]> {
  const waves: Wave[] = [];
  const live = LIVE_SPEEDS.map((speed) => ({ speed, runs: [] as (readonly number[])[] }));
  for (let run = 0; run < context.runs; run++) {
    waves.push(await withTimers(context, foldAtOnce));
    context.say(`timers: at once ${JSON.stringify(waves.at(-1))}`);
    for (const { speed, runs } of live) runs.push(await withTimers(context, (timers) => passLive(timers, speed)));
  }
  const figure = (name: string, unit: string, runs: number[], mustReach: Figure['mustReach'] = null): Figure => {
    return { name, unit, value: median(runs), runs, floor: null, mustReach };
  };
  const rates = (of: keyof Wave): number[] => waves.map((wave) => CUSTOMERS / wave[of]);
  return [
    figure('timers due in one minute, one process', 'timers/s', rates('seconds'), { atLeast: 50_000 }),
    figure('timers due in one minute, by CPU time', 'timers/CPU s', rates('cpuSeconds')),
    ...live.flatMap(({ speed, runs }) => {
      const beside = Math.round((CUSTOMERS / MINUTE_MS) * 1_000 * speed).toLocaleString('en');
      const name = `event to change at ${LIVE_PER_SECOND}/s beside ${beside} timers/s`;
      const at = (share: number): number[] => runs.map((ms) => percentile(ms, share));
      return [figure(`${name}, p50`, 'ms', at(0.5)), figure(`${name}, p99`, 'ms', at(0.99), { below: 1_000 })];
    }),
  ];
}

interface Timers {
  readonly pipeline: BenchPipeline;
  readonly service: ServiceProcess;
  /** Records of each lane's timeline, all of them folded. */
  readonly records: readonly number[];
  /** Log time at which the minute of the timers begins. */
  readonly dueFrom: number;
  readonly say: BenchContext['say'];
}

/** In a pipeline of its own: the service has folded everybody's order, and runs. */
function withTimers<Result>({ stack, say }: BenchContext, use: (timers: Timers) => Promise<Result>): Promise<Result> {
  return withPipeline(stack, 'timers', async (pipeline) => {
    say(`timers: one order of each of ${CUSTOMERS} customers`);
    const { log } = pipeline.remote;
    const [firstCut] = defaultPolicy().rfm.recencyDays;
    const service = await ServiceProcess.start(SERVICE, pipeline.variables);
    try {
      const records = await writeOrders(log, CUSTOMERS);
      await untilFolded(service, log, CHANGES, records);
      const result = await use({ pipeline, service, records, dueFrom: firstDueAt(firstCut * DAY_MS + 1), say });
      await expectNoDeadLetters(log);
      return result;
    } finally {
      if (service.isRunning) await service.stop();
    }
  });
}

/** A tick in each lane, after the minute: from then on until the last change is sent, all of them committed before. */
async function foldAtOnce({ pipeline, service, records, dueFrom, say }: Timers): Promise<Wave> {
  const { log } = pipeline.remote;
  const changesBefore = await pipeline.remote.countOf(CHANGES);
  const writer = await log.writer();
  const cpu = watchCpu([service]);
  const startedAtMs = Date.now();
  const tick = tickRecord(dueFrom + MINUTE_MS);
  await Promise.all(records.map((_, lane) => writer.send('timeline', lane, [tick])));
  const withTick = records.map((count) => count + 1);
  const endMs = await untilFolded(service, log, CHANGES, withTick);
  const used = cpu();
  await writer.close();
  const changes = (await pipeline.remote.countOf(CHANGES)) - changesBefore;
  if (changes < CUSTOMERS) throw new Error(`expected ${CUSTOMERS} changes of timers, found ${changes}`);
  say(`timers: CPU seconds ${JSON.stringify(used)}`);
  return { seconds: (endMs - startedAtMs) / 1_000, cpuSeconds: used[SERVICE] ?? Number.NaN };
}

/** The minute passes while live events come. Resolves to how long each of them waited for its change, ms. */
async function passLive(
  { pipeline, service, records, dueFrom, say }: Timers,
  speed: number,
): Promise<readonly number[]> {
  const cpu = watchCpu([service]);
  const { eventMs, timerMs } = await liveMinute(pipeline, { records, dueFrom, timers: CUSTOMERS, speed });
  const about = (ms: readonly number[]) => ({ count: ms.length, p50: percentile(ms, 0.5), p99: percentile(ms, 0.99) });
  say(`timers: live, ${speed} times as fast as the clock, CPU seconds ${JSON.stringify(cpu())}`);
  say(`timers: live, ms from event to change ${JSON.stringify(about(eventMs))}`);
  say(`timers: live, ms from a timer's due time to its change ${JSON.stringify(about(timerMs))}`);
  return eventMs;
}
