import { FOLDING } from '../../stack/remote-pipeline.ts';
import { Program, until } from '../../stack/service-process.ts';
import { type Figure, median, percentile } from '../measure.ts';
import { type BenchContext, type BenchPipeline, goLive, LANES, withPipeline } from './bench-context.ts';
import { watchCpu } from './cpu-by-process.ts';
import { kafkaClient } from './kafka-client.ts';
import { OrderWay } from './order-way.ts';
import { withServices } from './service-group.ts';
import { timeByHop } from './time-by-hop.ts';

const PER_SECOND = 1_000;
/** A machine's speed changes from minute to minute: floor and services have the load in turns. */
const TURN_MS = 10_000;
const WARM_UP_TURNS = 2;
const MEASURED_TURNS = 6;
const HOPS = 3;
const FLOOR = 'three bare kafkajs hops';
/** A floor that is slower than this has fallen behind: the machine is too busy to say anything. */
const FLOOR_P50_MS_MAX = 50;

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** From the moment an order was due to be sent until its customer's first tier is read from Kafka. */
export async function benchLatency(context: BenchContext): Promise<Figure[]> {
  const floors: Latency[] = [];
  const latencies: Latency[] = [];
  for (let run = 0; run < context.runs; run++) {
    await withPipeline(context.stack, 'latency', async (pipeline) => {
      await goLive(pipeline);
      const { floor, services } = await measureInTurns(context, pipeline);
      context.say(`latency: floor ${JSON.stringify(floor)}, services ${JSON.stringify(services)}`);
      if (floor.p50 > FLOOR_P50_MS_MAX) context.say('latency: the floor fell behind; find a quieter machine');
      floors.push(floor);
      latencies.push(services);
    });
  }
  const figure = (of: keyof Latency, atMostOfFloor: number): Figure => ({
    name: `raw append to tier change at ${PER_SECOND}/s, ${of}`,
    unit: 'ms',
    value: median(latencies.map((latency) => latency[of])),
    runs: latencies.map((latency) => latency[of]),
    floor: { name: FLOOR, value: median(floors.map((floor) => floor[of])) },
    mustReach: { atMostOfFloor },
  });
  return [figure('p50', 2), figure('p99', 3)];
}

function measureInTurns({ say }: BenchContext, pipeline: BenchPipeline) {
  return withBareHops(pipeline, (floor) =>
    withServices(FOLDING, pipeline, async (processes) => {
      const { namespace } = pipeline;
      const services = await OrderWay.open(pipeline, {
        topicOf: ({ topic }) => `${namespace}.${topic}`,
        outTopic: `${namespace}.tier-changes`,
      });
      const cpuSeconds: Record<string, number> = {};
      for (let turn = 0; turn < WARM_UP_TURNS + MEASURED_TURNS; turn++) {
        const isMeasured = turn >= WARM_UP_TURNS;
        await floor.carry(PER_SECOND, TURN_MS, isMeasured);
        const used = watchCpu(processes);
        await services.carry(PER_SECOND, TURN_MS, isMeasured);
        if (isMeasured) for (const [name, s] of Object.entries(used())) cpuSeconds[name] = (cpuSeconds[name] ?? 0) + s;
      }
      say(`latency: CPU seconds in ${(MEASURED_TURNS * TURN_MS) / 1_000} s: ${JSON.stringify(cpuSeconds)}`);
      say(`latency: ms by service ${JSON.stringify(await timeByHop(pipeline.remote.log))}`);
      await services.close();
      return { floor: latencyOf(floor), services: latencyOf(services) };
    }),
  );
}

async function withBareHops<Result>(
  pipeline: BenchPipeline,
  use: (floor: OrderWay) => Promise<Result>,
): Promise<Result> {
  const topics = Array.from({ length: HOPS + 1 }, (_, hop) => `${pipeline.namespace}.floor-${hop}`);
  await createTopics(pipeline, topics);
  const hops = Array.from({ length: HOPS }, (_, hop) => {
    const args = [pipeline.brokers.join(','), topics[hop] ?? '', topics[hop + 1] ?? ''];
    return new Program('test/bench/stack/bare-hop.ts', args, {});
  });
  try {
    await until('every hop has joined', () => hops.every(({ stdout }) => stdout.includes('joined')));
    const ends = { topicOf: () => topics[0] ?? '', outTopic: topics[HOPS] ?? '' };
    const floor = await OrderWay.open(pipeline, ends);
    const result = await use(floor);
    await floor.close();
    return result;
  } finally {
    await Promise.all(hops.map((hop) => hop.stop('SIGKILL')));
  }
}

function latencyOf({ latenciesMs }: OrderWay): Latency {
  return { p50: percentile(latenciesMs, 0.5), p99: percentile(latenciesMs, 0.99) };
}

async function createTopics(pipeline: BenchPipeline, topics: readonly string[]): Promise<void> {
  const admin = kafkaClient(pipeline).admin();
  await admin.connect();
  await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: LANES })) });
  await admin.disconnect();
}
