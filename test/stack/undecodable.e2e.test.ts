import { customerKey, encodeRaw, laneOf } from '@tidemark/contracts';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { KafkaLog, RegistrySchemaIds } from '@tidemark/kafka';
import type { NewRecord } from '@tidemark/stream';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { applyLayout, variablesFor } from './deployment.ts';
import { RemotePipeline } from './remote-pipeline.ts';
import { killAll, runTidemark, ServiceProcess, until, type Variables } from './service-process.ts';

const NAMESPACE = 'undecodable';
const LANES = 3;
/** The lane that stops. */
const LANE = 1;
/** More than a batch may have when it is inflated. */
const TOO_MANY_BYTES = 64 * 1_024 * 1_024 + 1;

describeWithSharedServers('a batch that cannot be decoded', ['kafka', 'redis', 'registry'], (stack) => {
  afterAll(killAll);

  test('stops its lane of unify until it is set apart as one dead letter, and nothing else ever', async () => {
    const variables = variablesFor(stack(), NAMESPACE, { TIDEMARK_LANES: String(LANES) });
    await applyLayout(variables);
    const ids = await RegistrySchemaIds.open({ url: stack().registry.url, auth: null });
    const pipeline = await RemotePipeline.open(variables);
    const views = async () => Promise.all([0, 1, 2].map((lane) => countViews(pipeline, lane)));
    const send = sender(variables);
    const view = (lane: number, eventId: string) =>
      viewOf(customerOf(lane), eventId, ids.idOf('interaction-event') ?? 0);
    const profile = await ServiceProcess.start('profile', variables);
    const unify = await ServiceProcess.start('unify', variables);
    await unify.ready();

    await send(LANE, view(LANE, 'before'));
    await send(LANE, { key: null, value: new Uint8Array(TOO_MANY_BYTES), headers: {} });
    await send(LANE, view(LANE, 'behind'));
    await until('the lane stops', async () => (await unify.health())?.ok === false);
    const stopped = (await unify.health())?.checks.find(({ name }) => name === 'unify works');
    expect(stopped?.detail).toMatch(/^unify, lane 1: stopped by the fault undecodable-batch; /);
    expect((await unify.health('/livez'))?.ok).toBe(true);
    for (const lane of [0, 2]) await send(lane, view(lane, 'other'));
    await until('the other lanes go on', async () => (await views()).join() === '1,1,1');

    const doctor = await tidemark('doctor');
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(
      /fail {2}fault undecodable-batch +interactions, lane 1: .*offset 1 .*zstd: more than/,
    );
    expect(doctor.stdout).toContain('`npx tidemark dead-letters set-apart interactions:1:1`');
    expect(await setApart('interactions:1:1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('xpected no process of unify, found 1. Nothing was done'),
    });

    // Started anew it stops there again, and does not end.
    expect(await unify.stop()).toMatchObject({ code: 0 });
    const again = await ServiceProcess.start('unify', variables);
    await until('the lane stops again', async () => /undecodable-batch/.test(again.stderr));
    expect(again.isRunning).toBe(true);
    expect(await again.stop()).toMatchObject({ code: 0 });

    for (const elsewhere of ['interactions:1:0', 'interactions:1:2', 'interactions:0:0', 'orders:1:0']) {
      const refused = await setApart(elsewhere);
      expect(refused, elsewhere).toMatchObject({ code: 1, stderr: expect.stringContaining('Nothing was done') });
    }
    expect((await setApart('timeline:1:1')).code).toBe(2);
    expect(await pipeline.countOf('dead-letters')).toBe(0);

    expect(await setApart('interactions:1:1')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Set apart offsets 1 to 1 of interactions, lane 1, as dead letter 1:0\. .* at 2 /),
    });
    expect(await setApart('interactions:1:1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('found it at 2'),
    });
    // As if the first had been killed before it moved the group.
    await moveGroup('interactions', 1);
    expect(await setApart('interactions:1:1')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('letter 1:0.'),
    });
    expect(await pipeline.countOf('dead-letters')).toBe(1);

    const mended = await ServiceProcess.start('unify', variables);
    await mended.ready();
    await until('what stands behind is folded', async () => (await views()).join() === '1,2,1');
    expect((await tidemark('doctor')).stdout).toMatch(/ok +faults/);
    const { stdout } = await tidemark('dead-letters', 'list', '--json');
    const letters = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(letters).toEqual([expect.objectContaining({ reason: 'undecodable-batch', origin: 'interactions:1:1' })]);
    expect((await tidemark('dead-letters', 'show', '1:0')).code).toBe(0);
    const redriven = await tidemark('dead-letters', 'redrive', '--all');
    expect(redriven.stdout).toMatch(/^0 records sent again\.\nLeft out: 1 a batch that nobody can decode/);
    expect(await Promise.all([mended.stop(), profile.stop()])).toMatchObject([{ code: 0 }, { code: 0 }]);
    await pipeline.close();

    function tidemark(...args: readonly string[]) {
      const { kafka, redis, registry } = stack();
      const addresses = ['--kafka', kafka.brokers.join(','), '--redis', redis.url, '--registry', registry.url];
      return runTidemark([...args, ...addresses], variables);
    }
    function setApart(batch: string) {
      return tidemark('dead-letters', 'set-apart', batch);
    }
  });

  /** Each record a batch of its own. */
  function sender(variables: Variables) {
    const log = new KafkaLog({
      connection: { brokers: stack().kafka.brokers, clientId: 'test', tls: null, sasl: null },
      namespace: NAMESPACE,
      lanes: Number(variables['TIDEMARK_LANES']),
      sessionTimeoutMs: 10_000,
      compression: 'zstd',
      diagnostics: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
      now: () => Date.now(),
    });
    return async (lane: number, record: NewRecord) => {
      const writer = await log.writer();
      await writer.send('interactions', lane, [record]);
      await writer.close();
    };
  }

  async function moveGroup(topic: string, offset: number): Promise<void> {
    const { Kafka, logLevel } = kafkajs;
    const admin = new Kafka({ brokers: [...stack().kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.setOffsets({
      groupId: `${NAMESPACE}.unify`,
      topic: `${NAMESPACE}.${topic}`,
      partitions: [{ partition: LANE, offset: String(offset) }],
    });
    await admin.disconnect();
  }
});

function customerOf(lane: number): CustomerId {
  for (let i = 0; ; i++) {
    const customerId = `customer-${i}` as CustomerId;
    if (laneOf(customerKey(customerId), LANES) === lane) return customerId;
  }
}

function viewOf(customerId: CustomerId, eventId: string, schemaId: number): NewRecord {
  const view = { action: 'view', object: null, category: null, sessionId: null, properties: {} };
  const common = { customerId, channel: 'web', eventId, occurredAt: Date.now() as TimeMs };
  return {
    key: customerKey(customerId),
    value: encodeRaw('interaction-event', schemaId, { ...common, ...view }),
    headers: {},
  };
}

/** As the lane's customer has them in their profile. */
async function countViews({ store }: RemotePipeline, lane: number): Promise<number> {
  const facet = (await store.customer(lane, customerOf(lane))).facets.get('profile');
  return facet === undefined ? 0 : (JSON.parse(facet).state.lifetime[0] as number);
}
