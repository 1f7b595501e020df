import { foldServices } from '@tidemark/pipeline';
import { defaultPolicy } from '@tidemark/policy';
import { readLane } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  blocksOf,
  damage,
  Folders,
  inFolder,
  LANES,
  laneOfCustomer,
  replayedFolder,
  storedState,
  topicEnds,
} from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';

const folders = new Folders();
const lane = laneOfCustomer('anna');
/** Of those that are off in the folder there is nothing. */
const SERVICES = foldServices.filter(({ isOn }) => isOn(defaultPolicy())).map(({ name }) => name);
let replayed: string;

beforeAll(async () => {
  replayed = await replayedFolder(folders);
});
afterAll(() => folders.remove());

function rebuild(data: string, ...args: string[]) {
  return runTidemark(['rebuild', '--data', data, ...args]);
}

test.each(SERVICES)('%s comes out byte for byte as it was, and no topic grows', async (service) => {
  const data = folders.copy(replayed);
  const before = await topicEnds(data);
  expect(damage(data, `UPDATE facets SET facet = '{}' WHERE service = '${service}'`)).toBe(3);
  const { code, stdout, stderr } = await rebuild(data, '--service', service, '--yes', '--json');
  expect(code).toBe(0);
  expect(stderr).toContain(`Rebuilt ${service} in ${LANES} lanes`);
  const records = before['timeline']?.reduce((sum, end) => sum + end, 0);
  expect(JSON.parse(stdout)).toMatchObject({ service, lanes: LANES, records, sent: 0 });
  expect(await topicEnds(data)).toEqual(before);
  for (const one of SERVICES) expect(storedState(data, one)).toBe(storedState(replayed, one));
  expect((await runTidemark(['verify', '--data', data])).code).toBe(0);
});

test.each(SERVICES)('%s publishes nothing twice where state, outbox and mirror are lost', async (service) => {
  const data = folders.copy(replayed);
  const before = await topicEnds(data);
  for (const table of ['lanes', 'facets', 'outbox']) damage(data, `DELETE FROM ${table} WHERE service = '${service}'`);
  expect(damage(data, `DELETE FROM commits WHERE member_group = '${service}'`)).toBe(LANES);
  expect((await rebuild(data, '--service', service, '--yes')).code).toBe(0);
  expect(await topicEnds(data)).toEqual(before);
  expect(storedState(data, service)).toBe(storedState(replayed, service));
});

test('a data folder is of one thread, and whoever asks for more is told', async () => {
  const { code, stderr } = await rebuild(folders.copy(replayed), '--service', 'rfm', '--threads', '2', '--yes');
  expect([code, stderr]).toEqual([2, expect.stringContaining('Expected --threads with --kafka')]);
});

test('what the log asks for and was never published is sent', async () => {
  const data = folders.copy(replayed);
  const readChanges = (folder: string) =>
    inFolder(folder, async ({ log }) => {
      const records = await Array.fromAsync(readLane(log, 'tier-changes', lane));
      return records.map(({ key, value }) => [
        Buffer.from(key ?? []).toString(),
        Buffer.from(value ?? []).toString('hex'),
      ]);
    });
  damage(data, `DELETE FROM blocks WHERE ${blocksOf('tier-changes', lane)}`);
  damage(data, "DELETE FROM commits WHERE member_group = 'tier'");
  const { stdout } = await rebuild(data, '--service', 'tier', '--lane', String(lane), '--yes', '--json');
  const changes = await readChanges(replayed);
  expect(changes.length).toBeGreaterThan(1);
  expect(JSON.parse(stdout)).toMatchObject({ lanes: 1, sent: changes.length });
  expect(await readChanges(data)).toEqual(changes);
});

// As docs/runbook/faults.md#output-skipped has it: without the group's note of what was sent, all of it is sent.
test('a change topic that was made anew gets its changes again, and tier is rebuilt over it', async () => {
  const data = folders.copy(replayed);
  const changesOf = (folder: string) =>
    inFolder(folder, async ({ log }) => {
      const records = await Array.fromAsync(readLane(log, 'churn-changes', lane));
      return records.flatMap(({ headers, value }) =>
        headers['type'] === 'change' ? [Buffer.from(value ?? []).toString('hex')] : [],
      );
    });
  for (let one = 0; one < LANES; one++) damage(data, `DELETE FROM blocks WHERE ${blocksOf('churn-changes', one)}`);
  expect(damage(data, "DELETE FROM commits WHERE member_group = 'churn'")).toBe(LANES);
  for (const service of ['churn', 'tier']) expect((await rebuild(data, '--service', service, '--yes')).code).toBe(0);
  const changes = await changesOf(replayed);
  expect(changes.length).toBeGreaterThan(0);
  expect(await changesOf(data)).toEqual(changes);
  expect((await topicEnds(data))['tier-changes']).toEqual((await topicEnds(replayed))['tier-changes']);
  for (const service of ['churn', 'tier']) expect(storedState(data, service)).toBe(storedState(replayed, service));
});

test('tier does not wait for ever for a score that was killed before it could tell how far it was', async () => {
  const data = folders.copy(replayed);
  const before = await topicEnds(data);
  // In a lane without customers a score tells nothing but its progress.
  const empty = [0, 1, 2].find((one) => one !== lane && one !== laneOfCustomer('gwen')) ?? 0;
  expect(damage(data, `DELETE FROM blocks WHERE ${blocksOf('churn-changes', empty)}`)).toBeGreaterThan(0);
  expect((await rebuild(data, '--service', 'tier', '--yes')).code).toBe(0);
  expect(storedState(data, 'tier')).toBe(storedState(replayed, 'tier'));
  const { 'churn-changes': told, ...others } = await topicEnds(data);
  expect(told?.[empty]).toBeGreaterThan(0);
  expect({ ...others, 'churn-changes': before['churn-changes'] }).toEqual(before);
});

test('a dead letter that is there is not sent again, and one that is not is', async () => {
  const data = folders.copy(replayed);
  const letters = (folder: string) =>
    runTidemark(['dead-letters', 'list', '--service', 'rfm', '--json', '--data', folder]);
  damage(data, `DELETE FROM blocks WHERE ${blocksOf('dead-letters', lane)}`);
  damage(data, "DELETE FROM commits WHERE member_group = 'rfm'");
  expect((await letters(data)).stdout).toBe('');
  for (const sent of [1, 0]) {
    const { stdout } = await rebuild(data, '--service', 'rfm', '--yes', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ sent });
  }
  expect(JSON.parse((await letters(data)).stdout)).toMatchObject({ reason: 'too-many-refunds' });
});

test('--lane clears no other lane', async () => {
  const data = folders.copy(replayed);
  const other = laneOfCustomer('gwen');
  expect(other).not.toBe(lane);
  damage(data, "UPDATE facets SET facet = '{}' WHERE service = 'rfm'");
  await rebuild(data, '--service', 'rfm', '--lane', String(lane), '--yes');
  const { stdout } = await runTidemark(['verify', '--json', '--data', data]);
  const lanes = JSON.parse(stdout).found.map((one: { lane: number }) => one.lane);
  expect(lanes).toContain(other);
  expect(lanes).not.toContain(lane);
});

test('without --yes it says what it would do, and changes nothing', async () => {
  const data = folders.copy(replayed);
  damage(data, "UPDATE facets SET facet = '{}' WHERE service = 'rfm'");
  const { code, stderr } = await rebuild(data, '--service', 'rfm', '--lane', '1');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /Nothing was changed. This would clear the state of rfm in lane 1 and fold \d+ timeline records/,
  );
  expect(storedState(data, 'rfm')).toContain('"{}"');
});

test('what would stop it is told before anything is cleared', async () => {
  const cases = [
    [
      'rfm',
      `DELETE FROM blocks WHERE id = (SELECT MIN(id) FROM blocks WHERE ${blocksOf('timeline', lane)})`,
      'timeline in lane',
    ],
    [
      'tier',
      `DELETE FROM blocks WHERE id = (SELECT MIN(id) FROM blocks WHERE ${blocksOf('rfm-changes', lane)})`,
      'rfm-changes in lane',
    ],
    ['rfm', `UPDATE lanes SET meta = json_set(meta, '$.foldVersion', 99) WHERE lane = ${lane}`, 'found version 99'],
    [
      'rfm',
      `UPDATE commits SET metadata = json_set(metadata, '$.version', 99) WHERE member_group = 'rfm'`,
      'found version 99',
    ],
    ['rfm', `UPDATE commits SET metadata = 'x' WHERE member_group = 'rfm' AND lane = ${LANES - 1}`, 'other metadata'],
    [
      'rfm',
      `UPDATE commits SET next_offset = 9999 WHERE member_group = 'rfm' AND lane = ${LANES - 1}`,
      'was cut or made anew',
    ],
    ['tier', `UPDATE lanes SET meta = 'x' WHERE service = 'churn'`, 'tidemark: Churn, lane 0: expected'],
  ] as const;
  for (const [service, sql, words] of cases) {
    const data = folders.copy(replayed);
    expect(damage(data, sql)).toBeGreaterThan(0);
    const { code, stderr } = await rebuild(data, '--service', service, '--yes');
    expect(stderr).toContain(words);
    expect(code).toBe(1);
    expect(storedState(data, service)).toBe(storedState(replayed, service));
  }
});

test('the profile, which publishes nothing, is rebuilt into a new fold version', async () => {
  const data = folders.copy(replayed);
  damage(data, "UPDATE lanes SET meta = json_set(meta, '$.foldVersion', 99) WHERE service = 'profile'");
  damage(data, `UPDATE commits SET metadata = json_set(metadata, '$.version', 99) WHERE member_group = 'profile'`);
  expect((await rebuild(data, '--service', 'profile', '--yes')).code).toBe(0);
  expect(storedState(data, 'profile')).toBe(storedState(replayed, 'profile'));
  expect((await runTidemark(['verify', '--data', data])).code).toBe(0);
});

test('stopped half-way it says so, and the same command starts over', async () => {
  const data = folders.copy(replayed);
  const before = await topicEnds(data);
  const stop = new AbortController();
  stop.abort('SIGINT');
  const args = ['rebuild', '--service', 'tier', '--yes', '--data', data];
  const stopped = await runTidemark(args, { stop: stop.signal });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain('The same command starts over.');
  expect((await runTidemark(args)).code).toBe(0);
  expect(storedState(data, 'tier')).toBe(storedState(replayed, 'tier'));
  expect(await topicEnds(data)).toEqual(before);
});

test('it needs the folder for itself, and says to stop who has it', async () => {
  await inFolder(replayed, async () => {
    const { code, stderr } = await rebuild(replayed, '--service', 'rfm', '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/no other process uses.*Stop the other process/);
  });
});

test.each([
  [[], 2, "required option '--service <name>' not specified"],
  [['--service', 'unify', '--yes'], 2, 'found unify, which keeps none'],
  [
    ['--service', 'rfn', '--yes'],
    2,
    `Expected a service (${foldServices.map(({ name }) => name).join(', ')}), found rfn.`,
  ],
  [['--service', 'rfm', '--lane', '3'], 2, 'Expected a lane from 0 to 2'],
])('%j ends with %d and says what is right', async (args, exitCode, words) => {
  const { code, stderr } = await rebuild(replayed, ...args);
  expect(stderr).toContain(words);
  expect(code).toBe(exitCode);
});
