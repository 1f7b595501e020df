import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';
import { FOLDING } from '../../stack/remote-pipeline.ts';
import { Program, until } from '../../stack/service-process.ts';
import { type Figure, median, percentile } from '../measure.ts';
import { type BenchContext, type BenchPipeline, goLive, LANES, withPipeline } from './bench-context.ts';
import { watchCpu } from './cpu-by-process.ts';
import { kafkaClient } from './kafka-client.ts';
import { type LoadRecord, loadRecord } from './live-load.ts';
import { sendEvenly } from './send-evenly.ts';
import { withServices } from './service-group.ts';
import { timeByHop } from './time-by-hop.ts';

const PER_SECOND = 1_000;
const WARM_UP_MS = 20_000;
const MEASURED_MS = 60_000;
const HOPS = 3;
const FLOOR = 'three bare kafkajs hops';
/** A floor that is slower than this has fallen behind: the machine is too busy to say anything. */
const FLOOR_P50_MS_MAX = 50;
/** What has not arrived so long after the last was sent is lost. */
const ARRIVE_WITHIN_MS = 20_000;

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** Where a load goes in and where it comes out. */
interface Way {
  readonly topicOf: (record: LoadRecord) => string;
  readonly outTopic: string;
}

/** From the moment an order was due to be sent until its customer's first tier is read from Kafka. */
export async function benchLatency(context: BenchContext): Promise<Figure[]> {
  const floors: Latency[] = [];
  const latencies: Latency[] = [];
  for (let run = 0; run < context.runs; run++) {
    await withPipeline(context.stack, 'latency', async (pipeline) => {
      await goLive(pipeline);
      floors.push(await throughBareHops(pipeline));
      context.say(`latency: floor ${JSON.stringify(floors.at(-1))}`);
      if ((floors.at(-1)?.p50 ?? 0) > FLOOR_P50_MS_MAX)
        context.say('latency: the floor fell behind; find a quieter machine');
      latencies.push(await throughServices(context, pipeline));
      context.say(`latency: services ${JSON.stringify(latencies.at(-1))}`);
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

function throughServices({ say }: BenchContext, pipeline: BenchPipeline): Promise<Latency> {
  const { namespace } = pipeline;
  const way = {
    topicOf: ({ topic }: LoadRecord) => `${namespace}.${topic}`,
    outTopic: `${namespace}.tier-changes`,
  };
  return withServices(FOLDING, pipeline, async (services) => {
    const cpuSeconds = watchCpu(services);
    const latency = await measure(pipeline, way);
    say(`latency: CPU seconds in ${(WARM_UP_MS + MEASURED_MS) / 1_000} s: ${JSON.stringify(cpuSeconds())}`);
    say(`latency: ms by service ${JSON.stringify(await timeByHop(pipeline.remote.log))}`);
    return latency;
  });
}

async function throughBareHops(pipeline: BenchPipeline): Promise<Latency> {
  const topics = Array.from({ length: HOPS + 1 }, (_, hop) => `${pipeline.namespace}.floor-${hop}`);
  await createTopics(pipeline, topics);
  const hops = Array.from({ length: HOPS }, (_, hop) => {
    const args = [pipeline.brokers.join(','), topics[hop] ?? '', topics[hop + 1] ?? ''];
    return new Program('test/bench/stack/bare-hop.ts', args, {});
  });
  try {
    await until('every hop has joined', () => hops.every(({ stdout }) => stdout.includes('joined')));
    return await measure(pipeline, { topicOf: () => topics[0] ?? '', outTopic: topics[HOPS] ?? '' });
  } finally {
    await Promise.all(hops.map((hop) => hop.stop('SIGKILL')));
  }
}

/** Sends and receives in this process, so that one clock counts. */
async function measure(pipeline: BenchPipeline, { topicOf, outTopic }: Way): Promise<Latency> {
  const kafka = kafkaClient(pipeline);
  const dueMs = new Map<string, number>();
  const latenciesMs: number[] = [];
  const consumer = kafka.consumer({ groupId: `${outTopic}.bench` });
  const joined = Promise.withResolvers<void>();
  consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve());
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await Promise.all([producer.connect(), consumer.connect()]);
  await consumer.subscribe({ topics: [outTopic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    async eachBatch({ batch }) {
      const now = performance.now();
      for (const { key } of batch.messages) {
        const customerId = String(key);
        const due = dueMs.get(customerId);
        if (due !== undefined) latenciesMs.push(now - due);
        dueMs.delete(customerId);
      }
    },
  });
  await joined.promise;
  const stop = new AbortController();
  const measuredFromMs = performance.now() + WARM_UP_MS;
  const load = sendEvenly({
    producer,
    perSecond: PER_SECOND,
    recordOf: (n) => loadRecord(n, pipeline.schemaIds),
    topicOf,
    onDue({ key, entersTier }, due) {
      if (entersTier && due >= measuredFromMs) dueMs.set(String(key), due);
    },
    signal: stop.signal,
  });
  await Promise.race([sleep(WARM_UP_MS + MEASURED_MS), load]);
  stop.abort();
  await load;
  await until('every tier change arrives', () => dueMs.size === 0, ARRIVE_WITHIN_MS);
  await Promise.all([producer.disconnect(), consumer.disconnect()]);
  return { p50: percentile(latenciesMs, 0.5), p99: percentile(latenciesMs, 0.99) };
}

async function createTopics(pipeline: BenchPipeline, topics: readonly string[]): Promise<void> {
  const admin = kafkaClient(pipeline).admin();
  await admin.connect();
  await admin.createTopics({ topics: topics.map((topic) => ({ topic, numPartitions: LANES })) });
  await admin.disconnect();
}
