import { setTimeout as sleep } from 'node:timers/promises';
import { nextTimelineOffset, type ProfileReader, parseMeta } from '@tidemark/stream';
import kafkajs from 'kafkajs';
import { ServiceProcess, until } from '../../stack/service-process.ts';
import { type Bound, type Figure, median } from '../measure.ts';
import { type BenchContext, type BenchPipeline, goLive, LANES, withPipeline } from './bench-context.ts';
import { kafkaClient } from './kafka-client.ts';
import { loadRecord } from './live-load.ts';
import { sendEvenly } from './send-evenly.ts';
import { withServices } from './service-group.ts';

const PER_SECOND = 500;
const MEMBERS = ['first', 'second'] as const;
/** What a takeover may take besides noticing that the owner is gone, ms. */
const TAKEOVER_WITHIN_MS = 2_000;
const POLL_MS = 10;
const GIVE_UP_MS = 5 * 60_000;
const SIGNALS = ['SIGKILL', 'SIGTERM'] as const;
type Signal = (typeof SIGNALS)[number];

/** From the signal on, ms. */
interface Takeover {
  /** Until the other member's first commit in a lane of the one that ended. */
  readonly firstMs: number;
  /** Until it had committed in each of them. */
  readonly lastMs: number;
}

/** Two processes of rfm share the lanes under load; one ends, and the other takes its lanes. */
export async function benchTakeover(context: BenchContext): Promise<Figure[]> {
  const takeovers: Record<Signal, Takeover[]> = { SIGKILL: [], SIGTERM: [] };
  let sessionTimeoutMs = 0;
  for (let run = 0; run < context.runs; run++) {
    await withPipeline(context.stack, 'takeover', async (pipeline) => {
      sessionTimeoutMs = pipeline.settings.kafka.sessionTimeoutMs;
      await goLive(pipeline);
      await underLoad(pipeline, async () => {
        for (const signal of SIGNALS) {
          const takeover = await measureTakeover(pipeline, signal);
          context.say(`takeover: ${signal} ${JSON.stringify(takeover)}`);
          takeovers[signal].push(takeover);
        }
      });
    });
  }
  const figure = (signal: Signal, of: keyof Takeover, mustReach: Bound | null): Figure => {
    const runs = takeovers[signal].map((takeover) => takeover[of]);
    const name = `takeover after ${signal === 'SIGKILL' ? 'kill -9' : signal}, ${of === 'firstMs' ? 'first' : 'every'} lane`;
    return {
      name,
      unit: 'ms',
      value: median(runs),
      runs,
      floor: { name: 'session timeout', value: sessionTimeoutMs },
      mustReach,
    };
  };
  return [
    figure('SIGKILL', 'firstMs', { below: sessionTimeoutMs + TAKEOVER_WITHIN_MS }),
    figure('SIGKILL', 'lastMs', null),
    figure('SIGTERM', 'firstMs', { below: TAKEOVER_WITHIN_MS }),
    figure('SIGTERM', 'lastMs', null),
  ];
}

/** Events flow into the timeline while `use` runs. */
async function underLoad(pipeline: BenchPipeline, use: () => Promise<void>): Promise<void> {
  const producer = kafkaClient(pipeline).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const stop = new AbortController();
  try {
    await withServices(['unify'], pipeline, async () => {
      const load = sendEvenly({
        producer,
        perSecond: PER_SECOND,
        recordOf: (n) => loadRecord(n, pipeline.schemaIds),
        topicOf: ({ topic }) => `${pipeline.namespace}.${topic}`,
        signal: stop.signal,
      });
      await Promise.race([use(), load]).finally(() => stop.abort());
      await load;
    });
  } finally {
    await producer.disconnect();
  }
}

async function measureTakeover(pipeline: BenchPipeline, signal: Signal): Promise<Takeover> {
  const [leaving, staying] = await Promise.all(MEMBERS.map((name) => startMember(pipeline, name)));
  if (leaving === undefined || staying === undefined) throw new Error('expected two members');
  try {
    const lanes = await lanesOfFirst(pipeline);
    await untilAllMoved(pipeline.remote.store, lanes);
    const signalledAtMs = performance.now();
    // What the one that ends commits itself does not count: it has ended before the places are looked at.
    leaving.child.kill(signal);
    await leaving.closed;
    const committedAtMs = await untilAllMoved(pipeline.remote.store, lanes);
    return {
      firstMs: Math.min(...committedAtMs) - signalledAtMs,
      lastMs: Math.max(...committedAtMs) - signalledAtMs,
    };
  } finally {
    await staying.stop();
  }
}

async function startMember({ variables }: BenchPipeline, name: string): Promise<ServiceProcess> {
  const service = await ServiceProcess.start('rfm', { ...variables, TIDEMARK_KAFKA_CLIENT_ID: name });
  await service.ready();
  return service;
}

/** The lanes of the member that is to end, once both have their share. */
async function lanesOfFirst({ remote }: BenchPipeline): Promise<readonly number[]> {
  let lanes: readonly number[] = [];
  await until('the two members share the lanes', async () => {
    const members = await remote.lanesOf('rfm');
    lanes = members.get(MEMBERS[0]) ?? [];
    return members.size === MEMBERS.length && lanes.length === LANES / MEMBERS.length;
  });
  return lanes;
}

/** When each lane's place had moved from where it is now. */
function untilAllMoved(store: ProfileReader, lanes: readonly number[]): Promise<readonly number[]> {
  return Promise.all(
    lanes.map(async (lane) => {
      const before = await placeOf(store, lane);
      const giveUpAtMs = performance.now() + GIVE_UP_MS;
      while ((await placeOf(store, lane)) === before) {
        if (performance.now() > giveUpAtMs)
          throw new Error(`expected a commit in lane ${lane} within ${GIVE_UP_MS} ms`);
        await sleep(POLL_MS);
      }
      return performance.now();
    }),
  );
}

async function placeOf(store: ProfileReader, lane: number): Promise<number> {
  const meta = (await store.metas(lane)).get('rfm');
  return meta === undefined ? 0 : nextTimelineOffset(parseMeta(meta, `rfm, lane ${lane}`));
}
