import { connect } from 'node:net';
import type { RawLog } from '@tidemark/runtime';
import { expect, test, vi } from 'vitest';
import { basic, KEYS, startTestDoor, track } from '../testing/test-door.ts';

const MIB = 1_048_576;
/** One order, in as many bytes. */
const bodyOf = (bytes: number) => JSON.stringify({ batch: [track()] }).padEnd(bytes, ' ');

/** A log that takes nothing until it is let. */
function slow() {
  const gate = Promise.withResolvers<void>();
  const log = (own: RawLog): RawLog => ({
    lanes: own.lanes,
    async writer() {
      const writer = await own.writer();
      return {
        send: async (...sent) => {
          await gate.promise;
          return writer.send(...sent);
        },
        close: () => writer.close(),
      };
    },
  });
  return { log, letGo: gate.resolve };
}

test('while the log is slow bodies of 64 MiB wait for it, further ones are told to come again, and then all are taken', async () => {
  const { log, letGo } = slow();
  const { post, answered } = await startTestDoor({ log });
  const send = () => post('/v1/batch', bodyOf(4 * MIB), basic(KEYS.shop));
  const sending = Array.from({ length: 24 }, send);
  // Sixteen have all the room; who has lost half of what it sent gives its own back.
  await vi.waitFor(() => expect(answered.length).toBeGreaterThanOrEqual(8), { timeout: 60_000 });
  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([503]));
  letGo();
  const answers = await Promise.all(sending);
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(16);
  expect(
    answers.filter(({ status }) => status === 503).every(({ headers }) => headers.get('retry-after') === '5'),
  ).toBe(true);
  expect((await send()).status).toBe(200);
});

test('who goes away in the middle of a body leaves no room taken', async () => {
  const { url, post } = await startTestDoor();
  const { hostname, port } = new URL(url);
  const head = ['POST /v1/batch HTTP/1.1', 'host: x', `content-length: ${4 * MIB}`, '', ''].join('\r\n');
  for (let i = 0; i < 40; i++) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(head);
        socket.write(Buffer.alloc(2 * MIB, ' '), () => socket.destroy());
      });
      socket.on('error', reject);
      socket.on('close', () => resolve());
    });
  }
  await vi.waitFor(async () => expect((await post('/v1/batch', bodyOf(4 * MIB), basic(KEYS.shop))).status).toBe(200), {
    timeout: 60_000,
  });
});
