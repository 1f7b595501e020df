import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TimeMs } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isEmbeddedHeld, openEmbedded, readEmbedded } from './open-embedded.ts';

const clock: Clock = { now: () => 0 as TimeMs, elapsedMs: () => 0, sleep: async () => undefined };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-open-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is held from when it is opened for writing until it is closed', () => {
  expect(isEmbeddedHeld(folder)).toBe(false);
  const embedded = openEmbedded({ folder, lanes: 1, topics: ['orders'], clock });
  expect(isEmbeddedHeld(folder)).toBe(true);
  embedded.close();
  expect(isEmbeddedHeld(folder)).toBe(false);
});

test('a reader sees what a group has committed', async () => {
  const { log, close } = openEmbedded({ folder, lanes: 2, topics: ['orders'], clock });
  const handler = { assigned: () => undefined, batch: () => undefined, revoked: () => undefined };
  const consumer = await log.consume({ group: 'unify', topics: ['orders'], handler });
  await consumer.commit(1, new Map([['orders', { offset: 7, metadata: 'note' }]]));
  const read = (group: string, lane: number) => readEmbedded(folder, (reader) => reader.committed(group, lane));
  expect(await read('unify', 1)).toEqual(new Map([['orders', { offset: 7, metadata: 'note' }]]));
  expect(await read('unify', 0)).toEqual(new Map());
  expect(await read('rfm', 1)).toEqual(new Map());
  close();
});
