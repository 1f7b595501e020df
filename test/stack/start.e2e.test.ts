import { describeWithServers } from '@tidemark/testkit/servers';
import { afterEach, expect, test } from 'vitest';
import { applyLayout, variablesFor } from './deployment.ts';
import { killAll, ServiceProcess, until } from './service-process.ts';
import { tellRedis } from './tell-redis.ts';

afterEach(killAll);

test('all that is wrong with the environment is told at once, without the value of a secret', async () => {
  const service = await ServiceProcess.start('query', {
    TIDEMARK_LANES: 'twelve',
    TIDEMARK_KAFKA_BROKERS: 'kafka:9092',
    TIDEMARK_KAFKA_SASL_PASSWORD: 'not-to-be-shown',
    TIDEMARK_READER_TOKEN: 'a-name-that-is-not-known',
  });
  expect(await service.ended()).toBe(1);
  for (const variable of ['TIDEMARK_LANES', 'TIDEMARK_REGISTRY_URL', 'TIDEMARK_READER_TOKEN: expected one of']) {
    expect(service.stderr).toContain(variable);
  }
  expect(service.stderr).not.toContain('not-to-be-shown');
});

describeWithServers('a service that starts', ['kafka', 'redis', 'registry'], (stack) => {
  test('waits for topics and schemas, says which commands make them, and starts by itself', async () => {
    const variables = variablesFor(stack(), 'waits');
    const [unify, rfm] = await Promise.all(['unify', 'rfm'].map((name) => ServiceProcess.start(name, variables)));
    if (unify === undefined || rfm === undefined) throw new Error('expected two services');
    await until('it says what to do', () => /tidemark topics apply/.test(rfm.stderr));
    await until('it says what to do', () => /tidemark schemas apply/.test(unify.stderr));
    expect((await rfm.health())?.checks[0]).toMatchObject({ name: 'start', ok: false });
    expect((await rfm.health('/livez'))?.ok).toBe(true);
    await applyLayout(variables);
    await Promise.all([unify.ready(), rfm.ready()]);
    expect(rfm.stderr.match(/waiting:/g)).toHaveLength(1);
  });

  test('refuses topics with another number of partitions, and says what to do', async () => {
    const variables = variablesFor(stack(), 'refuses');
    await applyLayout(variables);
    const rfm = await ServiceProcess.start('rfm', variables);
    await rfm.ready();
    expect(await rfm.stop()).toMatchObject({ code: 0 });

    const unify = await ServiceProcess.start('unify', { ...variables, TIDEMARK_LANES: '4' });
    expect(await unify.ended()).toBe(1);
    expect(unify.stderr).toMatch(/expected 4 partitions of every topic \(TIDEMARK_LANES\), found 3 of refuses\./);
  });

  test('refuses state of another layout, wherever it finds it, and leaves it as it is', async () => {
    const variables = variablesFor(stack(), 'layout');
    await applyLayout(variables);
    await tellRedis(stack().redis.url, 'HSET layout:about layout 99 lanes 3');
    const rfm = await ServiceProcess.start('rfm', variables);
    expect(await rfm.ended()).toBe(1);
    expect(rfm.stderr).toMatch(/not running: .*expected layout \d+ and 3 lanes .*found layout 99 and 3 lanes/);
  });

  test('refuses a port that is taken, and names the setting', async () => {
    const variables = variablesFor(stack(), 'port');
    const first = await ServiceProcess.start('churn', variables);
    await until('it serves health', async () => (await first.health()) !== null);
    const port = /"operations":"127\.0\.0\.1:(\d+)"/.exec(first.stderr)?.[1] ?? '';
    const second = await ServiceProcess.start('tier', { ...variables, TIDEMARK_OPERATIONS_PORT: port });
    expect(await second.ended()).toBe(1);
    expect(second.stderr).toContain('TIDEMARK_OPERATIONS_PORT');
  });

  test('waits for servers that are away, ends on SIGTERM while it waits, and starts once they are back', async () => {
    const variables = variablesFor(stack(), 'away');
    await applyLayout(variables);
    const { kafka, redis } = stack();
    await Promise.all([kafka.kill(), redis.kill()]);
    const [stopped, behaviour] = await Promise.all([1, 2].map(() => ServiceProcess.start('behaviour', variables)));
    if (stopped === undefined || behaviour === undefined) throw new Error('expected two services');
    await until('it says that Redis is away', () =>
      /Redis at 127\.0\.0\.1:\d+: expected a connection/.test(behaviour.stderr),
    );
    await until('it says that Kafka is away', () => /waiting: .*TIDEMARK_KAFKA_BROKERS/.test(behaviour.stderr));
    const health = await behaviour.health();
    expect(health?.ok).toBe(false);
    expect(await stopped.stop()).toMatchObject({ code: 0 });

    await Promise.all([kafka.restart(), redis.restart()]);
    await behaviour.ready();
    expect(behaviour.isRunning).toBe(true);
  });
});
