import type { EventLog, LogRecord, LogWriter, NewRecord, Topic } from '@tidemark/stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CollectingHandler } from './collecting-handler.ts';
import { eventually, TEST_TIMEOUT_MS } from './eventually.ts';

/** A log opened for one test. */
export interface LogUnderTest {
  /** At least 3 lanes. */
  readonly log: EventLog;
  /** Two empty topics that no other test uses. */
  readonly topics: readonly [Topic, Topic];
  /** Releases what `open` took, after the test. */
  close(): Promise<void>;
}

/** What not every adapter does. */
export interface LogCapabilities {
  /** The largest value that is sent, in bytes. */
  readonly valueBytesMax: number;
  /** `stale`: batches from before a seek may still come after it, and are known by their first offset. */
  readonly afterSeek: 'exact' | 'stale';
  /** A second member of a group takes all lanes, and gives them back when it leaves. */
  readonly newestMemberTakesAll: boolean;
}

/** Checks that an adapter keeps what the port `EventLog` promises. */
export function describeEventLog(name: string, open: () => Promise<LogUnderTest>, capabilities: LogCapabilities): void {
  describe(`${name} keeps the promises of EventLog:`, { timeout: TEST_TIMEOUT_MS }, () => {
    let current: LogUnderTest | undefined;
    beforeEach(async () => {
      current = await open();
    }, TEST_TIMEOUT_MS);
    afterEach(async () => {
      await current?.close();
    }, TEST_TIMEOUT_MS);
    const use = (): LogUnderTest => {
      if (current === undefined) throw new Error('the log is opened before each test');
      return current;
    };
    describeAppending(use, capabilities);
    describeReading(use);
    describeConsuming(use, capabilities);
    describeGroups(use, capabilities);
    describeCommitting(use);
  });
}

type Use = () => LogUnderTest;

function describeAppending(use: Use, { valueBytesMax }: LogCapabilities): void {
  test('records come back in order, at consecutive offsets from the one acknowledged', async () => {
    const { log, topics } = use();
    const writer = await log.writer();
    const first = await writer.send(topics[0], 1, numbered(0, 3));
    const second = await writer.send(topics[0], 1, numbered(3, 2));
    await writer.close();
    const records = await log.read(topics[0], 1, 0, 100);
    expect(second.baseOffset).toBe(first.baseOffset + 3);
    expect(records.map((record) => record.offset)).toEqual([0, 1, 2, 3, 4].map((n) => first.baseOffset + n));
    expect(values(records)).toEqual(['0', '1', '2', '3', '4']);
  });

  test('the append time is the same in the acknowledgement and the record, and never goes back', async () => {
    const { log, topics } = use();
    const writer = await log.writer();
    const times: number[] = [];
    for (let i = 0; i < 5; i++) times.push((await writer.send(topics[0], 0, numbered(i, 2))).appendedAtMs);
    await writer.close();
    const records = await log.read(topics[0], 0, 0, 100);
    expect(records.map((record) => record.appendedAtMs)).toEqual(times.flatMap((time) => [time, time]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('keys, values and headers come back byte for byte, null apart from empty', async () => {
    const { log, topics } = use();
    const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
    const empty = new Uint8Array(0);
    const sent: NewRecord[] = [
      { key: everyByte, value: everyByte, headers: { plain: 'text', unicode: 'é中\u{1F600}\uFFFF"\\\n', empty: '' } },
      { key: null, value: null, headers: {} },
      { key: empty, value: empty, headers: { constructor: 'a name that objects have' } },
      { key: null, value: everyByte, headers: {} },
      { key: everyByte, value: null, headers: {} },
    ];
    const writer = await log.writer();
    await writer.send(topics[0], 0, sent);
    await writer.close();
    const records = await log.read(topics[0], 0, 0, 100);
    expect(records.map(bytesAndHeaders)).toEqual(sent.map(bytesAndHeaders));
  });

  test('a large record between small ones comes back whole, read and consumed', async () => {
    const { log, topics } = use();
    const large = new Uint8Array(valueBytesMax).map((_, i) => i * 31);
    const writer = await log.writer();
    await writer.send(topics[0], 0, [...numbered(0, 2), { key: null, value: large, headers: {} }, ...numbered(2, 2)]);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics: [topics[0]], handler });
    await handler.seek(topics[0], 0, 0);
    const consumed = await handler.accepted(topics[0], 0, 5);
    await consumer.close();
    await writer.close();
    for (const records of [consumed, await log.read(topics[0], 0, 0, 100)]) {
      expect(Buffer.compare(records[2]?.value ?? new Uint8Array(0), large)).toBe(0);
      expect(values(records.toSpliced(2, 1))).toEqual(['0', '1', '2', '3']);
    }
  });

  test('a send of thousands of records keeps all of them, in order', async () => {
    const { log, topics } = use();
    const writer = await log.writer();
    await writer.send(topics[0], 0, numbered(0, 3_000));
    await writer.close();
    expect(values(await log.read(topics[0], 0, 0, 10_000))).toEqual(values(numbered(0, 3_000)));
  });

  test('sends to many lanes at once are acknowledged each at its own place', async () => {
    const { log, topics } = use();
    const writer = await log.writer();
    const targets = topics.flatMap((topic) => [0, 1, 2].map((lane) => ({ topic, lane })));
    // One in flight for each topic's lane, as the port asks, and all of them together.
    await Promise.all(
      targets.map(async ({ topic, lane }, number) => {
        for (let round = 0; round < 4; round++) {
          const count = 1 + ((number + round) % 3);
          const { baseOffset } = await writer.send(topic, lane, numbered(100 * round, count));
          const [first] = await log.read(topic, lane, baseOffset, 1);
          expect(values(first === undefined ? [] : [first])).toEqual([String(100 * round)]);
        }
      }),
    );
    await writer.close();
    for (const [number, { topic, lane }] of targets.entries()) {
      const rounds = [0, 1, 2, 3].map((round) => values(numbered(100 * round, 1 + ((number + round) % 3))));
      expect(values(await log.read(topic, lane, 0, 100))).toEqual(rounds.flat());
    }
  });

  test('a writer that was closed sends nothing more; others go on', async () => {
    const { log, topics } = use();
    const [closed, other] = [await log.writer(), await log.writer()];
    await closed.close();
    await expect(closed.send(topics[0], 0, numbered(0, 1))).rejects.toThrow();
    await other.send(topics[0], 0, numbered(1, 1));
    await other.close();
    expect(values(await log.read(topics[0], 0, 0, 100))).toEqual(['1']);
  });
}

function describeReading(use: Use): void {
  test('an empty lane begins and ends at 0, and reads as nothing', async () => {
    const { log, topics } = use();
    expect(await log.bounds(topics[0], 2)).toEqual({ start: 0, end: 0 });
    expect(await log.read(topics[0], 2, 0, 10)).toEqual([]);
  });

  test('bounds name the first offset, and the one beyond the last', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 7);
    expect(await log.bounds(topics[0], 0)).toEqual({ start: 0, end: 7 });
  });

  test.each([
    { from: 0, limit: 1, expected: ['0'] },
    { from: 3, limit: 4, expected: ['3', '4', '5', '6'] },
    { from: 899, limit: 10, expected: ['899'] },
    { from: 900, limit: 10, expected: [] },
    { from: 5, limit: 0, expected: [] },
  ])('a read of $limit from $from of 900 gives just those', async ({ from, limit, expected }) => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 900, 300);
    expect(values(await log.read(topics[0], 0, from, limit))).toEqual(expected);
  });

  test('lanes and topics are apart', async () => {
    const { log, topics } = use();
    const places = topics.flatMap((topic) => [0, 1, 2].map((lane) => ({ topic, lane })));
    const writer = await log.writer();
    for (const { topic, lane } of places) {
      await writer.send(topic, lane, [textRecord(`${topic} ${lane}`)]);
    }
    await writer.close();
    for (const { topic, lane } of places) {
      expect(values(await log.read(topic, lane, 0, 10))).toEqual([`${topic} ${lane}`]);
    }
  });
}

function describeConsuming(use: Use, { afterSeek }: LogCapabilities): void {
  test('every lane is assigned, and delivers from where it was sought', async () => {
    const { log, topics } = use();
    for (let lane = 0; lane < log.lanes; lane++) await sendNumbered(log, topics[0], lane, 10);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics: [topics[0]], handler });
    for (let lane = 0; lane < log.lanes; lane++) {
      await handler.seek(topics[0], lane, lane % 5);
      const records = await handler.accepted(topics[0], lane, 10 - (lane % 5));
      expect(values(records)).toEqual(values(numbered(lane % 5, 10 - (lane % 5))));
    }
    await consumer.close();
    expect(new Set(handler.assignments).size).toBe(log.lanes);
  });

  test('records appended after the seek are delivered, in order, without gaps', async () => {
    const { log, topics } = use();
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics: [topics[0]], handler });
    await handler.seek(topics[0], 0, 0);
    const writer = await log.writer();
    for (let i = 0; i < 20; i++) await writer.send(topics[0], 0, numbered(i * 40, 40));
    expect(values(await handler.accepted(topics[0], 0, 800))).toEqual(values(numbered(0, 800)));
    // An idle consumer wakes up again.
    await writer.send(topics[0], 0, numbered(800, 1));
    expect(values(await handler.accepted(topics[0], 0, 801)).at(-1)).toBe('800');
    await writer.close();
    await consumer.close();
  });

  test('consumed records are those that read gives', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 600, 200);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics: [topics[0]], handler });
    await handler.seek(topics[0], 0, 150);
    const consumed = await handler.accepted(topics[0], 0, 450);
    await consumer.close();
    const read = await log.read(topics[0], 0, 150, 450);
    const everything = (record: LogRecord): unknown[] => [bytesAndHeaders(record), record.offset, record.appendedAtMs];
    expect(consumed.map(everything)).toEqual(read.map(everything));
  });

  test('nothing is delivered of an input that was not sought', async () => {
    const { log, topics } = use();
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    await sendNumbered(log, topics[0], 0, 10);
    await sendNumbered(log, topics[0], 1, 10);
    await sendNumbered(log, topics[1], 0, 10);
    await handler.seek(topics[1], 0, 0);
    await handler.accepted(topics[1], 0, 10);
    expect(handler.batchesOf(topics[0], 0)).toBe(0);
    expect(handler.batchesOf(topics[0], 1)).toBe(0);
    await consumer.close();
  });

  test('no batch begins while an input is paused; resumed, it goes on without a gap', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 5);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    await handler.seek(topics[0], 0, 0);
    await handler.accepted(topics[0], 0, 5);
    consumer.pause(topics[0], 0);
    const batchesBefore = handler.batchesOf(topics[0], 0);
    await sendNumbered(log, topics[0], 0, 5);
    await waitForAnother(use(), handler);
    expect(handler.batchesOf(topics[0], 0)).toBe(batchesBefore);
    consumer.resume(topics[0], 0);
    expect(values(await handler.accepted(topics[0], 0, 10))).toEqual([
      ...values(numbered(0, 5)),
      ...values(numbered(0, 5)),
    ]);
    await consumer.close();
  });

  test('an input that is paused when it is sought delivers once it is resumed', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 5);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    await handler.consumerOf(0);
    consumer.pause(topics[0], 0);
    await handler.seek(topics[0], 0, 2);
    await waitForAnother(use(), handler);
    expect(handler.batchesOf(topics[0], 0)).toBe(0);
    consumer.resume(topics[0], 0);
    expect(values(await handler.accepted(topics[0], 0, 3))).toEqual(['2', '3', '4']);
    await consumer.close();
  });

  test('pausing one lane or topic leaves the others alone', async () => {
    const { log, topics } = use();
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    for (const topic of topics) for (const lane of [0, 1]) await handler.seek(topic, lane, 0);
    consumer.pause(topics[0], 0);
    for (const topic of topics) for (const lane of [0, 1]) await sendNumbered(log, topic, lane, 3);
    await handler.accepted(topics[0], 1, 3);
    await handler.accepted(topics[1], 0, 3);
    await handler.accepted(topics[1], 1, 3);
    expect(handler.batchesOf(topics[0], 0)).toBe(0);
    await consumer.close();
  });

  test('a seek back delivers again, a seek forward skips; what is stale is known by its first offset', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 2_000, 100);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics: [topics[0]], handler });
    for (const offset of [0, 1_500, 7, 1_999, 3, 1_000]) {
      await handler.seek(topics[0], 0, offset);
      await handler.accepted(topics[0], 0, 1);
    }
    expect(values(await handler.accepted(topics[0], 0, 1_000))).toEqual(values(numbered(1_000, 1_000)));
    await consumer.close();
  });

  test.runIf(afterSeek === 'exact')('after a seek the next batch starts there', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 3_000, 500);
    const firstOffsets: number[] = [];
    const consumer = await log.consume({
      group: groupOf(use()),
      topics: [topics[0]],
      handler: {
        assigned: (lane, member) => member.seek(topics[0], lane, 0),
        batch: (topic, lane, records) => {
          firstOffsets.push(records[0]?.offset ?? -1);
          if (firstOffsets.length === 1) consumer.seek(topic, lane, 2_990);
          if (firstOffsets.length === 2) consumer.seek(topic, lane, 5);
          if (firstOffsets.length === 3) consumer.pause(topic, lane);
        },
        revoked: () => {},
      },
    });
    await eventually(
      () => firstOffsets.length >= 3,
      () => firstOffsets,
    );
    expect(firstOffsets).toEqual([0, 2_990, 5]);
    await consumer.close();
  });

  test('a place at the end waits for the next record', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 5);
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    await handler.seek(topics[0], 0, 5);
    await waitForAnother(use(), handler);
    await sendNumbered(log, topics[0], 0, 1);
    expect((await handler.accepted(topics[0], 0, 1))[0]?.offset).toBe(5);
    await consumer.close();
  });

  test('no batch comes after close, however many were waiting', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 5_000, 500);
    const [closed, open] = [new CollectingHandler(), new CollectingHandler()];
    const consumer = await log.consume({ group: `${groupOf(use())}-closed`, topics, handler: closed });
    await closed.seek(topics[0], 0, 0);
    await closed.accepted(topics[0], 0, 1);
    consumer.seek(topics[0], 0, 0);
    await consumer.close();
    const batchesBefore = closed.batchesOf(topics[0], 0);
    const other = await log.consume({ group: `${groupOf(use())}-open`, topics, handler: open });
    await open.seek(topics[0], 0, 0);
    await open.accepted(topics[0], 0, 5_000);
    expect(closed.batchesOf(topics[0], 0)).toBe(batchesBefore);
    await other.close();
  });

  test('no handler call comes after close', async () => {
    const { log, topics } = use();
    const [closed, open] = [new CollectingHandler(), new CollectingHandler()];
    const consumer = await log.consume({ group: `${groupOf(use())}-closed`, topics, handler: closed });
    for (let lane = 0; lane < log.lanes; lane++) await closed.seek(topics[0], lane, 0);
    await consumer.close();
    const callsBefore = [closed.assignments.length, closed.revocations.length, closed.batchesOf(topics[0], 0)];
    await sendNumbered(log, topics[0], 0, 5);
    const other = await log.consume({ group: `${groupOf(use())}-open`, topics, handler: open });
    await open.seek(topics[0], 0, 0);
    await open.accepted(topics[0], 0, 5);
    const calls = [closed.assignments.length, closed.revocations.length, closed.batchesOf(topics[0], 0)];
    expect(calls).toEqual(callsBefore);
    await other.close();
  });
}

function describeGroups(use: Use, { newestMemberTakesAll }: LogCapabilities): void {
  test('two groups read the same records, each at its own place', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 10);
    const [one, two] = [new CollectingHandler(), new CollectingHandler()];
    const consumers = [
      await log.consume({ group: `${groupOf(use())}-one`, topics: [topics[0]], handler: one }),
      await log.consume({ group: `${groupOf(use())}-two`, topics: [topics[0]], handler: two }),
    ];
    await one.seek(topics[0], 0, 0);
    await two.seek(topics[0], 0, 8);
    expect(values(await one.accepted(topics[0], 0, 10))).toHaveLength(10);
    expect(values(await two.accepted(topics[0], 0, 2))).toEqual(['8', '9']);
    await Promise.all(consumers.map((consumer) => consumer.close()));
  });

  test.runIf(newestMemberTakesAll)('a second member takes all lanes, and gives them back when it leaves', async () => {
    const { log, topics } = use();
    await sendNumbered(log, topics[0], 0, 10);
    const [first, second] = [new CollectingHandler(), new CollectingHandler()];
    const subscription = { group: groupOf(use()), topics: [topics[0]] };
    const older = await log.consume({ ...subscription, handler: first });
    await first.seek(topics[0], 0, 0);
    await first.accepted(topics[0], 0, 10);
    const newer = await log.consume({ ...subscription, handler: second });
    await second.seek(topics[0], 0, 5);
    await second.accepted(topics[0], 0, 5);
    expect(new Set(first.revocations)).toContain(0);
    const batchesBefore = first.batchesOf(topics[0], 0);
    // A late call of the old owner does nothing.
    older.seek(topics[0], 0, 0);
    await sendNumbered(log, topics[0], 0, 1);
    await second.accepted(topics[0], 0, 6);
    expect(first.batchesOf(topics[0], 0)).toBe(batchesBefore);
    const assignmentsBefore = first.assignments.length;
    await newer.close();
    await eventually(
      () => first.assignments.length >= assignmentsBefore + log.lanes,
      () => first.assignments,
    );
    await first.seek(topics[0], 0, 9);
    expect(await first.accepted(topics[0], 0, 2)).toHaveLength(2);
    await older.close();
  });
}

function describeCommitting(use: Use): void {
  test('a lane without a commit has no committed places', async () => {
    const { log, topics } = use();
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    await handler.consumerOf(0);
    expect(await consumer.committed(0)).toEqual(new Map());
    await consumer.close();
  });

  test('committed places and their notes come back, by lane, and the newest wins', async () => {
    const { log, topics } = use();
    const handler = new CollectingHandler();
    const consumer = await log.consume({ group: groupOf(use()), topics, handler });
    for (const lane of [0, 1]) await handler.consumerOf(lane);
    const note = '{"note":"é中"}'.padEnd(3_900, '.');
    await consumer.commit(0, new Map([[topics[0], { offset: 3, metadata: '' }]]));
    await consumer.commit(0, new Map(topics.map((topic, i) => [topic, { offset: 5 + i, metadata: note }])));
    await consumer.commit(1, new Map([[topics[1], { offset: 9, metadata: 'one' }]]));
    const expected = new Map(topics.map((topic, i) => [topic, { offset: 5 + i, metadata: note }]));
    await eventually(
      async () => (await consumer.committed(1)).size === 1 && (await consumer.committed(0)).size === 2,
      () => 'waiting for the commits',
    );
    expect(await consumer.committed(0)).toEqual(expected);
    expect(await consumer.committed(1)).toEqual(new Map([[topics[1], { offset: 9, metadata: 'one' }]]));
    await consumer.close();
  });

  test('a group finds its commits again when it comes back, and no other group does', async () => {
    const { log, topics } = use();
    const group = groupOf(use());
    const place = new Map([[topics[0], { offset: 4, metadata: 'here' }]]);
    const first = new CollectingHandler();
    const before = await log.consume({ group, topics, handler: first });
    await first.consumerOf(2);
    await before.commit(2, place);
    await before.close();
    const [back, other] = [new CollectingHandler(), new CollectingHandler()];
    const after = await log.consume({ group, topics, handler: back });
    const stranger = await log.consume({ group: `${group}-other`, topics, handler: other });
    await back.consumerOf(2);
    await other.consumerOf(2);
    expect(await after.committed(2)).toEqual(place);
    expect(await stranger.committed(2)).toEqual(new Map());
    await after.close();
    await stranger.close();
  });
}

/** Waits until records of another input have come: by then a batch of the one under test would have come, too. */
async function waitForAnother({ log, topics }: LogUnderTest, handler: CollectingHandler): Promise<void> {
  const from = (await log.bounds(topics[1], 0)).end;
  await handler.seek(topics[1], 0, from);
  for (let i = 1; i <= 3; i++) {
    await sendNumbered(log, topics[1], 0, 1);
    await handler.accepted(topics[1], 0, i);
  }
}

/** Topics are this test's alone, and so is a group named after one. */
function groupOf({ topics }: LogUnderTest): string {
  return `readers-of-${topics[0]}`;
}

async function sendNumbered(log: EventLog, topic: Topic, lane: number, count: number, perSend = count): Promise<void> {
  const writer: LogWriter = await log.writer();
  for (let from = 0; from < count; from += perSend) await writer.send(topic, lane, numbered(from, perSend));
  await writer.close();
}

function numbered(from: number, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => textRecord(String(from + i)));
}

function textRecord(text: string): NewRecord {
  return { key: new TextEncoder().encode(`key of ${text}`), value: new TextEncoder().encode(text), headers: { text } };
}

function values(records: readonly NewRecord[]): (string | null)[] {
  return records.map(({ value }) => (value === null ? null : new TextDecoder().decode(value)));
}

function bytesAndHeaders({ key, value, headers }: NewRecord): unknown {
  return { key: key && [...key], value: value && [...value], headers: { ...headers } };
}
