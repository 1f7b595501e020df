import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { type Figure, median } from './measure.ts';
import { steadyP99 } from './steady-load.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const CUSTOMERS = 5_000;
const EVENTS_BEFORE = 50_000;
const EVENTS_PER_SECOND = 1_000;
const REQUESTS_PER_SECOND = 500;
const CONNECTIONS = 20;
const DURATION_SECONDS = 20;
/** The types of autocannon 7 do not know it yet. */
const WARMUP: object = { warmup: { connections: CONNECTIONS, duration: 3 } };
const BATCH_EVENTS = 100;

interface Load {
  readonly steadyP99Ms: number;
  readonly burstP99Ms: number;
}

interface LiveLoad extends Load {
  readonly eventsPerSecond: number;
}

/** `GET /v1/profiles/{id}` while events flow into the same process, beside a bare HTTP server. */
export async function benchQuery(runs: number): Promise<Figure[]> {
  const loads: LiveLoad[] = [];
  const floors: Load[] = [];
  for (let run = 0; run < runs; run++) {
    floors.push(await bareServer());
    loads.push(await liveServer());
  }
  const flows = loads.map(({ eventsPerSecond }) => eventsPerSecond);
  const figure = (name: string, of: keyof Load): Figure => ({
    name: `GET profile, p99, ${name}`,
    unit: 'ms',
    value: median(loads.map((load) => load[of])),
    runs: loads.map((load) => load[of]),
    floor: { name: 'a bare HTTP server', value: median(floors.map((load) => load[of])) },
    mustReach: { below: 10 },
  });
  return [
    figure(`${REQUESTS_PER_SECOND}/s evenly, from when each was due`, 'steadyP99Ms'),
    figure(`${REQUESTS_PER_SECOND}/s by autocannon`, 'burstP99Ms'),
    {
      name: 'events taken meanwhile',
      unit: 'events/s',
      value: median(flows),
      runs: flows,
      floor: null,
      mustReach: { atLeast: 0.99 * EVENTS_PER_SECOND },
    },
  ];
}

async function liveServer(): Promise<LiveLoad> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-bench-'));
  const args = [join(REPOSITORY, 'scripts', 'tidemark.mjs'), 'up', '--live', '--json', '--port', '0', '--data', folder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const { url } = JSON.parse(await firstLine(child)) as { readonly url: string };
    const flow = new Flow(url);
    for (let sent = 0; sent < EVENTS_BEFORE; sent += 1_000) await flow.send(1_000);
    await untilFolded(url);
    flow.start();
    const result = await getProfiles(url);
    const eventsPerSecond = await flow.stop();
    return { ...result, eventsPerSecond };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close');
    await rm(folder, { recursive: true, force: true });
  }
}

/** What was sent before is not part of the load. */
async function untilFolded(url: string): Promise<void> {
  for (;;) {
    const { lanes } = (await (await fetch(`${url}/v1/lanes`)).json()) as { readonly lanes: readonly { lag: number }[] };
    // A lane on the wall clock ticks: a record or two may always be on their way.
    if (lanes.every(({ lag }) => lag <= 2)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Sends page views of customers in turn, at `EVENTS_PER_SECOND` once started. */
class Flow {
  readonly #url: string;
  readonly #run = Date.now();
  #number = 0;
  #acknowledged = 0;
  #failure: unknown = null;
  #startedAtMs = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #underWay = new Set<Promise<void>>();

  constructor(url: string) {
    this.#url = url;
  }

  start(): void {
    this.#acknowledged = 0;
    this.#startedAtMs = performance.now();
    this.#timer = setInterval(
      () => {
        const sending = this.send(BATCH_EVENTS)
          .catch((error: unknown) => {
            this.#failure ??= error;
          })
          .finally(() => this.#underWay.delete(sending));
        this.#underWay.add(sending);
      },
      (1_000 * BATCH_EVENTS) / EVENTS_PER_SECOND,
    );
  }

  /** The rate at which events were acknowledged. */
  async stop(): Promise<number> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    if (this.#failure !== null) throw this.#failure;
    return (this.#acknowledged / (performance.now() - this.#startedAtMs)) * 1_000;
  }

  async send(events: number): Promise<void> {
    const records = Array.from({ length: events }, () => {
      const n = this.#number++;
      return {
        eventId: `${this.#run}-${n}`,
        customerId: customerOf(n),
        occurredAt: Date.now(),
        channel: 'web',
        action: n % 10 === 0 ? 'add_to_cart' : 'product_view',
        category: `category-${n % 7}`,
      };
    });
    const response = await fetch(`${this.#url}/v1/topics/interactions/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ records }),
    });
    if (!response.ok) throw new Error(`expected events to be taken, found ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
    this.#acknowledged += events;
  }
}

function customerOf(n: number): string {
  return `customer-${n % CUSTOMERS}`;
}

/**
 * autocannon keeps to a rate by bursts and pauses, and reads a pause as waiting: with its correction for what is omitted a bare
 * server would have 5 to 17 ms. So its latencies are taken as they are, beside those of an even load, which omits nothing.
 */
async function getProfiles(url: string): Promise<Load> {
  const steadyP99Ms = await steadyP99(url, {
    path: (n) => `/v1/profiles/${customerOf(n * 97)}`,
    perSecond: REQUESTS_PER_SECOND,
    seconds: DURATION_SECONDS,
  });
  const requests = Array.from({ length: 50 }, (_, i) => ({ path: `/v1/profiles/${customerOf(i * 97)}` }));
  const {
    latency,
    errors,
    non2xx,
    requests: sent,
  } = await autocannon({
    url,
    requests,
    connections: CONNECTIONS,
    overallRate: REQUESTS_PER_SECOND,
    duration: DURATION_SECONDS,
    ignoreCoordinatedOmission: true,
    // The load is made in a thread of its own, so that it does not wait for what this one does.
    workers: 1,
    ...WARMUP,
  });
  if (errors > 0 || non2xx > 0) throw new Error(`expected only answers 200, found ${errors} errors, ${non2xx} others`);
  if (sent.average < 0.98 * REQUESTS_PER_SECOND) throw new Error(`only ${sent.average} requests/s were answered`);
  return { steadyP99Ms, burstP99Ms: latency.p99 };
}

async function bareServer(): Promise<Load> {
  const server = createServer((_request, response) => response.end('{}'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await getProfiles(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('expected a pipe');
  for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the server ended before it served');
}
