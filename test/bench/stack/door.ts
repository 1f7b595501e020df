import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import autocannon from 'autocannon';
import { freePort, Program, ServiceProcess, until } from '../../stack/service-process.ts';
import { type Figure, median } from '../measure.ts';
import { type BenchContext, type BenchPipeline, goLive, LANES, withPipeline } from './bench-context.ts';
import { cpuSeconds } from './cpu-seconds.ts';
import { kafkaClient } from './kafka-client.ts';
import { withServices } from './service-group.ts';

const KEY = 'a-write-key-of-the-bench';
const FLOOR = 'bare fastify + kafkajs, one send a request';
const DURATION_SECONDS = 8;
const CONNECTIONS = 50;
/** Events a request, whether compressed, and how many times the floor's events a CPU second. */
const BODIES = [
  { events: 1, isCompressed: false, atLeastOfFloor: 2 },
  { events: 15, isCompressed: false, atLeastOfFloor: 1 },
  { events: 100, isCompressed: true, atLeastOfFloor: 0.6 },
] as const;

type Body = (typeof BODIES)[number];

interface Server {
  readonly url: string;
  readonly program: Program;
}

interface Turn {
  readonly requestsPerSecond: number;
  readonly eventsPerCpuSecond: number;
}

interface Run {
  readonly door: Turn;
  readonly floor: Turn;
  readonly p99Ms: number;
}

/** Calls of an SDK over HTTP to durable records in Kafka, in turns with the least that does the like. */
export async function benchDoor(context: BenchContext): Promise<Figure[]> {
  const runs = new Map<Body, Run[]>(BODIES.map((body) => [body, []]));
  for (let run = 0; run < context.runs; run++) {
    await withPipeline(context.stack, 'door', (pipeline) =>
      withBothServers(pipeline, async (door, floor) => {
        for (const [body, ofBody] of runs) {
          ofBody.push(await measure(door, floor, body));
          context.say(`door: ${JSON.stringify({ ...body, ...ofBody.at(-1) })}`);
        }
      }),
    );
  }
  return [...runs].flatMap(([{ events, isCompressed, atLeastOfFloor }, ofBody]) => {
    const name = `door, ${events} ${events === 1 ? 'event' : 'events'} a request${isCompressed ? ', gzip' : ''}`;
    const speeds = ofBody.map(({ door }) => door.eventsPerCpuSecond);
    const floor = { name: FLOOR, value: median(ofBody.map((run) => run.floor.eventsPerCpuSecond)) };
    const latencies = ofBody.map(({ p99Ms }) => p99Ms);
    return [
      { name, unit: 'events/CPU s', value: median(speeds), runs: speeds, floor, mustReach: { atLeastOfFloor } },
      {
        name: `${name}, p99 at half load`,
        unit: 'ms',
        value: median(latencies),
        runs: latencies,
        floor: null,
        mustReach: { below: 50 },
      },
    ];
  });
}

async function measure(door: Server, floor: Server, body: Body): Promise<Run> {
  const floorTurn = await load(floor, body);
  const doorTurn = await load(door, body);
  const { latency } = await fire(door, body, Math.max(1, Math.round(doorTurn.requestsPerSecond / 2)));
  return { door: doorTurn, floor: floorTurn, p99Ms: latency.p99 };
}

async function load(server: Server, body: Body): Promise<Turn> {
  const before = cpuSeconds(server.program.child.pid);
  const { requests } = await fire(server, body);
  const used = cpuSeconds(server.program.child.pid) - before;
  return { requestsPerSecond: requests.average, eventsPerCpuSecond: (requests.total * body.events) / used };
}

/** As fast as it answers, or so many requests a second. */
async function fire({ url }: Server, body: Body, perSecond?: number): Promise<autocannon.Result> {
  const calls = Buffer.from(JSON.stringify({ batch: callsOf(body.events), sentAt: new Date().toISOString() }));
  const result = await autocannon({
    url: `${url}/v1/batch`,
    method: 'POST',
    body: body.isCompressed ? gzipSync(calls) : calls,
    headers: {
      authorization: `Basic ${Buffer.from(`${KEY}:`).toString('base64')}`,
      'content-type': 'application/json',
      ...(body.isCompressed ? { 'content-encoding': 'gzip' } : {}),
    },
    connections: CONNECTIONS,
    duration: DURATION_SECONDS,
    ...(perSecond === undefined ? {} : { overallRate: perSecond, ignoreCoordinatedOmission: true }),
  });
  const { errors, non2xx } = result;
  if (errors > 0 || non2xx > 0) throw new Error(`expected only answers 200, found ${errors} errors, ${non2xx} others`);
  return result;
}

function callsOf(count: number): object[] {
  return Array.from({ length: count }, (_, n) => ({
    type: 'track',
    event: 'Product Viewed',
    userId: `customer-${n}`,
    messageId: `node-next-${n}`,
    timestamp: new Date().toISOString(),
    context: { library: { name: '@segment/analytics-node', version: '3.1.0' } },
    integrations: {},
    properties: {
      product_id: `product-${n}`,
      category: 'jazz',
      price: 19.99,
      currency: 'USD',
      url: 'https://shop.example/p',
    },
  }));
}

async function withBothServers(
  pipeline: BenchPipeline,
  use: (door: Server, floor: Server) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-door-'));
  const programs: Program[] = [];
  try {
    const door = await startDoor(pipeline, folder);
    programs.push(door.program);
    const floor = await startFloor(pipeline);
    programs.push(floor.program);
    await use(door, floor);
  } finally {
    await Promise.all(programs.map((program) => program.stop('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  }
}

/** One that knows that the lanes are live, which stays so. Then nobody reads what it writes: the CPU is its own. */
async function startDoor(pipeline: BenchPipeline, folder: string): Promise<Server> {
  const sources = join(folder, 'sources.yaml');
  const hash = createHash('sha256').update(KEY).digest('hex');
  const limits = 'limits: { events_per_second: 1000000 }';
  await writeFile(sources, `sources: [{ name: bench, kind: server, keys: ["sha256:${hash}"], ${limits} }]\n`);
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const variables = { ...pipeline.variables, TIDEMARK_DOOR_PORT: port, TIDEMARK_DOOR_SOURCES: sources };
  await goLive(pipeline);
  return withServices(['unify', 'profile'], pipeline, async () => {
    const program = await ServiceProcess.start('door', variables);
    await program.ready();
    await until('the lanes are known to be live', async () => {
      const body = JSON.stringify({ batch: [], writeKey: KEY });
      return (await fetch(`${url}/v1/batch`, { method: 'POST', body })).status === 200;
    });
    return { url, program };
  });
}

async function startFloor(pipeline: BenchPipeline): Promise<Server> {
  const topic = `${pipeline.namespace}.floor`;
  const admin = kafkaClient(pipeline).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: LANES }] });
  await admin.disconnect();
  const port = String(await freePort());
  const program = new Program('test/bench/stack/bare-door.ts', [pipeline.brokers.join(','), topic, port], {});
  await until('the floor listens', () => program.stdout.includes('listening'));
  return { url: `http://127.0.0.1:${port}`, program };
}
