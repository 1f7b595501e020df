import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithServers } from '@tidemark/testkit/servers';
import { describe, expect, test } from 'vitest';
import { isHttpReady, isKafkaReady, isRedisReady } from './ready.ts';
import { startStack } from './start-stack.ts';

const silent = (): void => {};

describe('startStack', () => {
  test('takes addresses of the environment before all else, and leaves those servers alone', async () => {
    const variables = { TIDEMARK_KAFKA_BROKERS: 'one:9092,two:9092', TIDEMARK_REDIS_URL: 'redis://cache:6379' };
    const stack = await startStack({ servers: ['kafka', 'redis'], variables, log: silent });
    expect(stack).toMatchObject({ how: 'environment', kafka: { brokers: ['one:9092', 'two:9092'] } });
    expect(stack.redis.url).toBe('redis://cache:6379');
    await expect(stack.redis.kill()).rejects.toThrow(/not ours/);
    await stack.stop();
  });

  test('does not start half a stack beside an environment that names the other half', async () => {
    const variables = { TIDEMARK_REDIS_URL: 'redis://cache:6379' };
    await expect(startStack({ servers: ['kafka', 'redis'], variables, log: silent })).rejects.toThrow(
      /found no TIDEMARK_KAFKA_BROKERS/,
    );
  });

  test('says of every way why it does not work, and what is missing', async () => {
    const variables = { PATH: '/nowhere', DOCKER_HOST: 'tcp://127.0.0.1:1' };
    await expect(
      startStack({ servers: ['kafka'], variables, log: silent, ways: ['environment', 'native'] }),
    ).rejects.toThrow(
      /environment: expected TIDEMARK_KAFKA_BROKERS.*\n.*native: expected Java 17 or newer .*found none/,
    );
  });
});

describeWithServers(
  'a native stack',
  ['kafka', 'redis', 'registry'],
  (stack) => {
    test('answers at the addresses that it names', async () => {
      const { kafka, redis, registry, how } = stack();
      expect(how).toBe('native');
      expect(await isKafkaReady('127.0.0.1', portOf(kafka.brokers[0] ?? ''))).toBe(true);
      expect(await isRedisReady('127.0.0.1', portOf(redis.url))).toBe(true);
      expect(await isHttpReady(`${registry.url}/subjects`)).toBe(true);
    });

    test('a killed server is gone, and comes back at its address', async () => {
      const { kafka, redis } = stack();
      await Promise.all([kafka.kill(), redis.kill()]);
      expect(await isKafkaReady('127.0.0.1', portOf(kafka.brokers[0] ?? ''))).toBe(false);
      expect(await isRedisReady('127.0.0.1', portOf(redis.url))).toBe(false);
      await Promise.all([kafka.restart(), redis.restart()]);
      expect(await isKafkaReady('127.0.0.1', portOf(kafka.brokers[0] ?? ''))).toBe(true);
      expect(await isRedisReady('127.0.0.1', portOf(redis.url))).toBe(true);
    });

    test('a suspended server keeps its connections and answers nothing until it is resumed', async () => {
      const { redis } = stack();
      const socket = connect({ host: '127.0.0.1', port: portOf(redis.url) });
      await once(socket, 'connect');
      await redis.suspend();
      socket.write('PING\r\n');
      expect(await Promise.race([once(socket, 'data'), sleep(200, 'nothing')])).toBe('nothing');
      const answer = once(socket, 'data');
      await redis.resume();
      expect(String((await answer)[0])).toBe('+PONG\r\n');
      socket.destroy();
    });

    test('two stacks side by side are apart', async () => {
      const other = await startStack({ servers: ['redis'], variables: process.env, log: silent, ways: ['native'] });
      expect(other.redis.url).not.toBe(stack().redis.url);
      await other.stop();
      expect(await isRedisReady('127.0.0.1', portOf(other.redis.url))).toBe(false);
      expect(await isRedisReady('127.0.0.1', portOf(stack().redis.url))).toBe(true);
    });

    test('nothing survives a kill -9 of the process that started it, not even a suspended server', async () => {
      const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', STARTER], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = await once(createInterface(child.stdout), 'line');
      const { url, folder } = JSON.parse(String(line)) as { url: string; folder: string };
      expect(existsSync(folder)).toBe(true);
      child.kill('SIGKILL');
      await once(child, 'exit');
      await expect.poll(() => existsSync(folder), { timeout: 10_000 }).toBe(false);
      // One that was merely suspended would still take connections.
      await expect.poll(() => takesConnections(portOf(url)), { timeout: 10_000 }).toBe(false);
    });
  },
  { ways: ['native'] },
);

/** Starts Redis, suspends it, says where it is and lives on until it is killed. */
const STARTER = `
import { startStack } from ${JSON.stringify(new URL('./start-stack.ts', import.meta.url).href)};
const stack = await startStack({ servers: ['redis'], variables: process.env, log: () => {}, ways: ['native'] });
const socket = (await import('node:net')).connect(Number(new URL(stack.redis.url).port), '127.0.0.1');
socket.write('CONFIG GET dir\\r\\n');
let text = '';
socket.on('data', async (bytes) => {
  text += bytes;
  const folder = /\\ndir\\r\\n\\$\\d+\\r\\n(.*)\\r\\n/.exec(text)?.[1];
  if (folder === undefined) return;
  await stack.redis.suspend();
  console.log(JSON.stringify({ url: stack.redis.url, folder }));
});
setInterval(() => {}, 1_000);
`;

function portOf(address: string): number {
  return Number(/:(\d+)(?:\/|$)/.exec(address)?.[1]);
}

function takesConnections(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('connect', () => {
    socket.destroy();
    resolve(true);
  });
  socket.on('error', () => resolve(false));
  return promise;
}
