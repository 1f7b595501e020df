import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Lane,
  type LaneConsumer,
  type LogRecord,
  type NewRecord,
  OperatingError,
  type Topic,
} from '@tidemark/stream';
import { describeWithServers } from '@tidemark/testkit/servers';
import type { Admin, Broker, GroupDescriptions, Kafka } from 'kafkajs';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { ClusterAccess } from './cluster-access.ts';
import { createClient } from './kafka-connection.ts';
import { KafkaLog } from './kafka-log.ts';
import { connectionTo, silent } from './testing/fixtures.ts';
import { createTopics } from './topics/create-topics.ts';

const LANES = 4;
const NAMESPACE = 'faults';

describeWithServers('KafkaLog', ['kafka'], (stack, prepare) => {
  let admin: Admin;
  let log: KafkaLog;
  let topics: readonly [Topic, Topic];
  let topicsCreated = 0;
  const warnings: string[] = [];
  const collectWarning = ({ name, message }: Error): void => void warnings.push(`${name}: ${message}`);

  prepare(async () => {
    process.on('warning', collectWarning);
    admin = createClient(connectionTo(stack().kafka.brokers), silent).admin();
    await admin.connect();
    log = openLog();
  });
  afterAll(async () => {
    process.off('warning', collectWarning);
    await log?.close();
    await admin?.disconnect();
  });
  beforeEach(async () => {
    topics = [`first-${topicsCreated}`, `second-${topicsCreated}`];
    topicsCreated += 1;
    await createTopics(
      admin,
      topics.map((topic) => ({ topic: `${NAMESPACE}.${topic}`, numPartitions: LANES })),
    );
  });
  const openLog = (): KafkaLog =>
    new KafkaLog({
      connection: connectionTo(stack().kafka.brokers),
      namespace: NAMESPACE,
      lanes: LANES,
      sessionTimeoutMs: 3_000,
      diagnostics: silent,
      now: () => Date.now(),
    });
  const append = async (topic: Topic, lane: Lane, from: number, count: number): Promise<void> => {
    const writer = await log.writer();
    await writer.send(topic, lane, numbered(from, count));
    await writer.close();
  };

  test('gives lanes whole: each lane of all topics has one owner, through joining and leaving', async () => {
    const [first, second] = [new OwnerHandler(), new OwnerHandler()];
    const older = await log.consume({ group: topics[0], topics, handler: first });
    expect(first.lanes).toEqual(new Set([0, 1, 2, 3]));
    const newer = await log.consume({ group: topics[0], topics, handler: second });
    await expect.poll(() => first.lanes.size, WITHIN_10_S).toBe(2);
    expect(second.lanes.size).toBe(2);
    expect(first.lanes.union(second.lanes).size).toBe(LANES);
    for (let lane = 0; lane < LANES; lane++) for (const topic of topics) await append(topic, lane, 0, 1);
    const owners = [first, second];
    for (const owner of owners) owner.seekAll(topics);
    await expect.poll(() => first.batches.length + second.batches.length, WITHIN_10_S).toBe(LANES * topics.length);
    for (const { batches, lanes } of owners) expect(new Set(batches.map(({ lane }) => lane))).toEqual(lanes);
    await newer.close();
    await expect.poll(() => first.lanes.size, WITHIN_10_S).toBe(LANES);
    await older.close();
  });

  test('a lane that a member keeps through a rebalance goes on where it is, and is not assigned again', async () => {
    for (let lane = 0; lane < LANES; lane++) await append(topics[0], lane, 0, 5);
    const assignments = new Map<Lane, number>();
    const delivered = new Map<Lane, string[]>();
    const older = await log.consume({
      group: topics[0],
      topics: [topics[0]],
      handler: {
        assigned(lane, consumer) {
          assignments.set(lane, (assignments.get(lane) ?? 0) + 1);
          delivered.set(lane, []);
          consumer.seek(topics[0], lane, 0);
        },
        batch: (_topic, lane, records) => void delivered.get(lane)?.push(...records.map(textOf)),
        revoked: (lane) => void delivered.delete(lane),
      },
    });
    await expect.poll(() => [...delivered.values()].flat().length, WITHIN_10_S).toBe(LANES * 5);
    const newer = await log.consume({ group: topics[0], topics: [topics[0]], handler: new OwnerHandler() });
    await expect.poll(() => delivered.size, WITHIN_10_S).toBe(LANES / 2);
    const kept = [...delivered.keys()];
    for (const lane of kept) await append(topics[0], lane, 5, 5);
    for (const lane of kept) {
      await expect.poll(() => delivered.get(lane), WITHIN_10_S).toEqual(numbered(0, 10).map(textOf));
      expect(assignments.get(lane)).toBe(1);
    }
    await newer.close();
    await expect.poll(() => delivered.size, WITHIN_10_S).toBe(LANES);
    for (const [lane, count] of assignments) expect(count).toBe(kept.includes(lane) ? 1 : 2);
    await older.close();
  });

  test('a batch that was fetched before its lane was paused is not delivered, and not lost', async () => {
    const lanes = [0, 1];
    for (const lane of lanes) await append(topics[0], lane, 0, 10);
    const delivered = new Map<Lane, string[]>();
    let pausedLane: Lane | null = null;
    // Both lanes' batches come with one fetch; the first pauses the other.
    const consumer = await log.consume({
      group: topics[0],
      topics: [topics[0]],
      handler: {
        assigned: (lane, member) => void (lanes.includes(lane) && member.seek(topics[0], lane, 0)),
        batch(_topic, lane, records) {
          delivered.set(lane, [...(delivered.get(lane) ?? []), ...records.map(textOf)]);
          if (pausedLane !== null) return;
          pausedLane = 1 - lane;
          consumer.pause(topics[0], pausedLane);
        },
        revoked: () => {},
      },
    });
    await expect.poll(() => pausedLane, WITHIN_10_S).not.toBeNull();
    const [paused, open] = pausedLane === 0 ? [0, 1] : [1, 0];
    await append(topics[0], open, 10, 1);
    await expect.poll(() => delivered.get(open)?.length, WITHIN_10_S).toBe(11);
    expect(delivered.get(paused)).toBeUndefined();
    consumer.resume(topics[0], paused);
    await expect.poll(() => delivered.get(paused), WITHIN_10_S).toEqual(numbered(0, 10).map(textOf));
    await consumer.close();
  });

  test('goes on after a broker was killed and came back: nothing acknowledged is lost, all is delivered in order', async () => {
    const handler = new ReseekingHandler(topics[0]);
    const consumer = await log.consume({ group: topics[0], topics: [topics[0]], handler });
    let writer = await log.writer();
    const acknowledged: number[] = [];
    const failures: unknown[] = [];
    const kill = sleep(300)
      .then(() => stack().kafka.kill())
      .then(() => stack().kafka.restart());
    let restarted = false;
    const done = kill.then(() => {
      restarted = true;
    });
    for (let i = 0, after = 0; after < 20; ) {
      try {
        await writer.send(topics[0], 0, numbered(i, 1));
        acknowledged.push(i);
        i += 1;
        if (restarted) after += 1;
        await sleep(10);
      } catch (error) {
        failures.push(error);
        await writer.close().catch(() => undefined);
        writer = await openWriter(log);
      }
    }
    await done;
    await writer.close();
    for (const failure of failures) expect(failure).toMatchObject({ code: 'log-unavailable', retriable: true });
    const { end } = await log.bounds(topics[0], 0);
    const read = (await log.read(topics[0], 0, 0, end)).map(textOf);
    // What was repeated after a lost answer may stand there twice; dropping repeats gives just what was sent.
    expect([...new Set(read)]).toEqual(acknowledged.map(String));
    await expect.poll(() => handler.records.length, { timeout: 30_000 }).toBe(end);
    expect(handler.records.map(textOf)).toEqual(read);
    await consumer.close();
  }, 60_000);

  test('a writer whose send failed sends nothing more, even when the broker is back', async () => {
    const writer = await log.writer();
    await stack().kafka.kill();
    await expect(writer.send(topics[0], 0, numbered(0, 1))).rejects.toMatchObject({ retriable: true });
    await stack().kafka.restart();
    await expect(writer.send(topics[0], 0, numbered(1, 1))).rejects.toThrow(/closed/);
    expect(await log.bounds(topics[0], 0)).toEqual({ start: 0, end: 0 });
  }, 60_000);

  test('a place before the log’s start is no silent jump: the lane sees a gap, and its commit stays', async () => {
    await append(topics[0], 0, 0, 10);
    await admin.deleteTopicRecords({ topic: `${NAMESPACE}.${topics[0]}`, partitions: [{ partition: 0, offset: '4' }] });
    expect(await log.bounds(topics[0], 0)).toEqual({ start: 4, end: 10 });
    const handler = new OwnerHandler();
    const consumer = await log.consume({ group: topics[0], topics: [topics[0]], handler });
    const places = new Map([[topics[0], { offset: 2, metadata: 'mirror' }]]);
    await consumer.commit(0, places);
    handler.consumer?.seek(topics[0], 0, 2);
    await expect.poll(() => handler.batches.length, WITHIN_10_S).toBe(1);
    expect(handler.batches[0]?.records[0]?.offset).toBe(4);
    // Unpatched, kafkajs commits the place that it jumps to, and the note is gone.
    expect(await consumer.committed(0)).toEqual(places);
    await consumer.close();
  });

  test('a place beyond the log’s end makes the lane acquire anew, where it finds the fault', async () => {
    await append(topics[0], 0, 0, 10);
    const assignments = [0, 0];
    let batches = 0;
    const consumer = await log.consume({
      group: topics[0],
      topics: [topics[0]],
      handler: {
        assigned(lane, member) {
          if (lane > 1) return;
          assignments[lane] = (assignments[lane] ?? 0) + 1;
          member.seek(topics[0], lane, lane === 0 ? 50 : 0);
        },
        batch: () => batches++,
        revoked: () => {},
      },
    });
    // Both lanes are assigned when the member joins, and again when it joins again; one is assigned more often.
    await expect.poll(() => (assignments[0] ?? 0) - (assignments[1] ?? 0), WITHIN_10_S).toBeGreaterThan(0);
    expect(batches).toBe(0);
    await consumer.close();
  });

  test('reads nothing outside the bounds, and a topic that is missing is named, with what to do', async () => {
    await append(topics[0], 0, 0, 3);
    expect(await log.read(topics[0], 0, 100, 10)).toEqual([]);
    const error = await log.read('missing', 0, 0, 1).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OperatingError);
    expect(error).toMatchObject({ message: expect.stringMatching(/faults\.missing.*tidemark topics apply/) });
  });

  test('where the topic keeps the sender’s time, the acknowledgement has that of the record', async () => {
    const writer = await log.writer();
    const { appendedAtMs } = await writer.send(topics[0], 0, numbered(0, 2));
    await writer.close();
    const records = await log.read(topics[0], 0, 0, 2);
    expect(records.map((record) => record.appendedAtMs)).toEqual([appendedAtMs, appendedAtMs]);
  });

  test('a commit from outside is taken while the group has no member, and refused as soon as it has one', async () => {
    const [group] = topics;
    const places = (offset: number) => new Map([[group, { offset, metadata: `note ${offset}` }]]);
    expect(await log.commitOutside(group, 0, places(3))).toBe(true);
    const consumer = await log.consume({ group, topics: [group], handler: new OwnerHandler() });
    expect(await log.commitOutside(group, 0, places(5))).toBe(false);
    expect(await consumer.committed(0)).toEqual(places(3));
    await consumer.close();
    expect(await log.commitOutside(group, 0, places(7))).toBe(true);
    expect(await log.committed(group, [group], 0)).toEqual(places(7));
  });

  test('a group with members of another kind is refused for good', async () => {
    const stranger = createClient(connectionTo(stack().kafka.brokers), silent).consumer({
      groupId: `${NAMESPACE}.${topics[0]}`,
    });
    await stranger.connect();
    await stranger.subscribe({ topics: [`${NAMESPACE}.${topics[0]}`] });
    const joined = new Promise((resolve) => stranger.on(stranger.events.GROUP_JOIN, resolve));
    await stranger.run({ eachMessage: async () => {} });
    await joined;
    const consuming = log.consume({ group: topics[0], topics: [topics[0]], handler: new OwnerHandler() });
    await expect(consuming).rejects.toMatchObject({
      retriable: false,
      message: expect.stringMatching(/another namespace/),
    });
    await stranger.disconnect();
  });

  test('a member that can never come back tells so, once, and its lanes are given up', async () => {
    const group = topics[0];
    const failures: Error[] = [];
    const handler = new OwnerHandler();
    const consumer = await log.consume({ group, topics: [group], handler, failed: (error) => failures.push(error) });
    const stranger = createClient(connectionTo(stack().kafka.brokers), silent).consumer({
      groupId: `${NAMESPACE}.${group}`,
    });
    await stranger.connect();
    await stranger.subscribe({ topics: [`${NAMESPACE}.${group}`] });
    await expel(createClient(connectionTo(stack().kafka.brokers), silent), `${NAMESPACE}.${group}`);
    await stranger.run({ eachMessage: async () => {} });
    await expect.poll(() => failures.length, WITHIN_10_S).toBe(1);
    expect(failures[0]).toMatchObject({ code: 'log-unavailable', retriable: false });
    expect(handler.lanes.size).toBe(0);
    await consumer.close();
    await stranger.disconnect();
    expect(failures).toHaveLength(1);
  });

  test('an open client makes Node warn of nothing', async () => {
    const consumer = await log.consume({ group: topics[0], topics, handler: new OwnerHandler() });
    await consumer.close();
    // Unpatched, each connection sets a timer to a time long past, every millisecond.
    expect(warnings.filter((warning) => warning.startsWith('TimeoutNegativeWarning'))).toEqual([]);
  });
});

const WITHIN_10_S = { timeout: 10_000 };

/** Keeps what it owns and what came. */
class OwnerHandler {
  readonly lanes = new Set<Lane>();
  readonly batches: { readonly topic: Topic; readonly lane: Lane; readonly records: readonly LogRecord[] }[] = [];
  consumer: LaneConsumer | null = null;

  assigned(lane: Lane, consumer: LaneConsumer): void {
    this.lanes.add(lane);
    this.consumer = consumer;
  }

  batch(topic: Topic, lane: Lane, records: readonly LogRecord[]): void {
    this.batches.push({ topic, lane, records });
  }

  revoked(lane: Lane): void {
    this.lanes.delete(lane);
  }

  seekAll(topics: readonly Topic[]): void {
    for (const lane of this.lanes) for (const topic of topics) this.consumer?.seek(topic, lane, 0);
  }
}

/** Goes on from where it is whenever its lane is assigned, in the manner of the lane loop. */
class ReseekingHandler {
  readonly records: LogRecord[] = [];
  readonly #topic: Topic;

  constructor(topic: Topic) {
    this.#topic = topic;
  }

  assigned(lane: Lane, consumer: LaneConsumer): void {
    if (lane === 0) consumer.seek(this.#topic, 0, this.records.length);
  }

  batch(_topic: Topic, _lane: Lane, records: readonly LogRecord[]): void {
    if (records[0]?.offset === this.records.length) this.records.push(...records);
  }

  revoked(): void {}
}

/** Makes the group's coordinator believe that all members have left. */
async function expel(client: Kafka, groupId: string): Promise<void> {
  const access = new ClusterAccess(client);
  await access.run('expelling', async (cluster) => {
    const coordinator = (await cluster.findGroupCoordinator({ groupId })) as Broker & {
      leaveGroup(request: { groupId: string; memberId: string }): Promise<void>;
    };
    const { groups } = (await coordinator.describeGroups({ groupIds: [groupId] })) as GroupDescriptions;
    for (const { memberId } of groups[0]?.members ?? []) await coordinator.leaveGroup({ groupId, memberId });
  });
  await access.close();
}

async function openWriter(log: KafkaLog) {
  for (;;) {
    try {
      return await log.writer();
    } catch (error) {
      if (!(error instanceof OperatingError && error.retriable)) throw error;
    }
  }
}

function numbered(from: number, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: null,
    value: new TextEncoder().encode(String(from + i)),
    headers: {},
  }));
}

function textOf({ value }: NewRecord): string {
  return new TextDecoder().decode(value ?? new Uint8Array());
}
