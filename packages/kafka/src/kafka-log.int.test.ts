import { describeEventLog } from '@tidemark/testkit/conformance';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import type kafkajs from 'kafkajs';
import { afterAll } from 'vitest';
import { createClient, type KafkaConnection } from './kafka-connection.ts';
import { KafkaLog, type KafkaLogOptions } from './kafka-log.ts';
import { connectionTo, silent } from './testing/fixtures.ts';
import { createTopics } from './topics/create-topics.ts';

const LANES = 3;
const NAMESPACE = `conformance-${process.pid}`;

describeWithSharedServers('Kafka', ['kafka'], (stack, prepare) => {
  let topicsCreated = 0;
  let admin: kafkajs.Admin;
  const connection = (): KafkaConnection => connectionTo(stack().kafka.brokers);
  prepare(async () => {
    admin = createClient(connection(), silent).admin();
    await admin.connect();
  });
  afterAll(() => admin?.disconnect());

  const createTwoTopics = async (): Promise<readonly [string, string]> => {
    const topics = [`first-${topicsCreated}`, `second-${topicsCreated}`] as const;
    topicsCreated += 1;
    await createTopics(
      admin,
      topics.map((topic) => ({
        topic: `${NAMESPACE}.${topic}`,
        numPartitions: LANES,
        configEntries: [
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
          { name: 'max.message.bytes', value: String(4 * 1_024 * 1_024) },
        ],
      })),
    );
    return topics;
  };
  const open = (options: Partial<KafkaLogOptions> = {}): KafkaLog =>
    new KafkaLog({
      connection: connection(),
      namespace: NAMESPACE,
      lanes: LANES,
      sessionTimeoutMs: 10_000,
      diagnostics: silent,
      now: () => Date.now(),
      ...options,
    });

  describeEventLog(
    'KafkaLog',
    async () => {
      const topics = await createTwoTopics();
      const log = open();
      return { log, topics, close: () => log.close() };
    },
    { valueBytesMax: 3_000_000, afterSeek: 'exact', newestMemberTakesAll: false },
  );
});
