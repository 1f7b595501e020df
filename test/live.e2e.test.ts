import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumeTierChanges, httpSource, memoryPlace, type TierChangeJson } from '@tidemark/consumer';
import { timelineHeaders, topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbedded } from '@tidemark/embedded';
import { createProducer, httpTransport } from '@tidemark/producer';
import { afterAll, afterEach, describe, expect, onTestFinished, test } from 'vitest';

const MAIN = join(import.meta.dirname, '../packages/cli/src/main.ts');
/** Programs of the system. */
const MOUNT = 'mount';
const UNMOUNT = 'umount';
const DAY_MS = 86_400_000;

const folders = mkdtempSync(join(tmpdir(), 'tidemark-live-'));
afterAll(() => rmSync(folders, { recursive: true, force: true }));

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** `tidemark up` as users run it, on any free port. */
class Server {
  readonly child: ChildProcess;
  readonly closed: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, ['--no-warnings', MAIN, 'up', '--port', '0', '--json', ...args]);
    running.add(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.closed = once(this.child, 'close').then(([code]) => {
      running.delete(this.child);
      return code as number | null;
    });
  }

  /** What it prints once it serves. */
  async ready(): Promise<{ readonly url: string; readonly policyNumber?: number }> {
    await until(() => this.stdout.includes('\n') || this.child.exitCode !== null);
    if (!this.stdout.includes('\n')) throw new Error(`expected a server, found: ${this.stderr}`);
    return JSON.parse(this.stdout);
  }

  /** Resolves to the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.closed;
  }
}

async function until(isReached: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; !(await isReached()); waitedMs += 50) {
    if (waitedMs > 60_000) throw new Error(`waited in vain: ${isReached}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function get(url: string) {
  const response = await fetch(url);
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it says what it is
  return { status: response.status, type: response.headers.get('content-type'), body: (await response.json()) as any };
}

/** What unify left in lane 1 on a machine whose clock was ahead. */
async function tickAhead(folder: string, aheadMs: number): Promise<void> {
  const clock = { now: () => Date.now() as TimeMs, elapsedMs: () => 0, sleep: async () => undefined };
  const { log, close } = openEmbedded({ folder, lanes: 2, topics: topics.map(({ name }) => name), clock });
  const logTime = (Date.now() + aheadMs) as TimeMs;
  const tick = { type: 'tick', origin: null, clock: 'live', eventId: null, rawAppendedAtMs: null } as const;
  const writer = await log.writer();
  await writer.send('timeline', 1, [{ key: null, value: null, headers: timelineHeaders({ ...tick, logTime }) }]);
  await writer.close();
  close();
}

/** Orders of three customers, the last two days ago. */
function recentOrders(): string {
  const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString();
  const rows = [
    ['anna', 200, 250],
    ['anna', 100, 250],
    ['anna', 30, 250],
    ['anna', 2, 250],
    ['bert', 120, 20],
    ['carl', 3, 40],
  ] as const;
  const lines = rows.map(([customer, ago, amount], i) => `order-${i},${customer},${day(ago)},${amount}`);
  return ['order_id,customer_id,occurred_at,amount', ...lines].join('\n');
}

describe('a pipeline on the wall clock', () => {
  test('an order that the producer sends becomes a profile, an explanation, and a tier change for the consumer', async () => {
    const server = new Server('--live', '--data', join(folders, 'new'));
    const { url } = await server.ready();
    const changes: TierChangeJson[] = [];
    const stop = new AbortController();
    const consuming = consumeTierChanges({
      source: httpSource({ url }),
      place: memoryPlace(),
      signal: stop.signal,
      handle: async (batch) => {
        changes.push(...batch);
      },
    });
    const producer = createProducer({ transport: httpTransport({ url }) });
    const order = { customerId: 'anna', occurredAt: new Date(), status: 'PAID', currency: 'USD' } as const;
    for (let n = 1; n <= 6; n++) {
      await producer.order({ ...order, eventId: `paid-${n}`, orderId: `order-${n}`, amountMinor: 30_000 });
    }
    // The same event again, as after a lost answer.
    await producer.order({ ...order, eventId: 'paid-6', orderId: 'order-6', amountMinor: 30_000 });
    await producer.close();
    await until(async () => (await get(`${url}/v1/profiles/anna`)).body.scores?.rfm?.exact.orders === 6);
    await until(() => changes.at(-1)?.to === 'gold' || changes.at(-1)?.to === 'platinum');

    const { body: profile } = await get(`${url}/v1/profiles/anna`);
    expect(profile).toMatchObject({
      clock: 'live',
      profile: { counters: { orderEvents: { lifetime: 6, last7Days: 6 } } },
    });
    expect(Math.abs(Date.parse(profile.at) - Date.now())).toBeLessThan(60_000);
    const last = changes.at(-1) as TierChangeJson;
    expect(profile.tier.tier).toBe(last.to);
    expect(changes.map(({ change }) => change)).toEqual(changes.map((_, i) => i + 1));

    const { body: explanation } = await get(`${url}/v1/profiles/anna/explain`);
    const points = explanation.attributes.reduce((sum: number, { points }: { points: number }) => sum + points, 0);
    expect(points).toBeCloseTo(explanation.tier.points, 6);
    expect(explanation.lastChange).toMatchObject({ change: last.change, to: last.to });
    expect(explanation.lastChange.because[0].record.eventId).toMatch(/^paid-/);
    expect(Date.parse(explanation.next[0].at)).toBeGreaterThan(Date.now());

    stop.abort();
    await consuming;
    expect(await server.stop()).toBe(0);
  });

  test('a machine that was 400 days ahead and is mended says so, and takes no event that would be old', async () => {
    const data = join(folders, 'ahead');
    const before = new Server('--live', '--data', data, '--lanes', '2');
    await before.ready();
    await before.stop();
    await tickAhead(data, 400 * DAY_MS);
    const server = new Server('--live', '--data', data);
    const { url } = await server.ready();
    await until(async () => (await get(`${url}/readyz`)).status === 503);
    const { checks } = (await get(`${url}/readyz`)).body;
    expect(JSON.stringify(checks)).toContain('ahead of the wall clock');
    const order = { eventId: 'e', customerId: 'anna', occurredAt: new Date(), orderId: 'o', status: 'PAID' };
    const answer = await fetch(`${url}/v1/topics/orders/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ records: [{ ...order, amountMinor: 100, currency: 'USD' }] }),
    });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('tidemarklaneclockahead')]);
    expect(server.stderr).toContain("the lane's clock is ahead of the wall clock");
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /^tidemark_lane_clock_ahead_seconds\{service="unify",lane="1"\} 3\d{7}/m,
    );
    await server.stop();
  });

  test('a history is replayed first, then it goes on live, once and for good, and keeps what it knew', async () => {
    const data = join(folders, 'history');
    const orders = join(folders, 'recent.csv');
    writeFileSync(orders, recentOrders());
    const replay = ['--orders', orders, '--no-simulated', '--data', data];

    const replayed = new Server(...replay);
    const { url } = await replayed.ready();
    const before = await get(`${url}/v1/profiles/anna`);
    expect(before.body).toMatchObject({ clock: 'event', scores: { rfm: { exact: { orders: 4 } } } });
    const refused = await fetch(`${url}/v1/topics/orders/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ records: [orderOf('anna', 'new')] }),
    });
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(await replayed.stop('SIGTERM')).toBe(0);

    const live = new Server('--live', '--data', data);
    const { url: liveUrl, policyNumber } = await live.ready();
    expect(policyNumber).toBe(1);
    await send(liveUrl, orderOf('anna', 'new'));
    await until(async () => (await get(`${liveUrl}/v1/profiles/anna`)).body.scores?.rfm?.exact.orders === 5);
    const { body: after } = await get(`${liveUrl}/v1/profiles/anna`);
    expect(after.clock).toBe('live');
    expect(after.tier.changes).toBeGreaterThanOrEqual(before.body.tier.changes);
    const { body: letters } = await get(`${liveUrl}/v1/profiles/anna/tier-changes`);
    expect(letters.items.at(-1)).toMatchObject({ change: 1, from: null });
    expect(await live.stop()).toBe(0);

    // It stays live: a replay into it is refused, and going live again changes nothing.
    const again = new Server(...replay);
    expect(await again.closed).toBe(1);
    expect(again.stderr).toContain('--fresh');
    const policy = join(folders, 'mine.yaml');
    writeFileSync(policy, POLICY);
    const renewed = new Server('--live', '--data', data, '--policy', policy);
    const started = await renewed.ready();
    expect(started.policyNumber).toBe(2);
    await until(async () => (await get(`${started.url}/v1/profiles/anna`)).body.tier.tier === 'everybody');
    const { body: tiers } = await get(`${started.url}/v1/tiers`);
    expect(tiers.tiers).toEqual([{ tier: 'everybody', customers: 3 }]);
    expect(await renewed.stop()).toBe(0);
  });

  test('a policy in another base currency ends up --live with a sentence, before anything is written', async () => {
    const data = join(folders, 'base');
    const first = new Server('--live', '--data', data);
    await first.ready();
    await first.stop();
    const policy = join(folders, 'euros.yaml');
    writeFileSync(policy, POLICY.replace('base: USD', 'base: EUR'));
    const refused = new Server('--live', '--data', data, '--policy', policy);
    expect(await refused.closed).toBe(1);
    expect(refused.stdout).toBe('');
    expect(refused.stderr).toMatch(
      /^tidemark: Expected a policy with the base currency USD, as policy 1 has, found EUR\. Nothing was written/m,
    );
    expect(refused.stderr).not.toContain('Live under');
    const again = new Server('--live', '--data', data);
    expect((await again.ready()).policyNumber).toBe(1);
    expect(await again.stop()).toBe(0);
  });

  test('a port that is taken is said, and nothing is replayed', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as AddressInfo;
    const server = new Server('--live', '--data', join(folders, 'port'), '--port', String(port));
    expect(await server.closed).toBe(1);
    expect(server.stderr).toContain(String(port));
    expect(server.stderr).toContain('--port');
    other.close();
  });

  test('a data folder that is removed under it: not ready, alive, nothing is taken, and the answer says what to do', async () => {
    const folder = join(folders, 'removed');
    const server = new Server('--live', '--data', folder);
    const { url } = await server.ready();
    expect((await post(url, 1)).status).toBe(200);
    await until(async () => (await get(`${url}/readyz`)).status === 200);
    rmSync(folder, { recursive: true });
    await until(async () => (await get(`${url}/readyz`)).status === 503);
    const answer = await post(url, 2);
    expect(answer).toMatchObject({
      status: 503,
      body: { detail: expect.stringMatching(/removed.*start Tidemark again/) },
    });
    const ready = await get(`${url}/readyz`);
    const details = ready.body.checks.map(({ detail }: { detail: string }) => detail).join();
    expect(details).toMatch(/outages\.md#data-folder-gone/);
    expect((await get(`${url}/livez`)).status).toBe(200);
    expect(await server.stop()).not.toBeNull();
  });

  test.skipIf(!mayMount())(
    'a disk that is full: nothing is taken, the answer says what to do; it goes on when there is room',
    async () => {
      const disk = join(folders, 'disk');
      mkdirSync(disk);
      execFileSync(MOUNT, ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk]);
      onTestFinished(() => void execFileSync(UNMOUNT, ['--lazy', disk]));
      const server = new Server('--live', '--data', join(disk, 'data'));
      const { url } = await server.ready();
      expect((await post(url, 1)).status).toBe(200);
      const ballast = join(disk, 'ballast');
      fill(ballast);
      let orders = 1;
      let answer = await post(url, orders);
      // What the write-ahead log has left is used up first.
      while (answer.status === 200) answer = await post(url, ++orders);
      expect(answer).toMatchObject({
        status: 503,
        body: { detail: expect.stringMatching(/full.*Make room, then send again/) },
      });
      expect((await get(`${url}/livez`)).status).toBe(200);
      rmSync(ballast);
      await until(async () => (await post(url, orders)).status === 200);
      await until(async () => (await get(`${url}/readyz`)).status === 200);
      await until(async () => (await get(`${url}/v1/profiles/anna`)).body.scores?.rfm?.exact.orders === orders);
      expect(await server.stop()).toBe(0);
    },
  );
});

/** Brings order number `n`; the same again with the same number. */
async function post(url: string, n: number) {
  const order = { eventId: `e${n}`, orderId: `o${n}`, customerId: 'anna', occurredAt: new Date().toISOString() };
  const records = [{ ...order, status: 'PAID', currency: 'USD', amountMinor: 100 }];
  const response = await fetch(`${url}/v1/topics/orders/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ records }),
  });
  return { status: response.status, body: (await response.json()) as { detail?: string } };
}

/** A file that takes all room there is. */
function fill(file: string): void {
  const descriptor = openSync(file, 'w');
  try {
    for (;;) writeSync(descriptor, Buffer.alloc(4_096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(descriptor);
  }
}

/** A disk of its own, to be filled, takes the rights of root. */
function mayMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const there = mkdtempSync(join(tmpdir(), 'tidemark-mount-'));
  const mounted = spawnSync(MOUNT, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', there]);
  if (mounted.status === 0) execFileSync(UNMOUNT, [there]);
  rmSync(there, { recursive: true });
  return mounted.status === 0;
}

function orderOf(customerId: string, orderId: string) {
  const occurredAt = Date.now();
  return { eventId: orderId, customerId, orderId, occurredAt, status: 'PAID', amountMinor: 1_000, currency: 'USD' };
}

async function send(url: string, record: unknown): Promise<void> {
  const response = await fetch(`${url}/v1/topics/orders/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ records: [record] }),
  });
  expect(await response.json()).toEqual({ positions: [{ lane: expect.any(Number), offset: expect.any(Number) }] });
}

const POLICY = `
name: mine
currency: { base: USD, rates: {} }
rfm:
  window_days: 365
  recency_days: [30, 75, 150, 270]
  frequency: [1, 2, 4, 8]
  monetary: [20, 50, 100, 250]
  spend_bands: []
behaviour:
  half_life_days: 14
  weights: { order.paid: 10 }
  bands: { hot: 25, warm: 12, cool: 4 }
churn:
  horizon_days: 90
  parameters: { r: 0.5248, alpha: 6.183, a: 0.8914, b: 1.614 }
  bands: { medium: 0.6, high: 0.8 }
  overdue_intervals: 2
points: { behaviour.band: { hot: 1 } }
tiers:
  - name: everybody
minimum_stay_days: 0
grace_days: 0
`;
