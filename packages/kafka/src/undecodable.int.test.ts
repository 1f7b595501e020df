import { type Fault, type Lane, type LogRecord, type Topic, UndecodableBatch } from '@tidemark/stream';
import { describeWithSharedServers } from '@tidemark/testkit/servers';
import type { Admin } from 'kafkajs';
import { afterAll, expect, test } from 'vitest';
import { INFLATED_BYTES_MAX } from './compression/inflated-bound.ts';
import { createClient } from './kafka-connection.ts';
import { KafkaLog } from './kafka-log.ts';
import { connectionTo, silent } from './testing/fixtures.ts';
import { BATCH_HEAD_BYTES, SegmentFile, setCodec } from './testing/segment-file.ts';
import { createTopics } from './topics/create-topics.ts';

const NAMESPACE = 'undecodable-batches';
const WITHIN_10_S = { timeout: 10_000 };
/** Records of a batch; the second one is bad. */
const SIZE = 5;
const BAD = { offset: SIZE, next: 2 * SIZE };

describeWithSharedServers('a batch that cannot be decoded', ['kafka'], (stack, prepare) => {
  let admin: Admin;
  let log: KafkaLog;
  const options = () => ({
    connection: connectionTo(stack().kafka.brokers),
    namespace: NAMESPACE,
    lanes: 2,
    sessionTimeoutMs: 10_000,
    diagnostics: silent,
    now: () => Date.now(),
  });
  prepare(async () => {
    admin = createClient(connectionTo(stack().kafka.brokers), silent).admin();
    await admin.connect();
    log = new KafkaLog({ ...options(), compression: 'lz4' });
  });
  afterAll(async () => {
    await log?.close();
    await admin?.disconnect();
  });

  test('because it would inflate to more than the bound stops its lane there, and no other', async () => {
    const topic = await createTopic('bomb');
    await send(topic, 0, 0, SIZE);
    const bomb = await log.writer();
    const value = new Uint8Array(INFLATED_BYTES_MAX / SIZE + 1_000);
    await bomb.send(
      topic,
      0,
      Array.from({ length: SIZE }, () => ({ key: null, value, headers: {} })),
    );
    await bomb.close();
    await send(topic, 0, 2 * SIZE, SIZE);
    await stopsItsLane(topic, BAD, /lz4: more than 67108864 bytes when it is inflated/);
  });

  test.for<[string, RegExp, boolean, (batch: Buffer) => void]>([
    ['because its bytes are damaged', /not those of their checksum/, false, (batch) => flip(batch, batch.length - 3)],
    [
      'because its bytes are damaged, those that say where it ends, too',
      /not those/,
      false,
      (batch) => flip(batch, 25),
    ],
    ['because its codec cannot read it', /lz4: /, true, (batch) => flip(batch, BATCH_HEAD_BYTES + 6)],
    ['because no codec of ours has its number', /unknown compression, number 6/, true, (batch) => setCodec(batch, 6)],
    ['because its records are none', /no records|do not end/, true, (batch) => setCodec(batch, 0)],
  ])('%s stops its lane there, and no other', async ([name, reason, mendsChecksum, edit], { skip }) => {
    const folder = diskOrSkip(skip);
    const topic = await createTopic(name.replaceAll(/[ ,]+/g, '-'));
    for (const from of [0, SIZE, 2 * SIZE]) await send(topic, 0, from, SIZE);
    damage(folder, topic, edit, mendsChecksum);
    await stopsItsLane(topic, BAD, reason);
  });

  test('because the broker itself cannot read it stops its lane there, and no other', async ({ skip }) => {
    const folder = diskOrSkip(skip);
    const topic = await createTopic('length');
    for (const from of [0, SIZE, 2 * SIZE]) await send(topic, 0, from, SIZE);
    damage(folder, topic, (batch) => batch.writeInt32BE(1, 8), false);
    await stopsItsLane(topic, { offset: SIZE, next: null }, /CORRUPT_MESSAGE/);
  });

  async function createTopic(name: string): Promise<Topic> {
    await createTopics(admin, [{ topic: `${NAMESPACE}.${name}`, numPartitions: 2 }]);
    return name;
  }

  async function send(topic: Topic, lane: Lane, from: number, count: number): Promise<void> {
    const writer = await log.writer();
    const records = Array.from({ length: count }, (_, i) => ({ key: null, value: bytesOf(from + i), headers: {} }));
    await writer.send(topic, lane, records);
    await writer.close();
  }

  function diskOrSkip(skip: (why: string) => never): string {
    return stack().kafka.folder ?? skip('a broker on this machine alone has a disk that can be damaged');
  }

  function damage(folder: string, topic: Topic, edit: (batch: Buffer) => void, mendsChecksum: boolean): void {
    new SegmentFile(folder, `${NAMESPACE}.${topic}`, 0).change(1, edit, { mendsChecksum });
  }

  /** The bad batch is the second of lane 0's three. */
  async function stopsItsLane(
    topic: Topic,
    place: { readonly offset: number; readonly next: number | null },
    reason: RegExp,
  ): Promise<void> {
    const handler = new Watcher(topic);
    const failures: Error[] = [];
    const failed = (error: Error) => failures.push(error);
    const consumer = await log.consume({ group: topic, topics: [topic], handler, failed });
    await expect.poll(() => handler.faults.length, WITHIN_10_S).toBe(1);
    expect(handler.numbersOf(0)).toEqual(numbers(0, SIZE));
    const [fault] = handler.faults;
    expect(fault).toBeInstanceOf(UndecodableBatch);
    expect(fault).toMatchObject({ code: 'undecodable-batch', place: { topic, lane: 0, ...place } });
    expect(fault?.message).toMatch(reason);
    expect(fault?.message).toContain(`${topic}, lane 0: expected at offset ${SIZE} a batch that can be decoded`);

    await send(topic, 1, 0, SIZE);
    await expect.poll(() => handler.numbersOf(1), WITHIN_10_S).toEqual(numbers(0, SIZE));
    expect(handler.faults).toHaveLength(1);
    // Sought behind it, the lane goes on.
    if (place.next !== null) {
      consumer.seek(topic, 0, place.next);
      await expect.poll(() => handler.numbersOf(0), WITHIN_10_S).toEqual([...numbers(0, SIZE), ...numbers(10, SIZE)]);
    }
    expect(failures).toEqual([]);
    await consumer.close();

    expect((await log.read(topic, 0, 0, SIZE)).map(numberOf)).toEqual(numbers(0, SIZE));
    for (const from of [0, SIZE]) {
      await expect(log.read(topic, 0, from, 2 * SIZE)).rejects.toMatchObject({ place: { topic, lane: 0, ...place } });
    }
    if (place.next !== null)
      expect((await log.read(topic, 0, place.next, 100)).map(numberOf)).toEqual(numbers(10, SIZE));
  }
});

class Watcher {
  readonly faults: Fault[] = [];
  readonly #records = new Map<Lane, LogRecord[]>();
  readonly #topic: Topic;

  constructor(topic: Topic) {
    this.#topic = topic;
  }

  assigned(lane: Lane, consumer: { seek(topic: Topic, lane: Lane, offset: number): void }): void {
    this.#records.set(lane, []);
    consumer.seek(this.#topic, lane, 0);
  }

  batch(_topic: Topic, lane: Lane, records: readonly LogRecord[]): void {
    this.#records.get(lane)?.push(...records);
  }

  blocked(_topic: Topic, _lane: Lane, fault: Fault): void {
    this.faults.push(fault);
  }

  revoked(): void {}

  numbersOf(lane: Lane): number[] {
    return (this.#records.get(lane) ?? []).map(numberOf);
  }
}

function flip(batch: Buffer, at: number): void {
  batch.writeUInt8(batch.readUInt8(at) ^ 0xff, at);
}

function bytesOf(number: number): Uint8Array {
  return new TextEncoder().encode(`${number} ${'tidemark '.repeat(20)}`);
}

function numberOf({ value }: LogRecord): number {
  return Number.parseInt(new TextDecoder().decode(value ?? new Uint8Array()), 10);
}

function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
