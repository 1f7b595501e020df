import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { codecs, customerKey, outputHeaders, topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbedded } from '@tidemark/embedded';
import type { Clock } from '@tidemark/stream';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { startQuery } from './main.ts';
import { tierChange } from './testing/customers.ts';
import { readEvents } from './testing/read-events.ts';
import { problemOf, WITHOUT_TOKENS } from './testing/test-server.ts';

const LANES = 3;
const clock: Clock = {
  now: () => Date.now() as TimeMs,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal && { signal }).catch(() => undefined),
};

test('an event that is brought stands in the log where the answer says', async () => {
  const { url, log } = await startOnFolder();
  const event = {
    eventId: 'e1',
    customerId: 'ada',
    occurredAt: '2026-11-21T09:30:00Z',
    channel: 'web',
    action: 'view',
  };
  const response = await fetch(`${url}/v1/topics/interactions/records`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ records: [event, { ...event, customerId: 'bob' }, { ...event, eventId: 'e2' }] }),
  });
  expect(response.status).toBe(200);
  const { positions } = (await response.json()) as { positions: { lane: number; offset: number }[] };
  const keys = positions.map(async ({ lane, offset }) => {
    const [record] = await log.read('interactions', lane, offset, 1);
    return Buffer.from(record?.key ?? []).toString();
  });
  expect(await Promise.all(keys)).toEqual(['ada', 'bob', 'ada']);
});

test('tier changes are followed over all lanes as they come, and gone on with by Last-Event-ID', async () => {
  const { url, publish } = await startOnFolder();
  for (const lane of [0, 1, 2, 0]) await publish(lane);
  const seen: string[] = [];
  let lastEventId = '';
  for (const count of [1, 2, 1]) {
    const headers = { 'last-event-id': lastEventId };
    const events = await readEvents(await fetch(`${url}/v1/tier-changes?from=start`, { headers }), count);
    seen.push(...events.map(({ lane, number }) => `${lane}/${number}`));
    lastEventId = events.at(-1)?.id ?? '';
  }
  expect(seen.sort()).toEqual(['0/1', '0/2', '1/1', '2/1']);

  const coming = await fetch(`${url}/v1/tier-changes`);
  await publish(1);
  expect((await readEvents(coming, 1)).map(({ lane, number }) => `${lane}/${number}`)).toEqual(['1/2']);
});

test('an id of another log is a 400, before any event', async () => {
  const { url } = await startOnFolder();
  for (const id of ['1-0-0', '1-0-0-9', '2-0-0-0', '1-0-0-z!']) {
    const response = await fetch(`${url}/v1/tier-changes`, { headers: { 'last-event-id': id } });
    expect(await problemOf(response), id).toMatchObject({ status: 400, kind: 'invalid-cursor' });
  }
});

test('an unknown customer is a 404 on every address, and a folder without a policy has no tiers', async () => {
  const { url } = await startOnFolder();
  for (const end of ['', '/timeline', '/tier-changes', '/explain']) {
    expect(await problemOf(await fetch(`${url}/v1/profiles/ada${end}`))).toMatchObject({ status: 404 });
  }
  expect(await (await fetch(`${url}/v1/tiers`)).json()).toEqual({ tiers: [] });
  expect((await fetch(`${url}/v1/lanes`)).status).toBe(200);
});

async function startOnFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-query-'));
  const { log, store, close } = openEmbedded({ folder, lanes: LANES, topics: topics.map(({ name }) => name), clock });
  const health = { ok: true, checks: [] };
  const server = await startQuery(
    {
      reading: { log, store, clock },
      raw: { log, state: async () => ({ lanes: 'live', earliestAt: null, currency: null }) },
      telemetry: { metrics: async () => '', live: () => health, ready: async () => health },
      logger: pino({ level: 'silent' }),
      clock,
    },
    { host: '127.0.0.1', port: 0, tokens: WITHOUT_TOKENS, rateLimitPerSecond: 1_000, streamsMax: 10 },
  );
  const writer = await log.writer();
  const numbers = new Map<number, number>();
  onTestFinished(async () => {
    await server.stop();
    await writer.close();
    close();
    rmSync(folder, { recursive: true });
  });
  const publish = async (lane: number) => {
    const number = (numbers.get(lane) ?? 0) + 1;
    numbers.set(lane, number);
    const reasons = tierChange.reasons.map((reason) => ({ ...reason, value: String(reason.value) }));
    const codec = codecs['tier-change'];
    const change = { ...tierChange, reasons, number, foldVersion: 1, epoch: null };
    const headers = outputHeaders('tier-change', codec.fingerprintFor(change));
    await writer.send('tier-changes', lane, [{ key: customerKey('ada'), value: codec.encode(change), headers }]);
  };
  return { url: server.url, log, publish };
}
