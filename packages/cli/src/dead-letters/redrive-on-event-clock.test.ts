import { embeddedSchemaIds as ids, readTimelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { systemClock } from '@tidemark/runtime';
import { startUnify } from '@tidemark/service-unify';
import { type NewRecord, readLane } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Folders,
  inFolder,
  laneOfCustomer,
  rawOrder,
  rawVisit,
  replayedFolder,
  upArguments,
} from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';
import { readPipelineSettings } from '../up/pipeline-settings.ts';

const folders = new Folders();
const lane = laneOfCustomer('bert');
let replayed: string;

beforeAll(async () => {
  replayed = await replayedFolder(folders);
});
afterAll(() => folders.remove());

test('redrive refuses lanes on the event clock, and sends nothing', async () => {
  const count = (folder: string) =>
    inFolder(folder, async ({ log }) => (await Array.fromAsync(readLane(log, 'orders', lane))).length);
  const before = await count(replayed);
  const { code, stderr } = await runTidemark(['dead-letters', 'redrive', '--all', '--data', replayed]);
  expect(code).toBe(1);
  expect(stderr).toContain(`found lane ${lane} on the event clock of a replay. Nothing was sent`);
  expect(await count(replayed)).toBe(before);
});

test('that is because an order behind the last punctuation waits, and the replay cannot go on', async () => {
  const data = folders.copy(replayed);
  const taken = await inFolder(data, async ({ log }) => {
    const { end } = await log.bounds('timeline', lane);
    const writer = await log.writer();
    const ports = { log, clock: systemClock, schemas: ids };
    const unify = await startUnify(ports, readPipelineSettings({}).unify, {});
    await writer.send('orders', lane, [rawOrder('bert', { occurredAt: Date.UTC(2024, 0, 2) as TimeMs })]);
    // Interactions come first in the merge, so they are taken; by the second the order had its chance.
    for (const number of [1, 2]) {
      await writer.send('interactions', lane, [visit(number)]);
      while ((await log.bounds('timeline', lane)).end < end + number) await systemClock.sleep(5);
    }
    await unify.stop();
    return (await log.read('timeline', lane, end, 10)).map(({ headers }) => readTimelineHeaders(headers).type);
  });
  expect(taken).toEqual(['interaction', 'interaction']);
  const again = await runTidemark(upArguments(folders.path('replayed.csv'), data));
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('is from another producer');
});

/** Without a source: the replay finds its own as the last. */
function visit(number: number): NewRecord {
  return { ...rawVisit('bert', `interaction-${number}`, Date.UTC(2024, 0, 2)), headers: {} };
}
