import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { topics } from '@tidemark/contracts';
import { openEmbedded } from '@tidemark/embedded';
import { systemClock } from '@tidemark/runtime';
import { type EventLog, OperatingError } from '@tidemark/stream';
import type { AnsweredRequest } from '@tidemark/telemetry';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Serving, startHttpThread } from './http-thread.ts';

const event = { eventId: 'e1', customerId: 'ada', occurredAt: 1_790_000_000_000, channel: 'web', action: 'view' };

async function startThread({
  port = 0,
  writer,
  sourcesFile = null,
  prepare,
}: {
  readonly port?: number;
  readonly writer?: EventLog['writer'];
  readonly sourcesFile?: string | null;
  readonly prepare?: (folder: string) => void;
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-http-'));
  const embedded = openEmbedded({ folder, lanes: 3, topics: topics.map(({ name }) => name), clock: systemClock });
  prepare?.(folder);
  const failures: unknown[] = [];
  const answered: AnsweredRequest[] = [];
  const health = { ok: true, checks: [{ name: 'rfm', ok: true, detail: 'folds' }] };
  const log = { writer: writer ?? (() => embedded.log.writer()) };
  let running: Serving | null = null;
  onTestFinished(async () => {
    await running?.stop();
    embedded.close();
    expect(failures).toEqual([]);
    rmSync(folder, { recursive: true });
  });
  running = await startHttpThread(
    {
      variables: process.env,
      pipeline: { log, ingestState: () => ({ lanes: 'live', earliestAt: null, currency: 'USD' }) },
      telemetry: {
        metrics: async () => 'tidemark_up 1\n',
        live: () => health,
        ready: async () => health,
        doorObserver: () => ({ answered: (request) => void answered.push(request) }),
      },
      watch: { fail: (error) => void failures.push(error) },
    },
    {
      folder,
      server: {
        host: '127.0.0.1',
        port,
        tokens: { reader: [], producer: [], operator: [] },
        rateLimitPerSecond: 1_000,
        streamsMax: 10,
      },
      sourcesFile,
      log: { level: 'silent', format: 'json' },
    },
  );
  const post = (records: readonly object[]) =>
    fetch(`${running.url}/v1/topics/interactions/records`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ records }),
    });
  return { url: running.url, writeKey: running.writeKey, folder, log: embedded.log, post, answered };
}

test('an event that is brought stands in the log where the answer says', async () => {
  const { log, post } = await startThread();
  const answer = await post([event, { ...event, customerId: 'bob' }]);
  expect(answer.status).toBe(200);
  const { positions } = (await answer.json()) as { positions: { lane: number; offset: number }[] };
  const keys = positions.map(async ({ lane, offset }) => {
    const [record] = await log.read('interactions', lane, offset, 1);
    return Buffer.from(record?.key ?? []).toString();
  });
  expect(await Promise.all(keys)).toEqual(['ada', 'bob']);
});

test('calls of SDKs are taken beside, by the write key of the data folder, and by pages of this machine alone', async () => {
  const { url, writeKey, folder, log, answered } = await startThread();
  expect(readFileSync(join(folder, 'write-key'), 'utf8').trim()).toBe(writeKey);
  const order = { order_id: 'o1', total: 129.5 };
  const call = { type: 'track', event: 'Order Completed', messageId: 'm1', userId: 'ada', properties: order };
  const send = (key: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/batch`, {
      method: 'POST',
      body: JSON.stringify({ batch: [call], writeKey: key }),
      headers,
    });
  const answer = await send(String(writeKey), { origin: 'http://localhost:3000' });
  expect([answer.status, await answer.json()]).toMatchObject([200, { accepted: 1 }]);
  const lanes = await Promise.all([0, 1, 2].map((lane) => log.read('orders', lane, 0, 10)));
  expect(lanes.flat()).toHaveLength(1);
  expect((await send('another')).status).toBe(401);
  expect((await send(String(writeKey), { origin: 'https://elsewhere.example' })).status).toBe(401);
  expect(await statusOfHost(url, 'elsewhere.example')).toBe(400);
  // It may send, and read nothing more than anybody on this machine.
  expect((await fetch(`${url}/v1/profiles/ada`, { headers: { origin: 'https://elsewhere.example' } })).status).toBe(
    403,
  );
  await vi.waitFor(() => expect(answered.map(({ status }) => status)).toEqual([200, 401, 401, 400]), 30_000);
});

test('sources of a file may send besides; a file that is invalid is told, and nothing is served', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-sources-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const sourcesFile = join(folder, 'sources.yaml');
  const hash = createHash('sha256').update('key-of-the-shop').digest('hex');
  writeFileSync(sourcesFile, `sources: [{ name: shop, kind: server, keys: ["sha256:${hash}"] }]`);
  const { url, writeKey } = await startThread({ sourcesFile });
  for (const key of ['key-of-the-shop', String(writeKey)]) {
    const answer = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      body: JSON.stringify({ batch: [], writeKey: key }),
    });
    expect(answer.status).toBe(200);
  }
  writeFileSync(sourcesFile, 'sources: {}');
  await expect(startThread({ sourcesFile })).rejects.toThrow('sources: expected a list of sources');
});

test('where the data folder cannot keep a write key there is no door, and all else is served', async () => {
  const { url, writeKey } = await startThread({ prepare: (folder) => void mkdirSync(join(folder, 'write-key.new')) });
  expect(writeKey).toBeNull();
  expect((await fetch(`${url}/v1/batch`, { method: 'POST', body: '{}' })).status).toBe(404);
  expect((await fetch(`${url}/v1/tiers`)).status).toBe(200);
});

/** Not by fetch, which sets the header itself. */
function statusOfHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    httpRequest(`${url}/v1/t`, { method: 'POST', headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).end('{}');
  });
}

test('a log that is away is a 503, and what fails otherwise a 500 that says nothing', async () => {
  const failing = (error: Error) => async () => ({ send: () => Promise.reject(error), close: async () => undefined });
  const away = await startThread({ writer: failing(new OperatingError('log-unavailable', 'x', { retriable: true })) });
  expect((await away.post([event])).status).toBe(503);
  const broken = await startThread({ writer: failing(new TypeError('ada')) });
  const answer = await broken.post([event]);
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('ada');
});

test('health and metrics are those of the thread that folds', async () => {
  const { url } = await startThread();
  for (const path of ['/livez', '/readyz']) {
    expect(await (await fetch(url + path)).json()).toMatchObject({ checks: [{ name: 'rfm' }] });
  }
  expect(await (await fetch(`${url}/metrics`)).text()).toBe('tidemark_up 1\n');
});

test('a request is answered while the thread that folds is busy', async () => {
  const { url } = await startThread();
  const status = new Int32Array(new SharedArrayBuffer(4));
  const asking = new Worker(
    `const { workerData: { url, status } } = require('node:worker_threads');
     fetch(url).then((answer) => { Atomics.store(status, 0, answer.status); Atomics.notify(status, 0); });`,
    { eval: true, workerData: { url: `${url}/v1/profiles/ada`, status } },
  );
  onTestFinished(() => void asking.terminate());
  // Nothing else runs in this thread until the answer is there, or it is given up.
  expect(Atomics.wait(status, 0, 0, 20_000)).toBe('ok');
  expect(status[0]).toBe(404);
});

test('a port in use is said', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  await expect(startThread({ port })).rejects.toThrow(`Expected port ${port} on 127.0.0.1 to be free`);
});
