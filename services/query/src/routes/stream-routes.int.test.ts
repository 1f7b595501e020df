import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HEARTBEAT_MS } from '../http/event-stream.ts';
import { readEvents } from '../testing/read-events.ts';
import { problemOf, startTestServer } from '../testing/test-server.ts';

const PATH = '/v1/tier-changes';
const numbers = (events: readonly { readonly number: number }[]) => events.map(({ number }) => number);
const upTo = (count: number, from = 1) => Array.from({ length: count - from + 1 }, (_, index) => from + index);

describe('a stream of tier changes', () => {
  test('starts at the first change kept, or at the next to come', async () => {
    const { get, reader } = await startTestServer();
    reader.publish(3);
    const all = await get(`${PATH}?from=start`);
    expect(all.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(all.headers.get('cache-control')).toBe('no-store');
    expect(await readEvents(all, 3)).toEqual(
      upTo(3).map((number) => ({ id: `c${number}`, event: 'tier-change', lane: 3, number })),
    );
    for (const query of ['?from=end', '']) {
      const coming = await get(`${PATH}${query}`);
      const before = reader.published;
      reader.publish(1);
      expect(numbers(await readEvents(coming, 1))).toEqual([before + 1]);
    }
  });

  test('goes on behind Last-Event-ID, without gap or repeat, however often it breaks; the header wins', async () => {
    const { get, reader } = await startTestServer();
    reader.publish(1_000);
    const seen: number[] = [];
    let lastEventId = '';
    for (const count of [1, 7, 300, 1, 691]) {
      const response = await get(`${PATH}?from=start`, { headers: { 'last-event-id': lastEventId } });
      const events = await readEvents(response, count);
      seen.push(...numbers(events));
      lastEventId = events.at(-1)?.id ?? '';
    }
    expect(seen).toEqual(upTo(1_000));
  });

  test('is refused with a 400 for an id that is none', async () => {
    const { get } = await startTestServer();
    const none = await get(PATH, { headers: { 'last-event-id': 'yesterday' } });
    expect(await problemOf(none)).toMatchObject({ status: 400, kind: 'invalid-cursor' });
    const long = await get(PATH, { headers: { 'last-event-id': 'c'.repeat(8_193) } });
    expect(await problemOf(long)).toMatchObject({ status: 400, errors: [{ field: 'header.last-event-id' }] });
  });

  test('tells its place at once, so that whoever loses it before the first change misses none', async () => {
    const { get, reader } = await startTestServer();
    reader.publish(2);
    const { body } = await get(`${PATH}?from=end`);
    const chunks = body?.pipeThrough(new TextDecoderStream()).getReader();
    const id = /^id: (.*)$/m.exec((await chunks?.read())?.value ?? '')?.[1] ?? '';
    await chunks?.cancel();
    reader.publish(2);
    const again = await get(`${PATH}?from=end`, { headers: { 'last-event-id': id } });
    expect(numbers(await readEvents(again, 2))).toEqual([3, 4]);
  });

  test('says every 15 s of silence that it is there', async () => {
    const { get, clock } = await startTestServer();
    const { body } = await get(PATH);
    const chunks = body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await chunks?.read())?.value).toBe('retry: 2000\nid: c0\n\n');
    for (let beat = 0; beat < 3; beat++) {
      clock.advance(HEARTBEAT_MS);
      expect((await chunks?.read())?.value).toBe(': still here\n\n');
    }
    await chunks?.cancel();
  });

  test('ends for the server, too, when the client is gone', async () => {
    const { get, reader } = await startTestServer();
    reader.publish(1);
    await readEvents(await get(`${PATH}?from=start`), 1);
    await expect.poll(() => reader.ended).toBe(1);
  });

  test('is cut when its changes fail, and another goes on', async () => {
    const { get, reader, lines } = await startTestServer();
    reader.publish(2);
    const response = await get(`${PATH}?from=start`);
    reader.failure = new Error('a bug met');
    reader.publish(1);
    await expect(response.text()).resolves.not.toContain('c3');
    expect(JSON.stringify(lines)).toContain('a bug met');
    reader.failure = null;
    const again = await get(PATH, { headers: { 'last-event-id': 'c2' } });
    expect(numbers(await readEvents(again, 1))).toEqual([3]);
  });
});

test('beyond as many streams as are allowed it is a 503; a closed one makes room', async () => {
  const { get, reader } = await startTestServer({ streamsMax: 2 });
  reader.publish(1);
  const open = await Promise.all([get(`${PATH}?from=start`), get(`${PATH}?from=start`)]);
  const refused = await get(PATH);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await problemOf(refused)).toMatchObject({ status: 503, kind: 'too-many-streams' });
  await open[0].body?.cancel();
  await expect.poll(async () => (await get(PATH)).status).toBe(200);
});

test('a refused stream does not count as open', async () => {
  const { get } = await startTestServer({ streamsMax: 1 });
  for (let i = 0; i < 5; i++) {
    const { status } = await get(PATH, { headers: { 'last-event-id': 'none' } });
    expect(status).toBe(400);
  }
});

test('a reader that takes nothing stops its stream being filled, delays no other, and misses nothing in the end', async () => {
  const { url, get, reader } = await startTestServer();
  const changes = 5_000;
  reader.padding = 'x'.repeat(10_000);
  const slow = await openRaw(url);
  slow.pause();
  reader.publish(changes);
  const pulled = await settled(() => reader.pulled);
  // 50 MB are there to be sent; the sockets of both sides hold a few.
  expect(pulled).toBeLessThan(changes);
  expect(numbers(await readEvents(await get(`${PATH}?from=start`), 100))).toEqual(upTo(100));

  let text = '';
  slow.on('data', (bytes) => {
    text += bytes.toString('latin1').replaceAll('x', '');
  });
  slow.resume();
  await expect.poll(() => text.includes(`id: c${changes}\n`), { timeout: 30_000 }).toBe(true);
  const ids = [...text.matchAll(/^id: c(\d+)\nevent/gm)].map(([, number]) => Number(number));
  expect(ids).toEqual(upTo(changes));
});

/** A request whose answer nobody reads by itself. */
async function openRaw(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  socket.write(`GET ${PATH}?from=start HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await new Promise((resolve) => socket.once('readable', resolve));
  return socket;
}

/** The value once it stands still. */
async function settled(read: () => number): Promise<number> {
  let before = -1;
  while (before !== read()) {
    before = read();
    await wait(300);
  }
  return before;
}
