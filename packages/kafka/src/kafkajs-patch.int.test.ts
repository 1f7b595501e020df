import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Admin } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeBroker } from './testing/fake-broker.ts';

const REQUEST_TIMEOUT_MS = 300;
const METADATA = 3;

describe('kafkajs, as patched', () => {
  let broker: FakeBroker;
  let admin: Admin;

  beforeEach(async () => {
    broker = await FakeBroker.listen();
    admin = new kafkajs.Kafka({
      brokers: [broker.address],
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { retries: 0, initialRetryTime: 10 },
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
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
