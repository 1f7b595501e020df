import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { damage, Folders, inFolder, LANES, laneOfCustomer, replayedFolder } from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';
import type { Check } from './check.ts';
import { checkFreeSpace } from './check-folder.ts';
import { checkTopics } from './check-log.ts';
import { checkNode } from './check-process.ts';

const folders = new Folders();
const lane = laneOfCustomer('anna');
/** Any port: another test may have the default one. */
const variables = { TIDEMARK_QUERY_PORT: '0' };
let replayed: string;

beforeAll(async () => {
  replayed = await replayedFolder(folders);
});
afterAll(() => folders.remove());

async function doctor(data: string, more: Readonly<Record<string, string>> = {}) {
  const { code, stdout } = await runTidemark(['doctor', '--json', '--data', data], {
    variables: { ...variables, ...more },
  });
  const checks = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Check]));
  return { code, troubles: checks.filter(({ status }) => status !== 'ok'), checks };
}

/** What doctor says of a damaged copy besides the dead letters that it has anyway. */
async function doctorDamaged(sql: string) {
  const data = folders.copy(replayed);
  expect(damage(data, sql)).toBeGreaterThan(0);
  const { code, troubles } = await doctor(data);
  return { code, troubles: troubles.filter(({ name }) => name !== 'dead letters') };
}

test('a folder in order passes, with its dead letters by reason', async () => {
  const { code, troubles, checks } = await doctor(replayed);
  expect(code).toBe(0);
  expect(troubles).toMatchObject([
    { name: 'dead letters', detail: 'unknown-currency 1, too-many-refunds 1, of the newest 2' },
  ]);
  expect(checks.map(({ name }) => name)).toEqual([
    'node',
    'environment',
    'port',
    'data folder',
    'in use',
    'disk',
    'lanes',
    'topics',
    'policy',
    'policy numbers',
    'clock',
    'timeline format',
    ...['unify', 'profile', 'rfm', 'behaviour', 'churn', 'tier'].map((service) => `lag of ${service}`),
    'faults',
    'dead letters',
  ]);
});

test('people get a line a check, with what to do', async () => {
  const { stdout } = await runTidemark(['doctor', '--data', replayed], { variables });
  expect(stdout).toMatch(/^ok {4}node {14}\d+\.\d+\.\d+, and >=\d+ is asked for$/m);
  expect(stdout).toMatch(/^ok {4}clock {13}3 lanes on the event clock$/m);
  expect(stdout).toMatch(/^warn {2}dead letters {6}.*\. See what was wrong with `npx tidemark dead-letters list`/m);
});

test('a folder in use says so, and all that is behind is on its way', async () => {
  const data = folders.copy(replayed);
  await inFolder(data, async ({ store }) => {
    await store.clear('rfm', lane);
    const { code, checks } = await doctor(data);
    expect(code).toBe(0);
    expect(checks.find(({ name }) => name === 'in use')?.detail).toContain('a running process has the folder');
    expect(checks.find(({ name }) => name === 'lag of rfm')).toMatchObject({ status: 'ok' });
  });
});

test('a folder that is not there, or not ours, or of another format fails', async () => {
  const foreign = folders.path('foreign');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'tidemark.db'), 'not a database, though it has the name of one');
  const newer = folders.copy(replayed);
  damage(newer, 'PRAGMA user_version = 99');
  for (const [data, words] of [
    [folders.path('nowhere'), 'no such folder'],
    [foreign, 'a sound SQLite database'],
    [newer, 'found format 99'],
  ] as const) {
    const { code, troubles } = await doctor(data);
    expect(code).toBe(1);
    expect(troubles).toMatchObject([{ name: 'data folder', status: 'fail' }]);
    expect(troubles[0]?.detail).toContain(words);
  }
});

test('a topic that is missing fails, and what cannot be asked then is left out', async () => {
  const { code, troubles } = await doctorDamaged("DELETE FROM topics WHERE name = 'churn-changes'");
  expect(code).toBe(1);
  expect(troubles).toMatchObject([{ name: 'topics', status: 'fail' }]);
  expect(troubles[0]?.detail).toContain('churn-changes');
});

const ofRfm = `service = 'rfm' AND lane = ${lane}`;

test.each([
  ['other-fold-version', `UPDATE lanes SET meta = json_set(meta, '$.foldVersion', 99) WHERE ${ofRfm}`],
  ['other-fold-version', `UPDATE commits SET metadata = '{"version":99,"sequence":0}' WHERE member_group = 'rfm'`],
  ['corrupt-state', `UPDATE lanes SET meta = 'x' WHERE ${ofRfm}`],
  ['corrupt-state', `UPDATE commits SET metadata = 'x' WHERE member_group = 'rfm' AND lane = ${lane}`],
  ['place-outside-log', `UPDATE lanes SET meta = json_set(meta, '$.place.offset', 9999) WHERE ${ofRfm}`],
  ['place-outside-log', `UPDATE commits SET next_offset = 9999 WHERE member_group = 'tier' AND lane = ${lane}`],
  ['place-outside-log', `UPDATE commits SET next_offset = 9999 WHERE member_group = 'unify' AND topic = 'orders'`],
  ['record-changed', `UPDATE lanes SET meta = json_set(meta, '$.last.logTime', 5) WHERE ${ofRfm}`],
])('what a lane would stop with (%s) fails: %s', async (fault, sql) => {
  const { code, troubles } = await doctorDamaged(sql);
  expect(code).toBe(1);
  expect(troubles.filter(({ status }) => status === 'fail')[0]?.name).toBe(`fault ${fault}`);
});

test('a service that is behind is a warning, with how much', async () => {
  const data = folders.copy(replayed);
  const behind = await inFolder(data, async ({ log, store }) => {
    await store.clear('rfm', lane);
    return (await log.bounds('timeline', lane)).end;
  });
  const { code, troubles } = await doctor(data);
  expect(code).toBe(0);
  expect(troubles[0]).toMatchObject({ name: 'lag of rfm', status: 'warn', detail: `${behind} records behind` });
});

test('raw records that unify has not taken are a warning', async () => {
  const { code, troubles } = await doctorDamaged(
    `UPDATE commits SET next_offset = next_offset - 2 WHERE member_group = 'unify' AND topic = 'orders' AND lane = ${lane}`,
  );
  expect(code).toBe(0);
  expect(troubles).toMatchObject([{ name: 'lag of unify', status: 'warn', detail: '2 records behind' }]);
});

test('a policy that does not parse fails; one that is not everywhere is a warning', async () => {
  const broken = await doctorDamaged(
    `UPDATE lanes SET meta = json_set(meta, '$.policy.document', '{}') WHERE ${ofRfm}`,
  );
  expect(broken.code).toBe(1);
  expect(broken.troubles).toMatchObject([{ name: 'policy', status: 'fail' }]);
  const other = await doctorDamaged(`UPDATE lanes SET meta = json_set(meta, '$.policy.number', 2) WHERE ${ofRfm}`);
  expect(other.code).toBe(0);
  expect(other.troubles).toMatchObject([{ name: 'policy numbers', status: 'warn' }]);
});

test('a folder without a policy fails, and says what brings one', async () => {
  const data = folders.path('empty');
  await inFolder(data, async () => undefined);
  const { code, troubles } = await doctor(data);
  expect(code).toBe(1);
  expect(troubles).toMatchObject([{ name: 'policy', status: 'fail', advice: expect.stringContaining('policy apply') }]);
});

test('a topic that is missing where a process runs is mended by starting it anew, not by starting another', () => {
  expect(checkTopics(['new'], [], true)).toMatchObject({ advice: expect.stringMatching(/^Stop what runs there/) });
  expect(checkTopics(['new'], [], false)).toMatchObject({ advice: expect.stringMatching(/^Start /) });
});

test('lanes on different clocks are a warning', async () => {
  const { code, troubles } = await doctorDamaged(
    `UPDATE lanes SET meta = json_set(meta, '$.clock', 'live') WHERE lane = ${lane}`,
  );
  expect(code).toBe(0);
  expect(troubles).toMatchObject([{ name: 'clock', status: 'warn' }]);
  expect(troubles[0]?.detail).toContain(`${LANES - 1} lanes on the event clock`);
});

test('a live lane that is ahead of the wall clock fails, with the way out', async () => {
  const at = Date.UTC(2052, 0, 1);
  const { code, troubles } = await doctorDamaged(
    `UPDATE lanes SET meta = json_set(meta, '$.clock', 'live', '$.streamTime', ${at})`,
  );
  expect(code).toBe(1);
  expect(troubles).toMatchObject([{ name: 'clock', status: 'fail' }]);
  expect(troubles[0]?.detail).toContain('2052-01-01');
  expect(troubles[0]?.advice).toContain('tidemark replay --from-namespace');
});

test('a wrong setting fails, with its name', async () => {
  const { code, troubles } = await doctor(replayed, { TIDEMARK_TICK_MS: 'soon' });
  expect(code).toBe(1);
  expect(troubles[0]).toMatchObject({ name: 'environment', status: 'fail' });
  expect(troubles[0]?.detail).toContain('TIDEMARK_TICK_MS: expected a whole number');
});

test('a port in use is a warning, unless a pipeline runs', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const taken = { TIDEMARK_QUERY_PORT: String((server.address() as AddressInfo).port) };
  try {
    const free = await doctor(replayed, taken);
    expect(free.troubles[0]).toMatchObject({ name: 'port', status: 'warn' });
    await inFolder(replayed, async () => {
      const held = await doctor(replayed, taken);
      expect(held.checks.find(({ name }) => name === 'port')).toMatchObject({ status: 'ok' });
    });
  } finally {
    server.close();
  }
});

test.each([
  ['24.3.0', '>=24', 'ok'],
  ['v24.0.0', '>=24.0.0', 'ok'],
  ['23.11.1', '>=24', 'fail'],
  ['24.9.0', '>=24.10', 'fail'],
  ['24.0.0', '^24', 'warn'],
])('Node %s where %s is asked for: %s', (version, engines, status) => {
  expect(checkNode(version, engines).status).toBe(status);
});

test.each([
  [10 * 2 ** 30, 'ok'],
  [2 ** 30, 'warn'],
  [2 ** 27, 'fail'],
])('%d bytes free: %s', (bytes, status) => {
  expect(checkFreeSpace(bytes).status).toBe(status);
});
