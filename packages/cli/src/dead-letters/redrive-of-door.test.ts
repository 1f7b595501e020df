import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRawDecoder, embeddedSchemaIds, readRedriven, readTimelineHeaders } from '@tidemark/contracts';
import { systemClock } from '@tidemark/runtime';
import { createDoor, readSources } from '@tidemark/service-door';
import { readLane } from '@tidemark/stream';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { Folders, inFolder, LANES, runLive } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
afterAll(() => folders.remove());

const KEY = 'a-write-key';
const HASH = createHash('sha256').update(KEY).digest('hex');

function writeSources(name: string, more = ''): string {
  const file = folders.path(`${name}.yaml`);
  writeFileSync(file, `sources: [{ name: shop, kind: server, keys: ["sha256:${HASH}"]${more} }]`);
  return file;
}

/** Brings a batch through a door on the folder, as often as it is said. */
async function bring(data: string, sources: string, batch: readonly object[], times = 1): Promise<void> {
  await inFolder(data, async ({ log }) => {
    const door = createDoor(
      {
        log,
        schemaIds: embeddedSchemaIds,
        state: async () => ({ lanes: 'live', earliestAt: null, currency: 'USD' }),
        sources: { current: readSources(sources) },
        observer: { answered: () => undefined },
        logger: pino({ level: 'silent' }),
        clock: systemClock,
      },
      { isLocal: false },
    );
    const server = createServer(door.handle).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/batch`;
    for (let i = 0; i < times; i++) {
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ batch, writeKey: KEY }) });
      expect(answer.status).toBe(200);
    }
    server.closeAllConnections();
    server.close();
    await door.close();
  });
}

async function rawOf(data: string, topic: string) {
  const decoder = createRawDecoder(embeddedSchemaIds);
  return inFolder(data, async ({ log }) => {
    const lanes = Array.from({ length: LANES }, (_, lane) => Array.fromAsync(readLane(log, topic, lane)));
    const records = (await Promise.all(lanes)).flat();
    return Promise.all(
      records.map(async ({ value, headers }) => ({
        redriven: readRedriven(headers),
        read: await decoder.decode(value),
      })),
    );
  });
}

const order = (messageId: string, more: object = {}) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'bert',
  messageId,
  properties: { total: 20, ...more },
});

test('letters of the door are mapped again by the sources of now, once each, with the id and the time that they had', async () => {
  const data = folders.path('mapped');
  await runLive(data);
  const sources = writeSources('before');
  const before = Date.now();
  // Refused twice, since its sender tried again: one event all the same.
  await bring(data, sources, [order('m1'), order('m2', { order_id: 'o2', total: '27,50' })], 2);
  const after = Date.now();
  const redrive = (...args: string[]) => runTidemark(['dead-letters', 'redrive', '--all', '--data', data, ...args]);

  expect((await redrive()).stdout).toContain('Left out: 4 of a source that is not in the file (--sources FILE');
  const unmended = await redrive('--sources', sources);
  expect(unmended.stdout).toContain('Left out: 4 of the door that come to nothing again');

  const mended = writeSources('after', ', order_id: message_id');
  expect((await redrive('--sources', mended, '--dry-run')).stdout).toContain(
    '1 record would be sent again (orders 1).',
  );
  const { stdout } = await redrive('--sources', mended);
  expect(stdout).toContain('1 record sent again (orders 1).');
  expect(stdout).toContain('Left out: 1 of the same record as another letter');
  const [sent, ...others] = await rawOf(data, 'orders');
  expect(others).toEqual([]);
  expect(sent?.read).toMatchObject({ ok: true, value: { eventId: 'shop:m1', orderId: 'm1', amountMinor: 2_000 } });
  const { occurredAt } = (sent as unknown as { read: { value: { occurredAt: number } } }).read.value;
  expect(occurredAt).toBeGreaterThanOrEqual(before);
  expect(occurredAt).toBeLessThanOrEqual(after);
  expect(sent?.redriven).toMatch(/^\d:\d$/);
  expect((await redrive('--sources', mended)).stdout).toContain('sent again before');

  await runLive(data);
  const lanes = await inFolder(data, ({ log }) =>
    Promise.all(Array.from({ length: LANES }, (_, lane) => Array.fromAsync(readLane(log, 'timeline', lane)))),
  );
  const ids = lanes.flat().map(({ headers }) => readTimelineHeaders(headers).eventId);
  expect(ids.filter((id) => id !== null)).toEqual(['shop:m1']);
});

test('show gives an event as its sender wrote it, and list where it came from', async () => {
  const data = folders.path('shown');
  await runLive(data);
  await bring(data, writeSources('shown'), [order('m1')]);
  const { stdout } = await runTidemark(['dead-letters', 'list', '--json', '--data', data]);
  const listed = JSON.parse(stdout);
  expect(listed).toMatchObject({ service: 'door', reason: 'missing-order-id' });
  expect(listed.origin).toMatch(/^source:shop:\d:-1$/);
  const shown = await runTidemark(['dead-letters', 'show', listed.letter, '--json', '--data', data]);
  const { original } = JSON.parse(shown.stdout);
  expect(original).toMatchObject({ key: 'shop:m1', headers: { 'event-id': 'shop:m1', form: 'call' } });
  expect(JSON.parse(original.value)).toEqual(order('m1'));
});

test('sources that cannot be read are told, and nothing is sent', async () => {
  const data = folders.path('unread');
  await runLive(data);
  const file = folders.path('broken.yaml');
  writeFileSync(file, 'sources: {}');
  const { code, stderr } = await runTidemark(['dead-letters', 'redrive', '--all', '--data', data, '--sources', file]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('sources: expected a list of sources')]);
});
