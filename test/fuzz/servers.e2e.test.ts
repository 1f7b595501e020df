import { RAW_TOPICS } from '@tidemark/contracts';
import { RegistrySchemaIds } from '@tidemark/kafka';
import { Random } from '@tidemark/testkit';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs, { type Kafka } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyLayout, Deployment, variablesFor } from '../stack/deployment.ts';
import { RemotePipeline } from '../stack/remote-pipeline.ts';
import { killAll, until, type Variables } from '../stack/service-process.ts';
import { type Account, accountFor, type Sent } from './account.ts';
import { MARK } from './events.ts';
import { hostileRecords } from './hostile-records.ts';
import { hostileRequests } from './hostile-requests.ts';
import { probesOf, proveFlow, unreadable } from './probe.ts';
import { inTurn, writeAll } from './raw-writer.ts';
import { SEED } from './seed.ts';
import { type RequestAccount, sendRequests } from './send-requests.ts';

const NAMESPACE = 'fuzz';
const RECORDS = 5_000;
const ODD_HEADERS = 40;
const REQUESTS = 1_500;
const TOKENS = { reader: 'reader-token-0123456', producer: 'producer-token-01234', operator: 'operator-token-01234' };
/** Of those who write past everything that checks. */
const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
/** The others have what they get. */
const COMPRESSION_TYPES = {
  orders: 'lz4',
  interactions: 'zstd',
  identities: 'snappy',
  timeline: 'gzip',
  'tier-changes': 'snappy',
};
const PATIENCE_MS = 300_000;

describeWithSharedServers(
  'hostile records and requests to services as processes',
  ['kafka', 'redis', 'registry'],
  (stack) => {
    let deployment: Deployment;
    let pipeline: RemotePipeline;
    let sent: readonly Sent[];
    let account: Account;
    let requests: RequestAccount;
    let missing: readonly string[];

    beforeAll(async () => {
      process.stderr.write(`fuzz: SEED=${SEED}\n`);
      const variables: Variables = variablesFor(stack(), NAMESPACE, {
        TIDEMARK_RATE_LIMIT_PER_SECOND: '1000000',
        TIDEMARK_READER_TOKENS: TOKENS.reader,
        TIDEMARK_PRODUCER_TOKENS: TOKENS.producer,
        TIDEMARK_OPERATOR_TOKENS: TOKENS.operator,
      });
      const kafka = new kafkajs.Kafka({ brokers: [...stack().kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
      await createCompressing(kafka, Number(variables['TIDEMARK_LANES']));
      await applyLayout(variables);
      deployment = await Deployment.start(variables);
      pipeline = await RemotePipeline.open(variables);
      const { lanes } = pipeline.log;
      const schemaIds = await RegistrySchemaIds.open({ url: stack().registry.url, auth: null });

      const random = new Random(SEED);
      const schemaIdOf = (recordType: string, version = 1) => schemaIds.idOf(recordType as never, version) ?? 0;
      const surroundings = { lanes, now: Date.now(), schemaIdOf };
      const compressing = await Promise.all(
        CODECS.map((codec) => RemotePipeline.open({ ...variables, TIDEMARK_KAFKA_COMPRESSION: codec })),
      );
      const writer = inTurn(await Promise.all(compressing.map(({ log }) => log.writer())), new Random(SEED));
      const written = await writeAll(hostileRecords(random.fork(), RECORDS, surroundings), writer);
      await writer.close();
      for (const each of compressing) await each.close();
      sent = [...written, ...(await sendOddHeaders(kafka))];

      await until('unify has taken all', () => isUnified(kafka, pipeline), PATIENCE_MS);
      requests = await sendRequests(deployment.url, hostileRequests(random.fork(), REQUESTS, TOKENS));
      await proveFlow(deployment.url, probesOf(lanes), TOKENS);
      account = await accountFor(sent, pipeline.log, schemaIds);
      missing = await unreadable(deployment.url, TOKENS.reader, sent);
      const { byStatus, answers, silent } = requests;
      process.stderr.write(`fuzz: ${JSON.stringify({ ...account, requests: { byStatus, answers, silent } })}\n`);
    }, 2 * PATIENCE_MS);
    afterAll(async () => {
      await pipeline?.close();
      await killAll();
    });

    test('every record is on the timeline, a dead letter with its bytes, or a repeat', () => {
      expect(account.violations).toEqual([]);
      expect(account.timeline + account.refused + account.dropped).toBe(RECORDS + ODD_HEADERS);
      expect(Math.min(account.timeline, account.refused, account.dropped)).toBeGreaterThan(RECORDS / 50);
    });

    test('every request is answered, or was cut by its client; no answer is a failure or tells what it should not', () => {
      expect(requests.violations).toEqual([]);
      expect(requests.sent).toBeGreaterThanOrEqual(REQUESTS);
      expect(requests.byStatus[200]).toBeGreaterThan(REQUESTS * 0.1);
    });

    test('a customer of any id that was accepted can be asked for', () => {
      expect(missing).toEqual([]);
    });

    test('no process died, every service is ready, and the logs say nothing of customers and have no stack', async () => {
      for (const service of deployment.processes) {
        expect(service.isRunning).toBe(true);
        expect(await service.health()).toMatchObject({ ok: true });
        expect(service.stdout + service.stderr).not.toContain(MARK);
        expect(service.stdout + service.stderr).not.toMatch(/\n\s+at /);
      }
      const ends = await Promise.all(deployment.processes.map((service) => service.stop()));
      expect(ends.map(({ code }) => code)).toEqual(ends.map(() => 0));
    });
  },
);

/** Topics whose broker makes something else of whatever comes, over HTTP too. */
async function createCompressing(kafka: Kafka, numPartitions: number): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    topics: Object.entries(COMPRESSION_TYPES).map(([topic, value]) => ({
      topic: `${NAMESPACE}.${topic}`,
      numPartitions,
      // As all would have been made.
      configEntries: [
        { name: 'compression.type', value },
        { name: 'retention.ms', value: '-1' },
      ],
    })),
  });
  await admin.disconnect();
}

/** Headers that only Kafka's protocol can have: bytes that are no text, a name twice, no value, many of them. */
async function sendOddHeaders(kafka: Kafka): Promise<Sent[]> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const sent: Sent[] = [];
  try {
    for (let n = 0; n < ODD_HEADERS; n++) {
      const value = Buffer.from([1, n]);
      const filler = Buffer.alloc(n % 4 === 0 ? 900_000 : 10, 0xff);
      const headers = { noText: filler, twice: [MARK, 'b'], ...JSON.parse('{"__proto__":"x"}'), '': '' };
      const message = { key: null, value, headers, partition: 0 };
      const [place] = await producer.send({ topic: `${NAMESPACE}.orders`, messages: [message] });
      const record = { key: null, value, headers: {} };
      const offset = Number(place?.baseOffset);
      sent.push({ topic: 'orders', lane: 0, kind: 'odd headers', fate: 'refused', record, offset });
    }
  } finally {
    await producer.disconnect();
  }
  return sent;
}

async function isUnified(kafka: Kafka, { log }: RemotePipeline): Promise<boolean> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topics = RAW_TOPICS.map((topic) => `${NAMESPACE}.${topic}`);
    const committed = await admin.fetchOffsets({ groupId: `${NAMESPACE}.unify`, topics });
    for (const [i, topic] of RAW_TOPICS.entries()) {
      const found = committed.find((one) => one.topic === topics[i])?.partitions ?? [];
      for (let lane = 0; lane < log.lanes; lane++) {
        const place = Number(found.find(({ partition }) => partition === lane)?.offset ?? -1);
        if (place < (await log.bounds(topic, lane)).end) return false;
      }
    }
    return true;
  } finally {
    await admin.disconnect();
  }
}
