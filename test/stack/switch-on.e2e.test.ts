import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import { createProducer, httpTransport } from '@tidemark/producer';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyLayout, Deployment, variablesFor } from './deployment.ts';
import { killAll, runTidemark, until, type Variables } from './service-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-switch-on-'));
const file = join(folder, 'policy.yaml');
const SECTION = 'visits: { window_days: 7, bands: { some: 2, many: 9 } }';

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterAll(killAll);

describeWithSharedServers('a facet that is off, on servers', ['kafka', 'redis', 'registry'], (stack) => {
  let variables: Variables;
  let deployment: Deployment;

  beforeAll(async () => {
    variables = variablesFor(stack(), 'switch-on');
    await applyLayout(variables);
    deployment = await Deployment.start(variables);
  }, 600_000);

  test('needs no process: tier goes on without it, and doctor asks for none', async () => {
    await visit(3);
    await until('tier has the visits', async () => (await tierOf('anna'))?.points > 0);
    const { stdout } = await runTidemark(['doctor', ...addresses()], variables);
    expect(stdout).not.toContain('visits');
  });

  test('is waited for once a policy switches it on, and folds what came before', async () => {
    const text = readFileSync(DEFAULT_POLICY_FILE, 'utf8');
    writeFileSync(file, `${text.replace('\npoints:\n', '\npoints:\n  visits.band: { some: 500 }\n')}\n${SECTION}\n`);
    const { stdout } = await runTidemark(['policy', 'apply', file], variables);
    expect(stdout).toBe('Policy 2 is in force, in each of 3 lanes.\n');
    await until('doctor misses its process', async () => {
      const doctor = await runTidemark(['doctor', ...addresses()], variables);
      return doctor.stdout.includes('Start visits');
    });
    expect((await tierOf('anna')).tier).not.toBe('platinum');

    const visits = await deployment.startService('visits');
    await visits.ready();
    await until('tier decides with it', async () => (await tierOf('anna')).tier === 'platinum');
    const { scores } = await deployment.get('/v1/profiles/anna');
    expect(scores.visits).toMatchObject({ view: { band: 'some' }, exact: { visits: 3 } });
    const verify = await runTidemark(['verify', ...addresses()], variables);
    expect(verify.stdout).toContain('0 differences');
  });

  async function visit(times: number): Promise<void> {
    const producer = createProducer({ transport: httpTransport({ url: deployment.url }) });
    const about = { customerId: 'anna', channel: 'web', action: 'add_to_cart' };
    try {
      for (let n = 0; n < times; n++) {
        await producer.interaction({ ...about, eventId: `visit-${n}`, occurredAt: new Date() });
      }
    } finally {
      await producer.close();
    }
  }

  async function tierOf(customerId: string) {
    return (await deployment.get(`/v1/profiles/${customerId}`))?.tier;
  }

  function addresses(): string[] {
    const { kafka, redis, registry } = stack();
    return ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
  }
});
