import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_POLICY_FILE } from '@tidemark/policy';
import { systemClock } from '@tidemark/runtime';
import type { Clock } from '@tidemark/stream';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs, { type Admin } from 'kafkajs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { applyTopics, variablesFor } from './deployment.ts';
import { killAll, runTidemark, ServiceProcess, until, type Variables } from './service-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-policy-apply-'));
const text = readFileSync(DEFAULT_POLICY_FILE, 'utf8');
/** Waits a second where another waits twenty. */
const HASTY: Clock = {
  ...systemClock,
  elapsedMs: () => 20 * systemClock.elapsedMs(),
  sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(killAll);

function policyFile(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

describeWithSharedServers('tidemark policy apply', ['kafka', 'redis', 'registry'], (stack) => {
  let admin: Admin;
  beforeAll(async () => {
    const { Kafka, logLevel } = kafkajs;
    admin = new Kafka({ brokers: [...stack().kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(() => admin?.disconnect());

  test('says that a policy is in force once every lane has taken it, and else which have not', async () => {
    const variables = await prepared('taken');
    const alone = await runTidemark(['policy', 'apply'], variables, HASTY);
    expect([alone.code, alone.stdout]).toEqual([1, '']);
    expect(alone.stderr).toMatch(
      /^tidemark: Expected every lane to take the policy within 30 s, found that policy 1 is in the log, and lanes 0, 1, 2 have not taken it yet\. No process of unify runs: start it\./,
    );
    await (await ServiceProcess.start('unify', variables)).ready();
    expect(await applyPolicy(variables)).toEqual({
      code: 0,
      stdout: 'Policy 1 is in force, in each of 3 lanes.\n',
      stderr: '',
    });
    const next = policyFile('next.yaml', text.replace('half_life_days: 14', 'half_life_days: 15'));
    expect((await applyPolicy(variables, next)).stdout).toBe('Policy 2 is in force, in each of 3 lanes.\n');
  });

  test('refuses another base currency before anything is written', async () => {
    const variables = await prepared('base');
    await (await ServiceProcess.start('unify', variables)).ready();
    expect((await applyPolicy(variables)).code).toBe(0);
    const euros = policyFile('euros.yaml', text.replace('base: USD', 'base: EUR'));
    const { code, stdout, stderr } = await applyPolicy(variables, euros);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^tidemark: Expected a policy with the base currency USD, as policy 1 has, found EUR\. Nothing was written/,
    );
    expect(await endsOf('base.control')).toEqual([1, 1, 1]);
    expect(await endsOf('base.dead-letters')).toEqual([0, 0, 0]);
  });

  test('names the lanes that refuse it, with the reason', async () => {
    const variables = await prepared('refused');
    await (await ServiceProcess.start('unify', { ...variables, TIDEMARK_RECORD_BYTES_MAX: '1024' })).ready();
    const { code, stdout, stderr } = await applyPolicy(variables);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^tidemark: Expected every lane to take policy 1, found that lanes refused it\./);
    expect(stderr).toMatch(
      /\nlane \d: too-large: expected at most 1024 bytes, found \d+ \(docs\/runbook\/dead-letters\.md#too-large\)\n/,
    );
  });

  test('up --live says neither, and ends, where the policy has another base currency', async () => {
    const variables = await prepared('up');
    await (await ServiceProcess.start('unify', variables)).ready();
    expect((await applyPolicy(variables)).code).toBe(0);
    const { kafka, redis, registry } = stack();
    const addresses = ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
    const euros = policyFile('euros.yaml', text.replace('base: USD', 'base: EUR'));
    const up = await runTidemark(['up', '--live', '--port', '0', '--policy', euros, ...addresses], {
      TIDEMARK_NAMESPACE: 'up',
      TIDEMARK_LANES: '3',
    });
    expect(up.code).toBe(1);
    expect(up.stdout).toBe('');
    expect(up.stderr).toContain('Expected a policy with the base currency USD, as policy 1 has, found EUR.');
    expect(await endsOf('up.control')).toEqual([1, 1, 1]);
  });

  test('offsets that somebody set beyond the end are told as such, and unify goes on once they are set back', async () => {
    const variables = await prepared('offsets');
    const unify = await ServiceProcess.start('unify', variables);
    await unify.ready();
    expect((await applyPolicy(variables)).code).toBe(0);
    await unify.stop();
    const setTo = async (offset: string) => {
      const partitions = [0, 1, 2].map((partition) => ({ partition, offset }));
      await admin.setOffsets({ groupId: 'offsets.unify', topic: 'offsets.orders', partitions });
    };
    await setTo('1000');
    const stuck = await ServiceProcess.start('unify', variables);
    await until('its lanes stop', () => stuck.stderr.includes('place-outside-log'));
    expect(stuck.stderr).toMatch(
      /expected to go on at offset 1000 of orders, found a log from 0 to 0\. Something other than unify set the group's offset; the topic is as it was\. Stop unify and set the offset back to 0: nothing is lost\./,
    );
    await stuck.stop();
    await setTo('0');
    await (await ServiceProcess.start('unify', variables)).ready();
  });

  async function prepared(namespace: string): Promise<Variables> {
    const variables = variablesFor(stack(), namespace);
    await applyTopics(variables);
    return variables;
  }

  async function endsOf(topic: string): Promise<number[]> {
    const offsets = await admin.fetchTopicOffsets(topic);
    return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => Number(high));
  }
});

function applyPolicy(variables: Variables, ...args: readonly string[]) {
  return runTidemark(['policy', 'apply', ...args], variables);
}
