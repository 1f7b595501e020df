import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { timelineFormatOf } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { type Clock, readLane } from '@tidemark/stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  damage,
  Folders,
  inFolder,
  LANES,
  laneOfCustomer,
  rawOrder,
  runLive,
  send,
  storedState,
  topicEnds,
} from '../../packages/cli/src/testing/folders.ts';
import { runTidemark } from '../../packages/cli/src/testing/run-tidemark.ts';

// A data folder that the first released build wrote; README.md says what is in it, and how it was made.

interface Expected {
  /** When the build that wrote it was asked. */
  readonly now: TimeMs;
  readonly ends: Readonly<Record<string, readonly number[]>>;
  readonly profiles: Readonly<Record<string, object>>;
}

const FIRST = join(import.meta.dirname, 'first');
const expected: Expected = JSON.parse(readFileSync(join(FIRST, 'expected.json'), 'utf8'));
const folders = new Folders();
const released = folders.path('released');

beforeAll(() => {
  mkdirSync(released);
  writeFileSync(join(released, 'tidemark.db'), gunzipSync(readFileSync(join(FIRST, 'tidemark.db.gz'))));
});

afterAll(() => folders.remove());

test.each(Object.keys(expected.profiles))('what the first release answered about %s is answered still', async (id) => {
  const clock: Clock = { now: () => expected.now, elapsedMs: () => 0, sleep: async () => {} };
  const data = folders.copy(released);
  const { stdout, stderr } = await runTidemark(['profile', id, '--json', '--data', data], { clock });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject(expected.profiles[id] ?? {});
});

test('states and tier changes of the first release are what this build folds from its log', async () => {
  expect(await verify(folders.copy(released))).toMatch(/^0 differences in \d\d customers of 3 lanes\.$/m);
});

test.each(['profile', 'rfm', 'behaviour', 'churn', 'tier'])(
  'a rebuild of %s gives the state of the first release again, to the byte, and publishes nothing',
  async (service) => {
    const data = folders.copy(released);
    expect(damage(data, `UPDATE facets SET facet = '{}' WHERE service = '${service}'`)).toBeGreaterThan(CUSTOMERS_MIN);
    const { stdout } = await runTidemark(['rebuild', '--service', service, '--yes', '--json', '--data', data]);
    expect(JSON.parse(stdout)).toMatchObject({ service, lanes: LANES, sent: 0 });
    const state = storedState(released, service);
    expect(storedState(data, service)).toBe(service === 'profile' ? withoutViews(state) : state);
    expect(await topicEnds(data)).toMatchObject(expected.ends);
  },
);

test('this build goes on with what the first release left', async () => {
  const data = folders.copy(released);
  for (const customer of ['c0', 'c8', 'live7', 'somebody-new']) {
    await send(data, 'orders', laneOfCustomer(customer), [rawOrder(customer, { amountMinor: 90_000 })]);
  }
  await runLive(data);
  expect(await verify(data)).toMatch(/^0 differences in \d\d customers of 3 lanes\.$/m);
  const ends = await topicEnds(data);
  for (const topic of ['timeline', 'rfm-changes', 'tier-changes']) {
    expect(sum(ends[topic]), topic).toBeGreaterThan(sum(expected.ends[topic]));
  }
  const changes = await tierChangesOf(data);
  for (let lane = 0; lane < LANES; lane++) {
    const numbers = changes.filter((change) => change.lane === lane).map(({ value }) => value.number);
    expect(numbers).toEqual(Array.from(numbers, (_, i) => i + 1));
  }
});

test('it goes on in the format of the first release until it is asked for the newest; both are one timeline', async () => {
  const data = folders.copy(released);
  await orderAndRun(data, 'first');
  expect(new Set((await formatsOf(data)).flat())).toEqual(new Set([1]));
  expect(await tidemark('doctor', data)).toMatch(/warn +timeline format +3 lanes .* run `npx tidemark upgrade-format`/);

  expect(await tidemark('upgrade-format', data)).toMatch(
    /^lanes 0, 1, 2 would be written in format 2 .* add --yes\.$/m,
  );
  await orderAndRun(data, 'second');
  expect(new Set((await formatsOf(data)).flat())).toEqual(new Set([1]));

  expect(await tidemark('upgrade-format', data, '--yes')).toMatch(
    /^In the log of lanes 0, 1, 2: the next `npx tidemark up`/,
  );
  // What waits in other topics may be taken before it.
  for (const name of ['third', 'fourth']) await orderAndRun(data, name);
  for (const formats of await formatsOf(data)) {
    const at = formats.indexOf(2);
    expect(at).toBeGreaterThan(0);
    expect(new Set(formats.slice(at))).toEqual(new Set([2]));
  }
  expect(await tidemark('doctor', data)).toMatch(/ok +timeline format +2, the newest of this build/);
  expect(await tidemark('upgrade-format', data, '--yes')).toMatch(/^Every lane is in format 2/);

  expect(await verify(data)).toMatch(/^0 differences in \d\d customers of 3 lanes\.$/m);
  for (const service of ['rfm', 'tier']) {
    const state = storedState(data, service);
    damage(data, `UPDATE facets SET facet = '{}' WHERE service = '${service}'`);
    const { stdout } = await runTidemark(['rebuild', '--service', service, '--yes', '--json', '--data', data]);
    expect(JSON.parse(stdout)).toMatchObject({ service, sent: 0 });
    expect(storedState(data, service)).toBe(state);
  }
});

/** The first release kept the profile's windows as a view, with a timer: see decision 13. */
function withoutViews(rows: string): string {
  const without = rows.split('\n').map((row) => {
    const { lane, customer, facet, label } = JSON.parse(row) as Readonly<Record<string, string>>;
    const stored = JSON.stringify({ ...JSON.parse(facet ?? ''), view: null });
    return JSON.stringify({ lane, customer, facet: stored, timer: null, label });
  });
  return without.join('\n');
}

/** An order in every lane, each time of the same customers, taken and folded. */
async function orderAndRun(data: string, name: string): Promise<void> {
  for (let lane = 0; lane < LANES; lane++) {
    const customer = CUSTOMERS.find((id) => laneOfCustomer(id) === lane) ?? '';
    const order = { eventId: `${name}-${customer}`, orderId: `${name}-${customer}` };
    await send(data, 'orders', lane, [rawOrder(customer, order)]);
  }
  await runLive(data);
}

/** The format of every timeline record, by lane. */
async function formatsOf(data: string): Promise<readonly (readonly number[])[]> {
  return inFolder(data, async ({ log }) => {
    const lanes: number[][] = [];
    for (let lane = 0; lane < LANES; lane++) {
      const records = await Array.fromAsync(readLane(log, 'timeline', lane));
      lanes.push(records.map(({ headers }) => timelineFormatOf(headers)));
    }
    return lanes;
  });
}

async function tidemark(command: string, data: string, ...options: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runTidemark([command, '--data', data, ...options]);
  return stdout + stderr;
}

const CUSTOMERS = Array.from({ length: 20 }, (_, i) => `c${i}`);
const CUSTOMERS_MIN = 10;

async function verify(data: string): Promise<string> {
  const { stdout, stderr } = await runTidemark(['verify', '--data', data]);
  return stdout + stderr;
}

async function tierChangesOf(data: string) {
  const { stdout } = await runTidemark(['tail', 'tier-changes', '--data', data]);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { lane: number; value: { number: number } });
}

function sum(numbers: readonly number[] = []): number {
  return numbers.reduce((total, number) => total + number, 0);
}
