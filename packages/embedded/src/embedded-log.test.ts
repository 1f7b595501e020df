import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TimeMs } from '@tidemark/domain';
import type { Clock, LogRecord, NewRecord } from '@tidemark/stream';
import { describeEventLog } from '@tidemark/testkit/conformance';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Embedded, openEmbedded } from './index.ts';

const LANES = 3;
const [TOPIC, OTHER_TOPIC] = ['timeline', 'changes'] as const;

let folder: string;
let nowMs: number;
const clock: Clock = { now: () => nowMs as TimeMs, elapsedMs: () => 0, sleep: async () => {} };
const open = (): Embedded => openEmbedded({ folder, lanes: LANES, topics: [TOPIC, OTHER_TOPIC], clock });

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  folder = mkdtempSync(join(tmpdir(), 'tidemark-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeEventLog(
  'EmbeddedLog',
  async () => {
    const embedded = open();
    return { log: embedded.log, topics: [TOPIC, OTHER_TOPIC], close: async () => embedded.close() };
  },
  { valueBytesMax: 3_000_000, afterSeek: 'exact', newestMemberTakesAll: true },
);

describe('EmbeddedLog', () => {
  test('takes the append time from the clock, and holds it when the clock goes back', async () => {
    const times: number[] = [];
    for (const step of [0, 10, -100]) {
      const embedded = open();
      const writer = await embedded.log.writer();
      nowMs += step;
      times.push((await writer.send(TOPIC, 0, records(1))).appendedAtMs);
      embedded.close();
    }
    expect(times).toEqual([1_700_000_000_000, 1_700_000_000_010, 1_700_000_000_010]);
  });

  test('goes on where it was when the folder is opened again', async () => {
    for (const round of [0, 1, 2]) {
      const embedded = open();
      const writer = await embedded.log.writer();
      expect(await embedded.log.bounds(TOPIC, 1)).toEqual({ start: 0, end: round * 300 });
      expect((await writer.send(TOPIC, 1, records(300))).baseOffset).toBe(round * 300);
      embedded.close();
    }
  });

  test('gives several groups the same objects, so that what they decode could be shared', async () => {
    const embedded = open();
    const writer = await embedded.log.writer();
    await writer.send(TOPIC, 0, records(100));
    const [one = [], two = []] = await Promise.all([firstBatch(embedded, 'one'), firstBatch(embedded, 'two')]);
    expect(one).toHaveLength(100);
    expect(one[0]).toBe(two[0]);
    embedded.close();
  });

  test('delivers in bounded batches, with time for timers in between', async () => {
    const embedded = open();
    const writer = await embedded.log.writer();
    for (let i = 0; i < 400; i++) await writer.send(TOPIC, 0, records(i % 2 === 0 ? 1 : 99));
    const sizes: number[] = [];
    let timersAtEnd = 0;
    let timers = 0;
    const interval = setInterval(() => timers++, 0);
    const { promise, resolve } = Promise.withResolvers<void>();
    await embedded.log.consume({
      group: 'readers',
      topics: [TOPIC],
      handler: {
        assigned: (lane, consumer) => consumer.seek(TOPIC, lane, 0),
        batch: (_topic, _lane, batch) => {
          sizes.push(batch.length);
          const until = performance.now() + 2;
          while (performance.now() < until);
          timersAtEnd = timers;
          if (sizes.reduce((sum, size) => sum + size) === 20_000) resolve();
        },
        revoked: () => {},
      },
    });
    await promise;
    clearInterval(interval);
    embedded.close();
    expect(Math.max(...sizes)).toBeLessThan(2_250);
    expect(timersAtEnd).toBeGreaterThan(sizes.length / 4);
  });

  test('takes turns: a lane with few records does not wait for one with many', async () => {
    const embedded = open();
    const writer = await embedded.log.writer();
    for (let i = 0; i < 40; i++) await writer.send(TOPIC, 0, records(500));
    await writer.send(OTHER_TOPIC, 2, records(1));
    const inputs: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await embedded.log.consume({
      group: 'readers',
      topics: [TOPIC, OTHER_TOPIC],
      handler: {
        assigned: (lane, consumer) => {
          for (const topic of [TOPIC, OTHER_TOPIC]) consumer.seek(topic, lane, 0);
        },
        batch: (topic) => {
          inputs.push(topic);
          if (topic === OTHER_TOPIC) resolve();
        },
        revoked: () => {},
      },
    });
    await promise;
    embedded.close();
    expect(inputs.length).toBeLessThanOrEqual(3);
  });

  test('rejects every call once it is closed, and calls no handler', async () => {
    const embedded = open();
    const { log } = embedded;
    const writer = await log.writer();
    await writer.send(TOPIC, 0, records(1));
    let calls = 0;
    const count = (): void => void calls++;
    await log.consume({ group: 'late', topics: [TOPIC], handler: { assigned: count, batch: count, revoked: count } });
    embedded.close();
    await expect(writer.send(TOPIC, 0, records(1))).rejects.toThrow(/closed/);
    await expect(log.read(TOPIC, 0, 0, 1)).rejects.toThrow(/closed/);
    await expect(log.bounds(TOPIC, 0)).rejects.toThrow(/closed/);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(calls).toBe(0);
  });

  test('refuses a topic or lane that the folder does not have', async () => {
    const embedded = open();
    await expect(embedded.log.read('elsewhere', 0, 0, 1)).rejects.toThrow(/topic elsewhere/);
    await expect(embedded.log.read(TOPIC, LANES, 0, 1)).rejects.toThrow(/lane 3/);
    embedded.close();
  });
});

function firstBatch(embedded: Embedded, group: string): Promise<readonly LogRecord[]> {
  const { promise, resolve } = Promise.withResolvers<readonly LogRecord[]>();
  void embedded.log.consume({
    group,
    topics: [TOPIC],
    handler: {
      assigned: (lane, consumer) => consumer.seek(TOPIC, lane, 0),
      batch: (_topic, _lane, batch) => resolve(batch),
      revoked: () => {},
    },
  });
  return promise;
}

function records(count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({ key: null, value: Uint8Array.of(i % 256), headers: {} }));
}
