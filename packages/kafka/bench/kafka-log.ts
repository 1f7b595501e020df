// What the adapter costs beside bare kafkajs: `node packages/kafka/bench/kafka-log.ts`. Starts a broker of its own.
import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import { startStack } from '../../stack/src/index.ts';
import { KafkaLog } from '../src/index.ts';
import { createTopics } from '../src/topics/create-topics.ts';

const LANES = 12;
const RECORDS_PER_LANE = 40_000;
const RECORDS = LANES * RECORDS_PER_LANE;
const TOPIC = 'timeline';
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const stack = await startStack({ servers: ['kafka'], variables: process.env, log: console.error });
try {
  const brokers = stack.kafka.brokers;
  const client = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '17825792' }];
  await createTopics(admin, [{ topic: `bench.${TOPIC}`, numPartitions: LANES, configEntries }]);
  await admin.disconnect();
  const connection = { brokers, clientId: 'bench', tls: null, sasl: null };
  const log = new KafkaLog({
    connection,
    namespace: 'bench',
    lanes: LANES,
    sessionTimeoutMs: 30_000,
    diagnostics: silent,
    now: () => Date.now(),
  });
  await benchSends(log);
  await benchReads(log);
  await benchBareConsumer(client);
  await benchConsumer(log);
  await log.close();
} finally {
  await stack.stop();
}

async function benchSends(log: KafkaLog): Promise<void> {
  const writer = await log.writer();
  await writer.send(TOPIC, 0, records(1));
  for (const perSend of [1, 500]) {
    const sends = perSend === 1 ? 100 : 20;
    const batch = records(perSend);
    await measure(`append, ${LANES} lanes at once, ${perSend} records a send`, LANES * sends * perSend, async () => {
      await Promise.all(
        Array.from({ length: LANES }, async (_, lane) => {
          for (let i = 0; i < sends; i++) await writer.send(TOPIC, lane, batch);
        }),
      );
    });
  }
  const batch = records(1_000);
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const { end } = await log.bounds(TOPIC, lane);
      for (let sent = end; sent < RECORDS_PER_LANE; sent += batch.length) {
        await writer.send(TOPIC, lane, batch.slice(0, RECORDS_PER_LANE - sent));
      }
    }),
  );
  await writer.close();
}

async function benchReads(log: KafkaLog): Promise<void> {
  const repeat = async (count: number, work: (i: number) => Promise<unknown>): Promise<void> => {
    for (let i = 0; i < count; i++) await work(i);
  };
  await measure('bounds', 300, () => repeat(300, (i) => log.bounds(TOPIC, i % LANES)));
  await measure('read one record', 300, () => repeat(300, (i) => log.read(TOPIC, i % LANES, (i * 37) % 30_000, 1)));
  await measure('read 2,000 records', 20 * 2_000, () => repeat(20, (i) => log.read(TOPIC, i % LANES, i * 500, 2_000)));
}

async function benchBareConsumer(client: kafkajs.Kafka): Promise<void> {
  const consumer = client.consumer({ groupId: 'bare' });
  await consumer.connect();
  await consumer.subscribe({ topics: [`bench.${TOPIC}`], fromBeginning: true });
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  await measure('consume, bare kafkajs', RECORDS, async () => {
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        count += batch.messages.length;
        if (count >= RECORDS) resolve();
      },
    });
    await promise;
  });
  await consumer.disconnect();
}

async function benchConsumer(log: KafkaLog): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  await measure('consume, KafkaLog', RECORDS, async () => {
    const consumer = await log.consume({
      group: 'adapter',
      topics: [TOPIC],
      handler: {
        assigned: (lane, member) => member.seek(TOPIC, lane, 0),
        batch: (_topic, _lane, batch) => {
          count += batch.length;
          if (count >= RECORDS) resolve();
        },
        revoked: () => {},
      },
    });
    await promise;
    await consumer.close();
  });
}

/** As large as a timeline order, with its headers. */
function records(count: number) {
  const value = randomBytes(150);
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`customer-${i}`),
    value,
    headers: {
      type: 'order',
      origin: `orders:${i}`,
      'log-time': '1700000000000',
      clock: 'live',
      schema: '0123456789abcdef',
      'event-id': `event-${i}`,
    },
  }));
}

async function measure(name: string, count: number, work: () => Promise<void>): Promise<void> {
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  await work();
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const perSecond = Math.round((count / ms) * 1_000).toLocaleString('en');
  const each = ms / count < 0.1 ? `${((ms / count) * 1_000).toFixed(1)} µs` : `${(ms / count).toFixed(2)} ms`;
  console.log(`${name}: ${perSecond}/s, ${each} each, ${((user + system) / count).toFixed(1)} µs of CPU each`);
}
