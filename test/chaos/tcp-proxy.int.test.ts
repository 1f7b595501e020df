import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

/** Long enough for bytes that nothing holds up. */
const SOON_MS = 200;

let server: Server;
let proxy: TcpProxy;

beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await TcpProxy.listen();
  proxy.leadTo((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy.close();
  server.close();
});

test('brings bytes there and back, in order, however many', async () => {
  const socket = await open();
  const sent = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => i % 251));
  socket.write(sent);
  expect(Buffer.compare(await read(socket, sent.length), sent)).toBe(0);
});

test('late bytes come in order', async () => {
  let delayMs = 20;
  proxy.disturb({ kind: 'delay', befalls: () => true, delayMs: () => delayMs-- });
  const socket = await open();
  for (let i = 0; i < 10; i++) {
    socket.write(String(i));
    await sleep(2);
  }
  expect((await read(socket, 10)).toString()).toBe('0123456789');
});

test('a dropped connection stays open and says nothing, also when all is calm again; a new one works', async () => {
  const socket = await open();
  proxy.disturb({ kind: 'drop', befalls: () => true, delayMs: () => 0 });
  socket.write('hello');
  proxy.calm();
  expect(await Promise.race([once(socket, 'data'), closed(socket), sleep(SOON_MS, 'nothing')])).toBe('nothing');
  const other = await open();
  other.write('hello');
  expect((await read(other, 5)).toString()).toBe('hello');
});

test('a reset breaks connections, those that it befalls', async () => {
  const [first, second] = [await open(), await open()];
  const befallen = [true, false];
  proxy.disturb({ kind: 'reset', befalls: () => befallen.shift() ?? false, delayMs: () => 0 });
  await closed(first);
  second.write('hello');
  expect((await read(second, 5)).toString()).toBe('hello');
});

test('a server that is away looks away', async () => {
  const socket = await open();
  proxy.leadTo(1);
  await once(
    connect(proxy.port, '127.0.0.1').on('error', () => {}),
    'close',
  );
  socket.write('hello');
  expect((await read(socket, 5)).toString()).toBe('hello');
});

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  // The proxy has taken it once a byte came back.
  socket.write('!');
  await read(socket, 1);
  return socket;
}

/** `once` would reject where it ends with an error. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('close', () => resolve()));
}

async function read(socket: Socket, count: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < count) bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0] as Buffer]);
  return bytes;
}
