import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KafkaLog } from '@tidemark/kafka';
import { createProducer, httpTransport } from '@tidemark/producer';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { FoldThreads } from '../../packages/cli/src/rebuild/fold-threads.ts';
import { runTidemark } from '../../packages/cli/src/testing/run-tidemark.ts';
import { killAll, Program, until, type Variables } from './service-process.ts';

const NAMESPACE = 'commands';
const VARIABLES = { TIDEMARK_NAMESPACE: NAMESPACE, TIDEMARK_LANES: '3' };
/** The bundled sample's first quarter, in three lanes. */
const REPLAY = ['up', '--sample', '--until', '1997-03-31', '--once', '--json'];
/** Nobody listens there. */
const AWAY = '127.0.0.1:1';
const SECRET = 'open-sesame';

describeWithSharedServers(
  'commands on Kafka, Redis and a registry',
  ['kafka', 'redis', 'registry'],
  (stack, prepare) => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-commands-'));
    let redis: Redis;
    let customer: string;

    prepare(async () => {
      redis = new Redis(stack().redis.url);
      const embedded = new Program('packages/cli/src/main.ts', [...REPLAY, '--lanes', '3', '--data', folder], {});
      const servers = new Program('packages/cli/src/main.ts', [...REPLAY, ...addresses()], VARIABLES);
      expect(await Promise.all([embedded.closed, servers.closed]), servers.stderr).toEqual([0, 0]);
      customer = JSON.parse((await onFolder('tail', 'tier-changes', '--limit', '1')).stdout).key;
    });
    afterAll(async () => {
      redis?.disconnect();
      await killAll();
      rmSync(folder, { recursive: true, force: true });
    });

    test('what they say of a replay is what they say of the same one in a data folder', async () => {
      const commands = [
        ['profile', customer, '--json'],
        ['explain', customer, '--json'],
        ['export', '--format', 'csv'],
        ['dead-letters', 'list', '--json'],
        ['verify', '--json'],
        ['verify', '--sample', '50', '--json'],
      ];
      for (const command of commands) {
        const [servers, embedded] = await Promise.all([onServers(...command), onFolder(...command)]);
        expect(servers, command.join(' ')).toEqual({ ...embedded, code: 0, stderr: '' });
      }
      for (const topic of ['tier-changes', 'orders', 'timeline']) {
        const [servers, embedded] = await Promise.all([onServers('tail', topic), onFolder('tail', topic)]);
        expect(recordsOf(servers.stdout)).toEqual(recordsOf(embedded.stdout));
      }
    });

    test('a rebuild gives the state again, byte for byte, and publishes nothing twice', async () => {
      const [facet] = await keysLike(`${NAMESPACE}:cust:*:${customer}`);
      const before = await redis.hgetall(facet ?? '');
      await redis.hset(facet ?? '', { rfm: '{}', tier: '{}' });
      const damaged = await onServers('verify', '--json');
      expect([damaged.code, JSON.parse(damaged.stdout).differences]).toEqual([1, 2]);
      // Without the group's committed offsets the topics alone say what was published.
      await forgetGroups(['rfm', 'tier']);
      for (const command of [
        ['--service', 'rfm', '--threads', '2'],
        ['--service', 'tier', '--lane', laneOf(facet)],
      ]) {
        const plan = await onServers('rebuild', ...command);
        expect([plan.code, plan.stderr]).toEqual([1, expect.stringContaining('Nothing was changed')]);
        const done = await onServers('rebuild', ...command, '--yes', '--json');
        expect(done.code, done.stderr).toBe(0);
        expect(JSON.parse(done.stdout)).toMatchObject({ service: command[1], sent: 0 });
      }
      expect(await redis.hgetall(facet ?? '')).toEqual(before);
      expect(JSON.parse((await onServers('verify', '--json')).stdout)).toMatchObject({ differences: 0, behind: 0 });
    });

    test('what a thread of a rebuild cannot do, the rebuild hears', async () => {
      const [kafka, redisUrl, registry] = [stack().kafka.brokers.join(','), stack().redis.url, stack().registry.url];
      const failed = Promise.withResolvers<unknown>();
      const threads = new FoldThreads(
        1,
        { location: { data: '', kafka, redis: redisUrl, registry } },
        { ...VARIABLES, TIDEMARK_NAMESPACE: 'nobodys' },
        { fail: failed.resolve },
        ignore,
      );
      expect(await failed.promise).toMatchObject({
        name: 'Failure',
        message: expect.stringContaining('none of its topics'),
      });
      await threads.stop();
      expect(threads.sent).toBe(0);
    });

    test('the profile, which publishes nothing, is rebuilt from the state of another fold version', async () => {
      for (const key of await keysLike(`${NAMESPACE}:lane:*:profile`)) {
        const meta = JSON.parse((await redis.hget(key, 'meta')) ?? '');
        await redis.hset(key, { meta: JSON.stringify({ ...meta, foldVersion: 99 }) });
      }
      await mirrorProfile({ version: 99, sequence: 0 });
      const doctor = await onServers('doctor');
      expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringContaining('fail  fault other-fold-version')]);
      const done = await onServers('rebuild', '--service', 'profile', '--yes');
      expect(done.code, done.stderr).toBe(0);
      expect((await onServers('verify', '--service', 'profile')).code).toBe(0);
    });

    test('a producer’s own subject begins with our schema, by the topic that it is named after', async () => {
      const subject = `${NAMESPACE}.orders-value`;
      const variables = { TIDEMARK_REGISTRY_URL: stack().registry.url };
      const [seeded, unnamed] = await Promise.all([
        runTidemark(['schemas', 'apply', '--producer', subject], { variables }),
        runTidemark(['schemas', 'apply', '--producer', 'shop-value'], { variables }),
      ]);
      expect([seeded.code, seeded.stdout]).toEqual([0, expect.stringMatching(`^${subject}, version 1: id \\d+\n$`)]);
      expect([unnamed.code, unnamed.stderr]).toEqual([2, expect.stringContaining('give --record-type for another')]);
    });

    async function forgetGroups(services: readonly string[]): Promise<void> {
      const { Kafka, logLevel } = kafkajs;
      const admin = new Kafka({ brokers: [...stack().kafka.brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      await admin.deleteGroups(services.map((service) => `${NAMESPACE}.${service}`));
      await admin.disconnect();
    }

    /** As a profile service of another version would have left it in the group's committed offsets. */
    async function mirrorProfile(frontier: object): Promise<void> {
      const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
      const connection = { brokers: stack().kafka.brokers, clientId: 'test', tls: null, sasl: null };
      const options = { connection, namespace: NAMESPACE, lanes: 3, sessionTimeoutMs: 10_000, diagnostics: silent };
      const log = new KafkaLog({ ...options, now: () => Date.now() });
      const handler = { assigned: ignore, batch: ignore, revoked: ignore };
      const member = await log.consume({ group: 'profile', topics: ['timeline'], handler });
      for (let lane = 0; lane < 3; lane++) {
        await member.commit(lane, new Map([['timeline', { offset: 1, metadata: JSON.stringify(frontier) }]]));
      }
      await member.close();
      await log.close();
    }

    test('beside a running pipeline: look, verify, send dead letters again; not rebuild', async () => {
      const args = ['up', '--live', '--port', '0', '--json', ...addresses()];
      const up = new Program('packages/cli/src/main.ts', args, VARIABLES);
      await until('it serves', () => up.stdout.includes('\n') || up.child.exitCode !== null);
      expect(up.child.exitCode, up.stderr).toBeNull();
      const { url } = JSON.parse(up.stdout) as { readonly url: string };
      const tail = new Program(
        'packages/cli/src/main.ts',
        ['tail', 'dead-letters', '--from', 'end', '--limit', '1', ...addresses()],
        VARIABLES,
      );
      const [doctor, verify, rebuild] = await Promise.all([
        onServers('doctor'),
        onServers('verify', '--json'),
        onServers('rebuild', '--service', 'rfm', '--yes'),
      ]);
      expect(doctor.stdout).toContain(
        'ok    processes         unify 1, profile 1, rfm 1, behaviour 1, churn 1, tier 1',
      );
      expect(doctor.code, doctor.stdout).toBe(0);
      expect(JSON.parse(verify.stdout)).toMatchObject({ differences: 0, customers: 2_357, lanes: 3, moving: [] });
      expect([rebuild.code, rebuild.stderr]).toEqual([1, expect.stringContaining('found 1 in its group')]);
      // The tail may begin later than the first of them.
      for (let n = 0; tail.stdout === ''; n++) await sendRefused(url, `refused-${n}`);
      expect(await tail.ended()).toBe(0);
      await redriveTwice(JSON.parse(tail.stdout));
      expect((await up.stop()).code).toBe(0);
    });

    /** unify refuses it each time, so each time there is a new letter. */
    async function redriveTwice({ lane, offset }: { readonly lane: number; readonly offset: number }): Promise<void> {
      const name = `${lane}:${offset}`;
      const shown = await onServers('dead-letters', 'show', name, '--json');
      const { reason, original } = JSON.parse(shown.stdout);
      expect([reason, original.value.currency]).toEqual(['unknown-currency', 'ZMW']);
      const dry = await onServers('dead-letters', 'redrive', name, '--dry-run');
      expect(dry.stdout).toContain('1 record would be sent again (orders 1).');
      const before = await letters();
      const sent = await onServers('dead-letters', 'redrive', name);
      expect([sent.code, sent.stdout]).toEqual([0, expect.stringContaining('1 record sent again (orders 1).')]);
      await until('unify refuses it again', async () => (await letters()) === before + 1);
      const again = await onServers('dead-letters', 'redrive', name);
      expect(again.stdout).toMatch(/^0 records sent again\.\nLeft out: 1 sent again before/);
    }

    test('what is wrong with the command line or the settings is said, and changes nothing', async () => {
      const { kafka, redis: state, registry } = stack();
      const [onKafka, onRedis] = [
        ['--kafka', kafka.brokers.join(',')],
        ['--redis', state.url],
      ];
      await Promise.all([
        expectRefused(['export', ...onKafka], 2, '--kafka, --redis and --registry together'),
        expectRefused(
          ['export', ...onRedis, '--registry', registry.url],
          2,
          '--kafka, --redis and --registry together',
        ),
        expectRefused(['export', '--data', folder, ...addresses()], 2, 'cannot be used with'),
        expectRefused(['profile', 'nobody', ...addresses()], 1, `customer nobody in ${NAMESPACE} on ${kafka.brokers}`),
        expectRefused(['export', ...addresses()], 1, 'set TIDEMARK_LANES as it was', { TIDEMARK_LANES: '4' }),
        expectRefused(['verify', ...addresses()], 1, 'none of its topics', { TIDEMARK_NAMESPACE: 'nobodys' }),
        expectRefused(
          ['tail', 'orders', '--kafka', 'x', '--redis', `redis://me:${SECRET}@x`, '--registry', 'x'],
          1,
          'not shown',
        ),
      ]);
      expect(await keysLike('nobodys:*')).toEqual([]);
    });

    test('a server that is away, or refuses who asks, is one line and exit code 1, without a secret', async () => {
      const { kafka, redis: state, registry } = stack();
      const at = (brokers: string, stateUrl: string, registryUrl: string) =>
        ['--kafka', brokers, '--redis', stateUrl, '--registry', registryUrl] as const;
      const brokers = kafka.brokers.join(',');
      const acl = { TIDEMARK_REDIS_USERNAME: 'nobody', TIDEMARK_REDIS_PASSWORD: SECRET };
      const sasl = {
        TIDEMARK_KAFKA_SASL: 'plain',
        TIDEMARK_KAFKA_SASL_USERNAME: 'me',
        TIDEMARK_KAFKA_SASL_PASSWORD: SECRET,
      };
      await Promise.all([
        expectRefused(['export', ...at(AWAY, state.url, registry.url)], 1, 'check TIDEMARK_KAFKA_BROKERS'),
        expectRefused(
          ['rebuild', '--service', 'rfm', ...at(brokers, `redis://${AWAY}`, registry.url)],
          1,
          'ECONNREFUSED',
        ),
        expectRefused(
          ['tail', 'orders', ...at(brokers, state.url, `http://${AWAY}`)],
          1,
          'Expected the schema registry',
        ),
        expectRefused(['verify', ...addresses()], 1, 'Redis at', acl),
        expectRefused(['verify', ...addresses()], 1, 'Checking the topics', sasl),
      ]);
      const unaffected = await run(['profile', customer, ...at(brokers, state.url, `http://${AWAY}`)]);
      expect(unaffected.code).toBe(0);
      const doctor = await run(['doctor', ...at(brokers, `redis://${AWAY}`, `http://${AWAY}`)]);
      expect([doctor.code, doctor.stdout]).toEqual([1, expect.stringMatching(/ok {4}kafka .*\n(.*\n)*fail {2}redis /)]);
    });

    async function expectRefused(args: readonly string[], exitCode: number, words: string, more: Variables = {}) {
      const { code, stdout, stderr } = await run(args, more);
      expect(stderr, args.join(' ')).toContain(words);
      expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
      expect(stderr).not.toContain(SECRET);
      expect(stderr).not.toMatch(/^\s+at /m);
    }

    /** In this process, which is what a command takes longest for to start. */
    function run(args: readonly string[], more: Variables = {}) {
      return runTidemark(args, { variables: { ...VARIABLES, ...more } });
    }

    function onServers(...args: readonly string[]) {
      return run([...args, ...addresses()]);
    }

    function onFolder(...args: readonly string[]) {
      return runTidemark([...args, '--data', folder]);
    }

    function addresses(): string[] {
      const { kafka, redis: state, registry } = stack();
      return ['--kafka', kafka.brokers.join(','), '--redis', state.url, '--registry', registry.url];
    }

    async function letters(): Promise<number> {
      return (await onServers('dead-letters', 'list', '--json')).stdout.split('\n').length - 1;
    }

    /** A currency of ISO 4217 that no policy has. */
    async function sendRefused(url: string, id: string): Promise<void> {
      const producer = createProducer({ transport: httpTransport({ url }) });
      const order = { eventId: id, orderId: id, customerId: 'anna', occurredAt: new Date() };
      await producer.order({ ...order, status: 'PAID', currency: 'ZMW', amountMinor: 100 });
      await producer.close();
    }

    async function keysLike(pattern: string): Promise<readonly string[]> {
      return redis.keys(pattern);
    }

    /** As the hash tag of the key says. */
    function laneOf(key: string | undefined): string {
      return /\{(\d+)\./.exec(key ?? '')?.[1] ?? '';
    }
  },
);

function ignore(): void {}

/** Without the time at which a log took them, nor what depends on it, in order of lane and offset. */
function recordsOf(stdout: string) {
  const records = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  for (const { headers } of records) delete headers['raw-appended-at'];
  return records.map(({ time, ...record }) => record).sort((a, b) => a.lane - b.lane || a.offset - b.offset);
}
