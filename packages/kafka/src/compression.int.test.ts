import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Committed, LogRecord, Topic } from '@tidemark/stream';
import { describeWithSharedServers, javaOrSkip } from '@tidemark/testkit/servers';
import type { Admin } from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { COMPRESSIONS, type Compression } from './compression/codecs.ts';
import { createClient } from './kafka-connection.ts';
import { KafkaLog } from './kafka-log.ts';
import { connectionTo, silent } from './testing/fixtures.ts';
import { SegmentFile } from './testing/segment-file.ts';
import { createTopics } from './topics/create-topics.ts';

const NAMESPACE = 'codecs';
/** Some hundred KB: several blocks of every format. */
const RECORDS = 3_000;
const PEER = new URL('./testing/CodecPeer.java', import.meta.url).pathname;
const WITHIN_10_S = { timeout: 10_000 };

describeWithSharedServers('batches in every codec', ['kafka'], (stack, prepare) => {
  let admin: Admin;
  const logs: KafkaLog[] = [];
  prepare(async () => {
    admin = createClient(connectionTo(stack().kafka.brokers), silent).admin();
    await admin.connect();
  });
  afterAll(async () => {
    for (const log of logs) await log.close();
    await admin?.disconnect();
  });

  const openLog = (compression: Compression): KafkaLog => {
    const log = new KafkaLog({
      connection: connectionTo(stack().kafka.brokers),
      namespace: NAMESPACE,
      lanes: 1,
      sessionTimeoutMs: 10_000,
      compression,
      diagnostics: silent,
      now: () => Date.now(),
    });
    logs.push(log);
    return log;
  };
  const create = (topics: readonly Topic[], settings: Readonly<Record<string, string>> = {}) => {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    return createTopics(
      admin,
      topics.map((topic) => ({ topic: `${NAMESPACE}.${topic}`, numPartitions: 1, configEntries })),
    );
  };
  const peer = async (skip: (why: string) => never, how: 'read' | 'write', ...args: readonly string[]) => {
    const { java, classPath } = await javaOrSkip(skip);
    const [brokers, records] = [stack().kafka.brokers.join(','), String(RECORDS)];
    const { stdout } = await promisify(execFile)(java, ['-cp', classPath, PEER, how, brokers, records, ...args]);
    return stdout;
  };

  test("that Kafka's own client writes are consumed, and read back from any place", async ({ skip }) => {
    const topics = COMPRESSIONS.map((codec) => `java-${codec}`);
    await create(topics);
    await peer(skip, 'write', ...COMPRESSIONS.flatMap((codec) => [`${NAMESPACE}.java-${codec}`, codec]));
    const log = openLog('none');
    for (const [codec, topic] of topics.entries()) {
      expectCodec(topic, codec);
      expect((await consumeAll(log, topic)).map(asText)).toEqual(WRITTEN);
      expect((await log.read(topic, 0, 1_234, 10)).map(asText)).toEqual(WRITTEN.slice(1_234, 1_244));
    }
  }, 60_000);

  test("that ours writes are read by Kafka's own client, and by ours", async ({ skip }) => {
    const topics = COMPRESSIONS.map((codec) => `ours-${codec}`);
    await create(topics);
    for (const [codec, topic] of topics.entries()) {
      const log = openLog(COMPRESSIONS[codec] ?? 'none');
      await write(log, topic);
      expectCodec(topic, codec);
      expect((await consumeAll(log, topic)).map(asText)).toEqual(WRITTEN);
    }
    const counts = await peer(skip, 'read', ...topics.map((topic) => `${NAMESPACE}.${topic}`));
    expect(counts.trim().split('\n').map(Number)).toEqual(topics.map(() => RECORDS));
  }, 60_000);

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'that a broker makes of what it gets, by compression.type=%s, are consumed and read back, and take commits',
    async (type) => {
      const topic = `made-${type}`;
      await create([topic], { 'compression.type': type });
      const log = openLog('none');
      await write(log, topic);
      expectCodec(topic, COMPRESSIONS.indexOf(type as Compression));
      const places = new Map([[topic, { offset: 17, metadata: 'note' }]]);
      expect((await consumeAll(log, topic, places)).map(asText)).toEqual(WRITTEN);
      expect(await log.committed(topic, [topic], 0)).toEqual(places);
      expect((await log.read(topic, 0, 0, RECORDS)).map(asText)).toEqual(WRITTEN);
    },
  );

  /** Where the broker's disk can be looked at. */
  function expectCodec(topic: Topic, codec: number): void {
    const { folder } = stack().kafka;
    if (folder === null) return;
    const found = new SegmentFile(folder, `${NAMESPACE}.${topic}`, 0).codecs();
    expect(found, topic).toEqual(found.map(() => codec));
  }
});

/** As CodecPeer.java writes them. */
const WRITTEN = Array.from({ length: RECORDS }, (_, i) => [`key-${i}`, `value-${i}-${'tidemark'.repeat(i % 20)}`]);

async function write(log: KafkaLog, topic: Topic): Promise<void> {
  const writer = await log.writer();
  await writer.send(
    topic,
    0,
    WRITTEN.map(([key, value]) => ({ key: bytesOf(key), value: bytesOf(value), headers: {} })),
  );
  await writer.close();
}

function bytesOf(text = ''): Uint8Array {
  return new TextEncoder().encode(text);
}

/** All of a topic's first lane, as a member of a group gets it; commits `places` before it leaves. */
async function consumeAll(
  log: KafkaLog,
  topic: Topic,
  places: ReadonlyMap<Topic, Committed> = new Map(),
): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = [];
  const consumer = await log.consume({
    group: topic,
    topics: [topic],
    handler: {
      assigned: (lane, member) => member.seek(topic, lane, 0),
      batch: (_topic, _lane, batch) => void records.push(...batch),
      revoked: () => {},
    },
  });
  await expect.poll(() => records.length, WITHIN_10_S).toBe(RECORDS);
  if (places.size > 0) await consumer.commit(0, places);
  await consumer.close();
  return records;
}

function asText({ key, value }: LogRecord): readonly string[] {
  return [key, value].map((bytes) => new TextDecoder().decode(bytes ?? new Uint8Array()));
}
