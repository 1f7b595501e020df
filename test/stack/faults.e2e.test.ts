import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs from 'kafkajs';
import { afterEach, expect, test } from 'vitest';
import { applyLayout, variablesFor } from './deployment.ts';
import { killAll, Program, ServiceProcess, until } from './service-process.ts';

afterEach(killAll);

describeWithSharedServers('a service process', ['kafka', 'redis', 'registry'], (stack) => {
  test('stays when a lane stops by a fault: alive, not ready, until an operator decides', async () => {
    const variables = variablesFor(stack(), 'fault');
    await applyLayout(variables);
    const rfm = await ServiceProcess.start('rfm', variables);
    await rfm.ready();
    await appendNonsense('fault.timeline', 1);
    await until('the lane stops', async () => (await rfm.health())?.ok === false);
    const report = await rfm.health();
    const lanes = report?.checks.find(({ name }) => name === 'rfm works');
    expect(lanes?.detail).toMatch(/^rfm, lane 1: stopped by the fault corrupt-record; .*look at it/);
    expect(rfm.stderr).toMatch(/"level":"error".*"lane":1.*lane stopped: /);
    expect((await rfm.health('/livez'))?.ok).toBe(true);
    expect(await rfm.stop()).toMatchObject({ code: 0 });
  });

  test.each(['throws', 'crashes'])(
    'ends with 70 when the program %s, and shows nothing of the error but its place',
    async (bug) => {
      const variables = variablesFor(stack(), 'bugs', { TIDEMARK_OPERATIONS_PORT: '0' });
      await applyLayout(variables);
      const program = new Program('test/stack/fixtures/misbehaving-service.ts', [bug], variables);
      expect(await program.ended()).toBe(70);
      expect(program.stderr).toContain('this is a bug in Tidemark');
      expect(program.stderr).toContain('misbehaving-service.ts');
      expect(program.stderr).not.toContain('anna');
    },
  );

  test('that cannot stop is gone within 5 s all the same, and says so', async () => {
    const variables = variablesFor(stack(), 'bugs', { TIDEMARK_OPERATIONS_PORT: '0' });
    await applyLayout(variables);
    const program = new Program('test/stack/fixtures/misbehaving-service.ts', ['hangs'], variables);
    await until('it runs', () => program.stderr.includes('"started"'));
    const { code, tookMs } = await program.stop();
    expect(code).toBe(1);
    expect(tookMs).toBeLessThan(5_000);
    expect(program.stderr).toContain('without leaving the group');
  });

  async function appendNonsense(topic: string, partition: number): Promise<void> {
    const { Kafka, logLevel, Partitioners } = kafkajs;
    const client = new Kafka({ brokers: [...stack().kafka.brokers], logLevel: logLevel.NOTHING });
    const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    await producer.send({ topic, messages: [{ partition, key: 'x', value: 'nonsense' }] });
    await producer.disconnect();
  }
});
