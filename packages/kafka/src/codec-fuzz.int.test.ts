import { UndecodableBatch } from '@tidemark/stream';
import { Random } from '@tidemark/testkit';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import kafkajs, { type Admin } from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { codecs, compressionTypeOf, registerCodecs } from './compression/codecs.ts';
import { createClient } from './kafka-connection.ts';
import { KafkaLog } from './kafka-log.ts';
import { connectionTo, silent } from './testing/fixtures.ts';
import { createTopics } from './topics/create-topics.ts';

const NAMESPACE = 'codec-fuzz';
/** `SEED=7` in the environment draws others; a failure names it. */
const SEED = Number(process.env['SEED'] ?? 20_261_122);
const SENDS = 150;
const RECORDS = 20;

type Name = keyof typeof codecs;

describeWithSharedServers(`a producer that damages what it compresses, SEED=${SEED}`, ['kafka'], (stack, prepare) => {
  const random = new Random(SEED);
  let admin: Admin;
  let log: KafkaLog;
  prepare(async () => {
    const connection = connectionTo(stack().kafka.brokers);
    admin = createClient(connection, silent).admin();
    await admin.connect();
    const now = () => Date.now();
    log = new KafkaLog({
      connection,
      namespace: NAMESPACE,
      lanes: 1,
      sessionTimeoutMs: 10_000,
      diagnostics: silent,
      now,
    });
  });
  afterAll(async () => {
    registerCodecs();
    await log?.close();
    await admin?.disconnect();
  });

  test.each(Object.keys(codecs) as Name[])(
    '%s: what the broker takes all the same is read whole, or as a batch that cannot be decoded',
    async (name) => {
      await createTopics(admin, [{ topic: `${NAMESPACE}.${name}`, numPartitions: 1 }]);
      const taken = await sendDamaged(name);
      registerCodecs();
      const { end } = await log.bounds(name, 0);
      expect(end).toBe(taken * RECORDS);
      let undecodable = 0;
      for (let from = 0; from < end; from += RECORDS) {
        const records = await log.read(name, 0, from, RECORDS).catch((error: unknown) => error);
        if (records instanceof UndecodableBatch) {
          expect(records.place).toEqual({ topic: name, lane: 0, offset: from, next: from + RECORDS });
          undecodable++;
        } else {
          expect(records).toHaveLength(RECORDS);
          expect(records).toMatchObject(Array.from({ length: RECORDS }, (_, i) => ({ offset: from + i })));
        }
      }
      process.stderr.write(`codec fuzz: ${name}: of ${SENDS} sends ${taken} taken, ${undecodable} not decoded\n`);
    },
  );

  /** How many the broker took. */
  async function sendDamaged(name: Name): Promise<number> {
    const damaging = { compress: ({ buffer }: { readonly buffer: Buffer }) => damagedOf(name, buffer) };
    (kafkajs.CompressionCodecs as Record<number, unknown>)[compressionTypeOf(name)] = () => damaging;
    const producer = new kafkajs.Kafka({
      brokers: [...stack().kafka.brokers],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    }).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
    await producer.connect();
    let taken = 0;
    for (let send = 0; send < SENDS; send++) {
      const messages = Array.from({ length: RECORDS }, (_, i) => ({
        partition: 0,
        key: `key-${i}`,
        value: `value ${send} ${'tidemark '.repeat(i)}`,
      }));
      const request = { topic: `${NAMESPACE}.${name}`, compression: compressionTypeOf(name), messages };
      taken += await producer.send(request).then(
        () => 1,
        () => 0,
      );
    }
    await producer.disconnect();
    return taken;
  }

  async function damagedOf(name: Name, records: Buffer): Promise<Buffer> {
    const bytes = Buffer.from(await codecs[name].deflate(records));
    // Some are as they should be, to show that it is the damage that is refused.
    for (let n = random.between(0, 3); n > 0; n--) {
      const at = random.between(0, bytes.length - 1);
      bytes.writeUInt8(bytes.readUInt8(at) ^ random.between(1, 255), at);
    }
    return random.chance(0.1) ? bytes.subarray(0, bytes.length - random.between(1, 5)) : bytes;
  }
});
