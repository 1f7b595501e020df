import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeBroker } from './testing/fake-broker.ts';

const require = createRequire(import.meta.url);
const Connection = require('kafkajs/src/network/connection') as ConnectionClass;
const openSocket = require('kafkajs/src/network/socketFactory') as () => unknown;
const { protocol } = require('kafkajs/src/protocol/requests/apiVersions') as ApiVersions;

const REQUEST_TIMEOUT_MS = 300;
const METADATA = 3;

describe('kafkajs, as patched', () => {
  let broker: FakeBroker;
  let admin: Admin;
  const createAdmin = () =>
    new kafkajs.Kafka({
      brokers: [broker.address],
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { retries: 0, initialRetryTime: 10 },
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();

  beforeEach(async () => {
    broker = await FakeBroker.listen();
    admin = createAdmin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual([]);
  });
  afterEach(async () => {
    broker.close();
    await admin.disconnect();
  });

  test('closes a connection that leaves a request without an answer, and goes on with another', async () => {
    const { answer } = broker;
    const silent = new Set(broker.sockets);
    broker.answer = (socket, bytes, apiKey) => {
      if (!silent.has(socket)) answer(socket, bytes, apiKey);
    };
    await expect(admin.listTopics()).rejects.toThrow();
    await expect.poll(() => admin.listTopics().catch(() => null)).toEqual([]);
  });

  test('does not take the rest of an answer for the beginning of the next, when a connection broke within it', async () => {
    const { answer } = broker;
    broker.answer = (socket, bytes, apiKey) => {
      if (apiKey !== METADATA) return answer(socket, bytes, apiKey);
      broker.answer = answer;
      socket.write(bytes.subarray(0, bytes.length - 3), () => socket.destroy());
    };
    await expect(admin.listTopics()).rejects.toThrow();
    await expect.poll(() => admin.listTopics().catch(() => null)).toEqual([]);
  });

  test('asked several times at once it opens one socket, and goes on with the next where that broke at once', async () => {
    const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const connection = new Connection({
      host: '127.0.0.1',
      port: Number(broker.address.split(':')[1]),
      logger: { namespace: () => silent },
      socketFactory: openSocket(),
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionTimeout: REQUEST_TIMEOUT_MS,
    });
    const connectFourTimes = () => Promise.allSettled([1, 2, 3, 4].map(() => connection.connect()));
    const openedBefore = broker.sockets.length;
    broker.accept = (socket) => {
      if (broker.sockets.length === openedBefore + 1) socket.resetAndDestroy();
    };
    await connectFourTimes();
    expect(broker.sockets.length - openedBefore).toBe(1);
    await connectFourTimes();
    expect(await connection.send(protocol({ version: 2 })())).toMatchObject({ errorCode: 0 });
    expect(broker.sockets.length - openedBefore).toBe(2);
    await connection.disconnect();
  });

  test('does not ask a broker before that has said what it can be asked', async () => {
    const { answer } = broker;
    const { promise: isAsked, resolve: asked } = Promise.withResolvers<void>();
    broker.answer = (socket, bytes, apiKey) => {
      asked();
      setTimeout(() => answer(socket, bytes, apiKey), 50);
    };
    const other = createAdmin();
    const connected = other.connect();
    await isAsked;
    expect(await other.listTopics()).toEqual([]);
    await connected;
    await other.disconnect();
  });

  test('says of metadata that no broker gives that no broker answered', async () => {
    const { answer } = broker;
    // A few milliseconds later the first answer renews what kafkajs remembers; the second is the one asked for.
    await sleep(5);
    let answers = 1;
    broker.answer = (socket, bytes, apiKey) => {
      if (answers-- > 0) answer(socket, bytes, apiKey);
      else socket.destroy();
    };
    await expect(admin.listTopics()).rejects.toMatchObject({ name: expect.stringMatching(/^KafkaJS/) });
  });
});

type ConnectionClass = new (
  options: unknown,
) => {
  connect(): Promise<unknown>;
  send(request: unknown): Promise<unknown>;
  disconnect(): Promise<unknown>;
};

interface ApiVersions {
  protocol(options: { readonly version: number }): () => unknown;
}
