import { afterAll, expect, test } from 'vitest';
import { Folders, laneOfCustomer, rawOrder, rawVisit, runLive, send } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
afterAll(() => folders.remove());

test('what a held id does is kept on the timeline and folded by nothing, and a profile of it says what it is', async () => {
  const data = folders.path('held');
  const heldId = 'anon:17';
  for (const id of [heldId, 'anna']) {
    await send(data, 'orders', laneOfCustomer(id), [rawOrder(id)]);
    await send(data, 'interactions', laneOfCustomer(id), [rawVisit(id, 'v1', Date.now() - 1_000)]);
  }
  await runLive(data);

  const run = (...args: readonly string[]) => runTidemark([...args, '--data', data]);
  expect((await run('profile', 'anna')).code).toBe(0);
  for (const command of ['profile', 'explain']) {
    const { code, stderr } = await run(command, heldId);
    expect([code, stderr], command).toEqual([
      1,
      expect.stringMatching(/found anon:17, which is held: .* nothing folds it/),
    ]);
  }
  const exported = (await run('export', '--format', 'jsonl')).stdout.trim().split('\n');
  expect(exported.map((line) => JSON.parse(line).customer_id)).toEqual(['anna']);
  const timeline = (await run('tail', 'timeline', '--from', 'start')).stdout.trim().split('\n');
  const held = timeline.map((line) => JSON.parse(line)).filter(({ key }) => key === heldId);
  expect(held.map(({ type, headers }) => [type, headers.held]).sort()).toEqual([
    ['interaction', 'true'],
    ['order', 'true'],
  ]);
  expect((await run('verify')).stdout).toMatch(/^0 differences in 1 customers? of 3 lanes\.$/m);
});
