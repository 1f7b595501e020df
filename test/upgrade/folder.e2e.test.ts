import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { changeCodecOf, codecs, encodeRaw, embeddedSchemaIds as ids, readOutputHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { readLane } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Folders,
  inFolder,
  LANES,
  laneOfCustomer,
  rawOrder,
  replayedFolder,
  runLive,
  send,
  storedState,
  upArguments,
} from '../../packages/cli/src/testing/folders.ts';
import { runTidemark } from '../../packages/cli/src/testing/run-tidemark.ts';
import { killAll, until } from '../stack/service-process.ts';
import { nextBuildOf, runNext, startNext } from './next-build.ts';

// An upgrade of rfm by the next build, on the data folder that the first release wrote: 60 customers in three lanes.

const folders = new Folders();
const released = folders.path('released');
const upgrade = (data: string, ...options: readonly string[]) => [
  'upgrade',
  '--service',
  'rfm',
  '--data',
  data,
  ...options,
];

beforeAll(() => {
  mkdirSync(released);
  const dump = readFileSync(join(import.meta.dirname, '../released/first/tidemark.db.gz'));
  writeFileSync(join(released, 'tidemark.db'), gunzipSync(dump));
});
afterAll(() => folders.remove());
afterAll(killAll);

test('a version takes over in place: whoever differs is told once, and a rebuild without the old code is the same', async () => {
  const data = folders.copy(released);
  const before = await rfmChanges(data);
  const dry = await runNext(upgrade(data, '--dry-run'));
  expect([dry.code, dry.stdout]).toEqual([
    0,
    expect.stringMatching(/would change \d\d of \d\d customers[\s\S]*new -> promising/),
  ]);
  expect(await rfmChanges(data)).toEqual(before);

  const { code, stdout } = await runNext(upgrade(data, '--yes'));
  expect([code, stdout]).toEqual([0, expect.stringContaining('Version 3 of rfm is in force in every lane.')]);
  const after = await rfmChanges(data);
  const looked = after.filter(({ cause }) => cause === 'cutover').map(({ customer }) => customer);
  expect(looked.length).toBeGreaterThan(20);
  expect(new Set(looked).size).toBe(looked.length);
  checkDense(after);
  expect(storedState(data, 'rfm')).toBe('');
  await checkVerified(data);

  const states = ['rfm-3', 'tier'].map((service) => storedState(data, service));
  for (const service of ['rfm', 'tier']) {
    expect(await runNext(['rebuild', '--service', service, '--yes', '--data', data])).toMatchObject({ code: 0 });
  }
  expect(['rfm-3', 'tier'].map((service) => storedState(data, service))).toEqual(states);
  expect(await rfmChanges(data)).toEqual(after);
  expect(await runNext(upgrade(data))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to upgrade'),
  });
});

test('killed at any point, the same command goes on', async () => {
  const data = folders.copy(released);
  const points: readonly [said: string, afterMs: number][] = [
    ['folds beside first', 0],
    ['folds beside first', 150],
    ['would change', 0],
    ['would change', 60],
    ['would change', 400],
  ];
  for (const [said, afterMs] of points) {
    const command = startNext(upgrade(data, '--yes'));
    await until(`the upgrade says: ${said}`, () => command.stdout.includes(said) || command.child.exitCode !== null);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await command.stop('SIGKILL');
  }
  expect(await runNext(upgrade(data, '--yes'))).toMatchObject({ code: 0 });
  checkDense(await rfmChanges(data));
  await checkVerified(data);
});

test('more than 5 % of the customers need a word, and up to the cutover there is a way back', async () => {
  const data = folders.copy(released);
  const refused = await runNext(upgrade(data));
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Expected --yes, since more than 5 %')]);
  expect(storedState(data, 'rfm-3')).not.toBe('');
  const profile = await runNext(['profile', 'c5', '--json', '--data', data]);
  expect(JSON.parse(profile.stdout)).toMatchObject({ rfm: null, upgrading: ['rfm'] });
  const exported = await runNext(['export', '--format', 'jsonl', '--data', data]);
  expect([exported.code, exported.stderr]).toEqual([
    0,
    expect.stringMatching(/^Upgrading: what is of rfm is empty, /m),
  ]);
  for (const line of exported.stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ rfm_orders: null });

  const rebuild = await runNext(['rebuild', '--service', 'tier', '--yes', '--data', data]);
  expect([rebuild.code, rebuild.stderr]).toEqual([1, expect.stringContaining('Upgrade first')]);

  expect(await runNext(upgrade(data, '--abort'))).toMatchObject({ code: 0 });
  expect(storedState(data, 'rfm-3')).toBe('');
  // The build before goes on as if nothing had been.
  await send(data, 'orders', laneOfCustomer('c5'), [rawOrder('c5', { amountMinor: 90_000 })]);
  await runLive(data);
  const verified = await runTidemark(['verify', '--data', data]);
  expect(verified.stdout).toContain('0 differences');

  // And a second time, now for good.
  expect(await runNext(upgrade(data, '--yes'))).toMatchObject({ code: 0 });
  const late = await runNext(upgrade(data, '--abort'));
  expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('found none')]);
});

test('a cutover that came to some lanes only leads to all, and not back; another one waits for it', async () => {
  const data = folders.copy(released);
  await send(data, 'control', 0, [cutover('rfm', 3)]);
  const back = await runNext(upgrade(data, '--abort'));
  expect([back.code, back.stderr]).toEqual([1, expect.stringMatching(/found it in lane 0\. .* no way back/)]);
  const other = await runNext(['upgrade', '--service', 'tier', '--data', data]);
  expect([other.code, other.stdout]).toEqual([0, expect.stringContaining('nothing to upgrade')]);
  expect(await runNext(upgrade(data))).toMatchObject({ code: 0 });
  await checkVerified(data);

  const foreign = folders.copy(released);
  await send(foreign, 'control', 1, [cutover('churn', 9)]);
  const waits = await runNext(upgrade(foreign, '--yes'));
  expect([waits.code, waits.stderr]).toEqual([
    1,
    expect.stringMatching(
      /version 9 of churn takes over in some lanes and not yet in lanes 0, 2\. .*upgrade --service churn/,
    ),
  ]);
});

test('a cutover that is not in control takes over nothing: it is a dead letter, and the lane goes on', async () => {
  const data = folders.copy(released);
  await send(data, 'orders', 0, [cutover('rfm', 3)]);
  await runLive(data);
  const letters = await runTidemark(['dead-letters', 'list', '--data', data]);
  expect([letters.code, letters.stdout]).toEqual([0, expect.stringContaining('unexpected-type')]);
  expect((await runTidemark(['verify', '--data', data])).stdout).toMatch(
    /^0 differences in \d+ customers of 3 lanes\.$/m,
  );
  expect(storedState(data, 'rfm')).not.toBe('');
});

test('the build before refuses what the next one has taken over, and loses nothing', async () => {
  const data = folders.copy(released);
  expect(await runNext(upgrade(data, '--yes'))).toMatchObject({ code: 0 });
  const after = await rfmChanges(data);
  for (const args of [
    ['upgrade', '--service', 'rfm', '--data', data],
    ['rebuild', '--service', 'rfm', '--yes', '--data', data],
    ['up', '--live', '--data', data],
  ]) {
    const { code, stderr } = await runTidemark(args, { variables: { TIDEMARK_QUERY_PORT: '0' } });
    expect([code, stderr], args[0]).toEqual([
      1,
      expect.stringMatching(/version 3 .*[Uu]se (that one|the newer Tidemark)/),
    ]);
  }
  expect(await rfmChanges(data)).toEqual(after);
  await checkVerified(data);
});

test('tier takes over as a score does: each customer’s changes are numbered on, and what was told before stands', async () => {
  const data = folders.copy(released);
  const build = nextBuildOf('tier');
  const told = await tierChanges(data);
  const run = (...args: readonly string[]) => runNext([...args, '--data', data], build);
  const explained = await run('explain', 'c5');
  expect([explained.code, explained.stdout, explained.stderr]).toEqual([
    1,
    '',
    expect.stringMatching(/this build's version of tier in force in lane \d, .*npx tidemark upgrade --service tier/),
  ]);
  expect(await run('upgrade', '--service', 'tier', '--yes')).toMatchObject({ code: 0 });
  const changes = await tierChanges(data);
  expect(changes.length).toBeGreaterThan(told.length + 10);
  for (const [customer, own] of Map.groupBy(changes, (change) => change.customer)) {
    const numbers = own.map(({ change }) => change);
    expect(numbers, customer).toEqual(numbers.map((_, i) => i + 1));
    expect(
      own.map(({ from }) => from),
      customer,
    ).toEqual([null, ...own.slice(0, -1).map(({ to }) => to)]);
  }
  expect((await run('verify')).stdout).toMatch(/^0 differences in \d+ customers of 3 lanes\.$/m);
  const states = storedState(data, 'tier-3');
  expect(await run('rebuild', '--service', 'tier', '--yes')).toMatchObject({ code: 0 });
  expect(storedState(data, 'tier-3')).toBe(states);
  expect(await tierChanges(data)).toEqual(changes);
});

test('a fold that tells nothing takes over without a word to anybody', async () => {
  const data = folders.copy(released);
  const run = (...args: readonly string[]) => runNext([...args, '--data', data], nextBuildOf('profile'));
  expect((await run('profile', 'c5')).stdout).toContain('Profile: upgrading');
  expect(await run('upgrade', '--service', 'profile')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Version 3 of profile is in force in every lane.'),
  });
  expect((await run('profile', 'c5')).stdout).not.toContain('upgrading');
  expect((await run('verify')).stdout).toMatch(/^0 differences in \d+ customers of 3 lanes\.$/m);
});

test('while a version folds beside, tier waits, and up says so', async () => {
  const data = folders.copy(released);
  const up = startNext(['up', '--live', '--data', data], { TIDEMARK_QUERY_PORT: '0' });
  await until('up says who waits for whom', () => /rfm folds beside[\s\S]*tier waits for rfm-changes/.test(up.stderr));
  const doctor = await runNext(['doctor', '--data', data]);
  expect(doctor.stdout).toMatch(/warn {2}upgrade of rfm .*version 2 in every lane.*npx tidemark upgrade --service rfm/);
  await up.stop();
  expect(await runNext(upgrade(data, '--yes'))).toMatchObject({ code: 0 });
  const [lines] = [(await runNext(['doctor', '--data', data])).stdout];
  expect(lines).not.toContain('upgrade of rfm');
  await checkVerified(data);
});

test('on the event clock the cutover stands at the last punctuation, and the replay goes on from there', async () => {
  await replayedFolder(folders);
  const [data, whole] = [folders.path('half'), folders.path('whole')];
  const replay = upArguments(folders.path('replayed.csv'), data);
  expect(await runTidemark([...replay, '--until', '2024-05-01'])).toMatchObject({ code: 0 });
  expect(await runNext(upgrade(data, '--yes'))).toMatchObject({ code: 0 });
  await checkVerified(data);
  expect(await runNext(replay)).toMatchObject({ code: 0 });
  await checkVerified(data);
  // A pipeline that begins with the next build needs no upgrade, and sees the same.
  expect(await runNext(upArguments(folders.path('replayed.csv'), whole))).toMatchObject({ code: 0 });
  const withoutOrigins = (folder: string, state: string) =>
    storedState(folder, state).replaceAll(/orders:\d+/g, 'orders');
  for (const state of ['rfm-3', 'behaviour']) {
    expect(withoutOrigins(data, state)).toBe(withoutOrigins(whole, state));
    expect(withoutOrigins(data, state)).toContain('gwen');
  }
});

/** As another build's command would write it. */
function cutover(facet: string, version: number) {
  const value = encodeRaw('cutover', ids.idOf('cutover') ?? 0, { facet, version, time: Date.now() as TimeMs });
  return { key: null, value, headers: {} };
}

async function checkVerified(data: string): Promise<void> {
  const { code, stdout } = await runNext(['verify', '--data', data]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^0 differences in \d+ customers of 3 lanes\.$/m)]);
}

/** Changes of rfm, lane by lane as they stand in the topic. */
function rfmChanges(data: string) {
  return inFolder(data, async ({ log }) => {
    const changes: { lane: number; number: number; customer: string; cause: string }[] = [];
    for (let lane = 0; lane < LANES; lane++) {
      for await (const { headers, key, value } of readLane(log, 'rfm-changes', lane)) {
        const { type, schema } = readOutputHeaders(headers);
        if (type !== 'change') continue;
        const { number, cause } = changeCodecOf('rfm').decode(value ?? new Uint8Array(), schema);
        changes.push({ lane, number, customer: new TextDecoder().decode(key ?? undefined), cause: cause.kind });
      }
    }
    return changes;
  });
}

/** In the order of the topic, lane by lane, repeats aside. */
function tierChanges(data: string) {
  return inFolder(data, async ({ log }) => {
    const changes: { customer: string; change: number; from: string | null; to: string }[] = [];
    for (let lane = 0; lane < LANES; lane++) {
      let last = 0;
      for await (const { headers, key, value } of readLane(log, 'tier-changes', lane)) {
        const { type, schema } = readOutputHeaders(headers);
        if (type !== 'change') continue;
        const { number, change, from, to } = codecs['tier-change'].decode(value ?? new Uint8Array(), schema);
        if (number <= last) continue;
        last = number;
        changes.push({ customer: new TextDecoder().decode(key ?? undefined), change, from, to });
      }
    }
    return changes;
  });
}

/** Repeats aside each lane's numbers go up by one, from 1 on. */
function checkDense(changes: Awaited<ReturnType<typeof rfmChanges>>): void {
  for (let lane = 0; lane < LANES; lane++) {
    const numbers = new Set(changes.filter((change) => change.lane === lane).map(({ number }) => number));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from(numbers, (_, i) => i + 1));
  }
}
