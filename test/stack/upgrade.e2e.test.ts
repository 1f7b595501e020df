import { createProducer, httpTransport } from '@tidemark/producer';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NEXT_BUILD, runNext, startNext } from '../upgrade/next-build.ts';
import { applyLayout, Deployment, variablesFor } from './deployment.ts';
import { killAll, runTidemark, ServiceProcess, until, type Variables } from './service-process.ts';

// An upgrade of rfm by the next build, beside the services of this one, which go on.

const CUSTOMERS = Array.from({ length: 30 }, (_, n) => `customer-${n}`);

afterAll(killAll);

describeWithSharedServers('a version takes over on servers', ['kafka', 'redis', 'registry'], (stack) => {
  let variables: Variables;
  let deployment: Deployment;
  let next: ServiceProcess;
  let orders = 0;

  beforeAll(async () => {
    variables = variablesFor(stack(), 'upgrade', { TIDEMARK_KAFKA_SESSION_TIMEOUT_MS: '6000' });
    await applyLayout(variables);
    deployment = await Deployment.start(variables);
    await order(CUSTOMERS);
    await until('tier has them all', async () => (await viewOf('customer-29')) !== null);
  }, 600_000);

  test('it waits for a process of the new version, and says which', async () => {
    const command = startNext(upgrade('--dry-run'), variables);
    await until('it says what to start', () => command.stderr.includes('Start it: `services/score rfm`'));
    await command.stop('SIGINT');
    expect(command.stderr).toContain('Stopped half-way. The same command goes on');
  });

  test('a dry run says how many would change, while the old version goes on and readiness tells of both', async () => {
    next = await startNextScore();
    const dry = await runNext(upgrade('--dry-run'), variables);
    expect([dry.code, dry.stdout]).toEqual([0, expect.stringMatching(/change 30 of 30[\s\S]*new -> promising {2}30/)]);
    const health = await next.health();
    const detail = health?.checks.find(({ name }) => name === 'rfm works')?.detail;
    expect([health?.ok, detail]).toEqual([true, expect.stringContaining('folding beside')]);
    expect((await viewOf('customer-3')).segment).toBe('new');
    const doctor = await runNext(['doctor', ...addresses()], variables);
    expect(doctor.stdout).toMatch(/upgrade of rfm .*version 2 in every lane; version 3 of this build folds beside/);
  });

  test('it is given up only once nobody folds the new version, and then nothing of it is left', async () => {
    const refused = await runNext(upgrade('--abort'), variables);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('Stop `services/score rfm` of this build first'),
    ]);
    await next.stop('SIGKILL');
    await until('its session has ended', async () => (await runNext(upgrade('--abort'), variables)).code === 0);
    const again = await runNext(['profile', 'customer-3', '--json', ...addresses()], variables);
    expect(JSON.parse(again.stdout)).toMatchObject({ rfm: null, upgrading: ['rfm'] });
    next = await startNextScore();
  });

  test('commands and services killed in the middle change nothing: the same command ends it', async () => {
    for (const said of ['folds beside first', 'would change']) {
      const command = startNext(upgrade('--yes'), variables);
      await until(`it says: ${said}`, () => command.stdout.includes(said));
      await command.stop('SIGKILL');
    }
    await order(CUSTOMERS.slice(0, 10));
    await next.stop('SIGKILL');
    await deployment.process('tier').stop('SIGKILL');
    next = await startNextScore();
    await deployment.startService('tier');
    const old = deployment.process('rfm');
    const done = startNext(upgrade('--yes'), variables);
    await until('it is over', () => done.child.exitCode !== null, 120_000);
    expect([await done.closed, done.stdout]).toEqual([
      0,
      expect.stringContaining('Version 3 of rfm is in force in every lane.'),
    ]);
    // The process of the version before ends by itself, with a word.
    expect(await old.ended()).toBe(0);
    const lastLine = old.stderr.trim().split('\n').at(-1);
    expect(lastLine).toContain('ended at the cutover: version 3 of rfm tells from here on');
    expect(done.stdout).toContain('The state of the version before is cleared (rfm).');
  });

  test('everything goes on under the new version, and is what its folds make of it', async () => {
    await order(['somebody-new']);
    await until('the new one is told of by tier', async () => {
      const { stdout } = await runNext(['explain', 'somebody-new', '--json', ...addresses()], variables);
      return stdout.includes('promising');
    });
    await until('all is folded and the same', async () => {
      const { stdout } = await runNext(['verify', ...addresses()], variables);
      if (/^[1-9]\d* differences/m.test(stdout)) throw new Error(stdout);
      return /^0 differences in 31 customers of 3 lanes\.$/m.test(stdout) && !stdout.includes('yet to fold');
    });
    const old = await runTidemark(['upgrade', '--service', 'rfm', ...addresses()], variables);
    expect([old.code, old.stderr]).toEqual([1, expect.stringContaining('a newer build has taken over')]);
  });

  async function startNextScore(): Promise<ServiceProcess> {
    const service = await ServiceProcess.start('rfm', { ...variables, ...NEXT_BUILD });
    await service.ready();
    return service;
  }

  async function order(customers: readonly string[]): Promise<void> {
    const producer = createProducer({ transport: httpTransport({ url: deployment.url }) });
    try {
      for (const customerId of customers) {
        const about = { customerId, orderId: `order-${orders}`, eventId: `event-${orders++}`, occurredAt: new Date() };
        await producer.order({ ...about, status: 'PLACED', amountMinor: 1_000, currency: 'USD' });
      }
    } finally {
      await producer.close();
    }
  }

  /** As the services of this build have it. */
  async function viewOf(customerId: string) {
    return (await deployment.get(`/v1/profiles/${customerId}`))?.scores.rfm?.view ?? null;
  }

  function upgrade(...options: readonly string[]): string[] {
    return ['upgrade', '--service', 'rfm', ...addresses(), ...options];
  }

  function addresses(): string[] {
    const { kafka, redis, registry } = stack();
    return ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
  }
});
