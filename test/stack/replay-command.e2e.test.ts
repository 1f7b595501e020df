import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs from 'kafkajs';
import { afterEach, expect, test } from 'vitest';
import { startReplay } from './sample-replay.ts';
import { killAll, runTidemark, ServiceProcess, until, type Variables } from './service-process.ts';

const RAW = ['control', 'identities', 'interactions', 'marketing', 'orders'];
const DAYS = ['1997-02-28', '1997-06-30'] as const;

afterEach(killAll);

test('replay needs brokers and a registry, and says so of both at once', async () => {
  const { code, stdout, stderr } = await runTidemark(['replay', '--sample']);
  expect(code).toBe(1);
  expect(stderr).toContain('TIDEMARK_KAFKA_BROKERS');
  expect(stderr).toContain('TIDEMARK_REGISTRY_URL');
  expect(stdout).toBe('');
});

describeWithSharedServers('tidemark replay', ['kafka', 'registry'], (stack) => {
  test('writes each event once, however often it is killed, stopped and started again', async () => {
    const first = await replay('whole', DAYS[0]);
    const whole = await replay('whole', DAYS[1]);
    expect(whole).toMatchObject({ code: 0, result: { until: DAYS[1], live: false } });
    const { events } = whole.result;
    expect(whole.result.eventsWritten).toBe(events - first.result.events);

    const killed = startReplay(variablesOf('parts'), DAYS[0]);
    await until('it writes', async () => (await countOf('parts', 'orders')) > 0);
    await killed.stop('SIGKILL');
    const rest = await replay('parts', DAYS[0]);
    expect(rest.result.events).toBe(first.result.events);
    expect(rest.result.eventsWritten).toBeLessThan(rest.result.events);
    const stopped = startReplay(variablesOf('parts'), DAYS[1]);
    await until('it writes', () => stopped.stderr.includes('Replaying'));
    expect([0, 143]).toContain((await stopped.stop('SIGTERM')).code);
    expect(await replay('parts', DAYS[1])).toMatchObject({ code: 0, result: { events } });
    for (const topic of RAW) expect(await countOf('parts', topic)).toBe(await countOf('whole', topic));
    const again = await replay('parts', DAYS[1]);
    expect(again).toMatchObject({ code: 0, result: { events, eventsWritten: 0 } });
  });

  test('with --live puts every lane on the wall clock, and takes no more after that', async () => {
    expect(await replay('live', DAYS[0], '--live')).toMatchObject({ code: 0, result: { live: true } });
    const applied = await runTidemark(['policy', 'apply', '--no-wait'], variablesOf('live'));
    expect(applied.stdout).toMatch(/^Policy 1 is in the log, in each of 3 lanes\. /);
    const { code, stderr } = await replay('live', DAYS[1]);
    expect(code).toBe(1);
    expect(stderr).toContain('TIDEMARK_NAMESPACE');
  });

  test('takes the addresses from the command line, too, and does not go on with another policy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-policy-'));
    const policy = join(folder, 'other.yaml');
    const text = readFileSync(DEFAULT_POLICY_FILE, 'utf8');
    writeFileSync(policy, text.replace('half_life_days: 14', 'half_life_days: 15'));
    const { kafka, registry } = stack();
    const addresses = ['--kafka', kafka.brokers.join(','), '--registry', registry.url];
    const variables = { TIDEMARK_NAMESPACE: 'whole', TIDEMARK_LANES: '3' };
    const { code, stderr } = await run(startReplay(variables, DAYS[1], ...addresses, '--policy', policy));
    rmSync(folder, { recursive: true });
    expect(code).toBe(1);
    expect(stderr).toContain('started with another policy');
  });

  test('writes what another namespace has accepted to a new one, by the events own times, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-orders-'));
    const orders = join(folder, 'orders.csv');
    const lines = Array.from(
      { length: 200 },
      (_, i) => `c${i % 17},2024-0${1 + (i % 9)}-01T0${i % 10}:00:00Z,${i},o${i}`,
    );
    writeFileSync(orders, ['customer_id,occurred_at,amount,order_id', ...lines].join('\n'));
    const given = ['replay', '--orders', orders, '--no-simulated', '--json'];
    expect(await runTidemark(given, variablesOf('old'))).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
    const unify = await ServiceProcess.start('unify', variablesOf('old'));
    await until('unify has accepted all', async () => (await countOf('old', 'timeline')) >= lines.length + 3);
    await unify.stop('SIGTERM');

    const again = () => runTidemark(['replay', '--from-namespace', 'old', '--json'], variablesOf('new'));
    const first = await again();
    expect(first.code).toBe(0);
    expect(first.stderr).toContain('Replaying the timeline of old on ');
    expect(JSON.parse(first.stdout)).toMatchObject({ events: 200, eventsWritten: 200, until: '2024-09-01' });
    for (const topic of RAW) expect(await countOf('new', topic)).toBe(await countOf('old', topic));
    expect(JSON.parse((await again()).stdout)).toMatchObject({ events: 200, eventsWritten: 0 });
  });

  test('says that a namespace to replay from is not there', async () => {
    const { code, stderr } = await runTidemark(
      ['replay', '--from-namespace', 'never-made'],
      variablesOf('from-nothing'),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected the pipeline never-made on .*, found none of its topics/i);
  });

  function variablesOf(namespace: string): Variables {
    const { kafka, registry } = stack();
    return {
      TIDEMARK_KAFKA_BROKERS: kafka.brokers.join(','),
      TIDEMARK_REGISTRY_URL: registry.url,
      TIDEMARK_NAMESPACE: namespace,
      TIDEMARK_LANES: '3',
    };
  }

  function replay(namespace: string, day: string, ...options: readonly string[]) {
    return run(startReplay(variablesOf(namespace), day, ...options));
  }

  async function run(program: ReturnType<typeof startReplay>) {
    const code = await program.closed;
    const result = JSON.parse(program.stdout || '{}') as { readonly events: number; readonly eventsWritten: number };
    return { code, result, stderr: program.stderr };
  }

  /** Zero where there is no such topic yet. */
  async function countOf(namespace: string, topic: string): Promise<number> {
    const { Kafka, logLevel } = kafkajs;
    const admin = new Kafka({ brokers: [...stack().kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const offsets = await admin.fetchTopicOffsets(`${namespace}.${topic}`).catch(() => []);
      return offsets.reduce((count, { high }) => count + Number(high), 0);
    } finally {
      await admin.disconnect();
    }
  }
});
