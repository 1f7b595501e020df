import type { Committed, EventLog, LaneConsumer, NewRecord, Subscription } from '@tidemark/stream';
import { expect, test } from 'vitest';
import { WatchedLog } from './watched-log.ts';

const LANES = 2;
const ENDS: Readonly<Record<string, readonly number[]>> = { orders: [5, 0], control: [2, 2], timeline: [7, 3] };
const record: NewRecord = { key: null, value: null, headers: {} };

/** A log that has `ENDS`, and whose group has committed `committed` in lane 0. */
function logWith(committed: Readonly<Record<string, number>>): EventLog {
  const places = new Map(
    Object.entries(committed).map(([topic, offset]): [string, Committed] => [topic, { offset, metadata: '' }]),
  );
  const consumer = { committed: async (lane: number) => (lane === 0 ? places : new Map()) } as unknown as LaneConsumer;
  const ends = new Map(Object.entries(ENDS).map(([topic, ofLanes]) => [topic, [...ofLanes]]));
  return {
    lanes: LANES,
    bounds: async (topic, lane) => ({ start: 0, end: ends.get(topic)?.[lane] ?? 0 }),
    read: async () => [],
    consume: async () => consumer,
    writer: async () => ({
      send: async (topic, lane) => ({ baseOffset: ends.get(topic)?.[lane] ?? 0, appendedAtMs: 0 }),
      close: async () => undefined,
    }),
  };
}

const unify = { group: 'unify', topics: [], handler: {} } as unknown as Subscription;

test('raw records count as backlog until the group has committed them', async () => {
  const log = await WatchedLog.open(logWith({ orders: 4, control: 2 }));
  expect(await log.rawBacklog('unify')).toBe(5 + 2 + 2);
  await log.consume(unify);
  expect(await log.rawBacklog('unify')).toBe(1 + 2);
  await (await log.writer()).send('orders', 1, [record, record]);
  expect(await log.rawBacklog('unify')).toBe(1 + 2 + 2);
});

test('timeline records count as backlog until they are folded', async () => {
  const log = await WatchedLog.open(logWith({}));
  expect(log.timelineBacklog(() => 0)).toBe(7 + 3);
  expect(log.timelineBacklog((lane) => (lane === 0 ? 7 : 3))).toBe(0);
  expect(log.timelineBacklog((lane) => (lane === 0 ? 6 : 2))).toBe(2);
  await (await log.writer()).send('timeline', 0, [record]);
  expect(log.timelineBacklog((lane) => (lane === 0 ? 7 : 3))).toBe(1);
});
