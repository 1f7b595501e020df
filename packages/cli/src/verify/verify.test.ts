import { writeFileSync } from 'node:fs';
import type { CustomerId } from '@tidemark/domain';
import { readEmbedded } from '@tidemark/embedded';
import { foldServices } from '@tidemark/pipeline';
import { defaultPolicy } from '@tidemark/policy';
import type { PartRead, ProfileStore } from '@tidemark/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  blocksOf,
  damage,
  Folders,
  inFolder,
  LANES,
  laneOfCustomer,
  rawOrder,
  replayedFolder,
  send,
} from '../testing/folders.ts';
import { runTidemark } from '../testing/run-tidemark.ts';
import { sampleCustomers } from './sample-customers.ts';
import { verifyLane } from './verify-lane.ts';

const folders = new Folders();
const lane = laneOfCustomer('anna');
/** Of those that are off in the folder there is nothing. */
const SERVICES = foldServices.filter(({ isOn }) => isOn(defaultPolicy())).map(({ name }) => name);
const ALL = { services: new Set(SERVICES), sample: null, signal: new AbortController().signal };
let replayed: string;

beforeAll(async () => {
  replayed = await replayedFolder(folders);
});
afterAll(() => folders.remove());

/** Damages a copy, and verifies it. */
async function verifyDamaged(sql: string | readonly string[], ...args: string[]) {
  const data = folders.copy(replayed);
  const changes = [sql].flat().map((one) => damage(data, one));
  expect(changes[0]).toBeGreaterThan(0);
  return runTidemark(['verify', '--data', data, ...args]);
}

test('a folder that the pipeline wrote has no differences, beside a running process too', async () => {
  const { code, stdout, stderr } = await inFolder(replayed, () => runTidemark(['verify', '--data', replayed]));
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `0 differences in 3 customers of ${LANES} lanes.\n`,
    stderr: '',
  });
});

describe.each(SERVICES)('of %s', (service) => {
  const ofAnna = `service = '${service}' AND customer = 'anna'`;

  test('a changed byte of a facet is a difference', async () => {
    const { code, stdout } = await verifyDamaged(
      `UPDATE facets SET facet = '{"x":1,' || substr(facet, 2) WHERE ${ofAnna}`,
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`^lane ${lane}, customer "anna", facet of ${service}: expected \\{.*, found \\{"x":1,`),
    );
    expect(stdout).toContain('1 difference in 3 customers');
  });

  test('a facet that is missing is a difference, and one that the log knows nothing of', async () => {
    const missing = await verifyDamaged(`DELETE FROM facets WHERE ${ofAnna}`);
    expect(missing.stdout).toMatch(new RegExp(`customer "anna", facet of ${service}: expected .*, found none`));
    const extra = await verifyDamaged(
      `INSERT INTO facets SELECT service, lane, 'nobody', facet, NULL, NULL FROM facets WHERE ${ofAnna}`,
    );
    expect(extra.stdout).toMatch(new RegExp(`customer "nobody", facet of ${service}: expected none, found \\{`));
    expect([missing.code, extra.code]).toEqual([1, 1]);
  });
});

test('--json has the differences and the counts in one line', async () => {
  const { code, stdout } = await verifyDamaged(
    "DELETE FROM facets WHERE service = 'rfm' AND customer = 'anna'",
    '--json',
  );
  expect(code).toBe(1);
  const { found, ...counts } = JSON.parse(stdout);
  expect(counts).toEqual({ differences: 1, customers: 3, lanes: LANES, behind: 0, moving: [], unverifiable: [] });
  expect(found).toMatchObject([{ lane, customerId: 'anna', service: 'rfm', kind: 'facet', found: null }]);
});

test('--service and --lane look at no others', async () => {
  const sql = "DELETE FROM facets WHERE service = 'rfm' AND customer = 'anna'";
  expect((await verifyDamaged(sql, '--service', 'churn')).code).toBe(0);
  expect((await verifyDamaged(sql, '--lane', String((lane + 1) % LANES))).code).toBe(0);
  expect((await verifyDamaged(sql, '--service', 'rfm', '--lane', String(lane))).code).toBe(1);
});

describe("tier's changes in the log", () => {
  test('one that is missing is a difference, in a sample too', async () => {
    const tail = `DELETE FROM blocks WHERE ${blocksOf('tier-changes', lane)}`;
    for (const sample of [[], ['--sample', '10']]) {
      const { code, stdout } = await verifyDamaged([tail, 'DELETE FROM outbox'], ...sample);
      expect(code).toBe(1);
      expect(stdout).toMatch(/customer "anna", tier change: expected \{.*"customerId":"anna".*, found none/);
    }
  });

  test('one that the fold has not is a difference', async () => {
    const data = folders.copy(replayed);
    await inFolder(data, async ({ log }) => {
      const other = laneOfCustomer('gwen');
      const records = await log.read('tier-changes', other, 0, 100);
      const writer = await log.writer();
      // A lane without customers: whatever is there is too much.
      const empty = [0, 1, 2].find((one) => one !== lane && one !== other) ?? 0;
      await writer.send('tier-changes', empty, records.slice(0, 1));
      await writer.close();
    });
    const { code, stdout } = await runTidemark(['verify', '--data', data]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/tier change: expected none, found \{/);
  });

  test('a change that stands there twice is one', async () => {
    const data = folders.copy(replayed);
    await inFolder(data, async ({ log }) => {
      const writer = await log.writer();
      await writer.send('tier-changes', lane, await log.read('tier-changes', lane, 0, 100));
      await writer.close();
    });
    expect((await runTidemark(['verify', '--data', data])).code).toBe(0);
  });

  test('a change that tier has stored and not yet sent counts as there', async () => {
    const data = folders.copy(replayed);
    expect(damage(data, `DELETE FROM blocks WHERE ${blocksOf('tier-changes', lane)}`)).toBeGreaterThan(0);
    const outbox = await readEmbedded(data, ({ store }) => store.acquire('tier', lane));
    // The last outputs wait there until the next commit: the others are missing.
    const { stdout } = await runTidemark(['verify', '--json', '--data', data]);
    const total = Number(JSON.parse(outbox?.meta ?? '{}').number);
    expect(JSON.parse(stdout).differences).toBe(total - (outbox?.outbox.length ?? 0));
  });
});

describe('a lane that cannot be compared', () => {
  const part = `json_set(meta, '$.place.cursor', json('{"at":1,"phase":0,"customerId":"x"}'))`;

  test('is reported as moving while it is part-way in a record', async () => {
    const one = await verifyDamaged(`UPDATE lanes SET meta = ${part} WHERE service = 'rfm' AND lane = ${lane}`);
    expect(one.stdout).toContain(`lane ${lane}: moving, or part-way in a record.`);
    expect(one.stdout).toContain(`of ${LANES - 1} lanes.\nNot compared: 1 lane`);
    expect(one.code).toBe(0);
  });

  test('makes it fail where it is all there is', async () => {
    const all = await verifyDamaged(`UPDATE lanes SET meta = ${part} WHERE service = 'rfm'`);
    expect(all.code).toBe(1);
  });

  test.each([
    [
      `DELETE FROM blocks WHERE id = (SELECT MIN(id) FROM blocks WHERE ${blocksOf('timeline', lane)})`,
      'timeline starts at',
    ],
    [`UPDATE lanes SET meta = json_set(meta, '$.foldVersion', 99) WHERE lane = ${lane}`, 'is of fold version 99'],
    [`UPDATE lanes SET meta = 'x' WHERE lane = ${lane}`, 'the meta of profile is damaged'],
    [`UPDATE lanes SET meta = json_set(meta, '$.place.offset', 9999) WHERE lane = ${lane}`, 'up to offset 10000 of a'],
  ])('is said to be unverifiable, and why: %s', async (sql, words) => {
    const { stdout } = await verifyDamaged(sql);
    expect(stdout).toMatch(new RegExp(`lane ${lane}: cannot be verified: .*${words}`));
  });

  test.each([
    ['tier-changes', 'header type: expected change, progress, dead-letter or marker'],
    ['timeline', 'Something other than unify wrote there'],
  ])('is said to be unverifiable where %s holds a record of something else', async (topic, words) => {
    const data = folders.copy(replayed);
    const { end } = await inFolder(data, ({ log }) => log.bounds('timeline', lane));
    await send(data, topic, lane, [{ key: rawOrder('anna').key, value: null, headers: {} }]);
    const through = topic === 'timeline' ? end : end - 1;
    damage(data, `UPDATE lanes SET meta = json_set(meta, '$.place.offset', ${through}) WHERE lane = ${lane}`);
    const { stdout } = await runTidemark(['verify', '--data', data]);
    expect(stdout).toContain(`lane ${lane}: cannot be verified: `);
    expect(stdout).toContain(words);
  });

  test('is reported as moving where a commit comes before every read', async () => {
    await readEmbedded(replayed, async ({ log, store }) => {
      const restless: Pick<ProfileStore, 'acquire' | 'readLane'> = {
        acquire: (...all) => store.acquire(...all),
        readLane: async () => 'refused',
      };
      expect(await verifyLane({ log, store: restless }, lane, ALL)).toEqual({ kind: 'moving' });
    });
  });
});

describe('a service that goes on while its customers are read', () => {
  let before: string;
  let after: string;

  beforeAll(async () => {
    const ids = Array.from({ length: 1_100 }, (_, i) => `customer-${i}`);
    const rows = ['2024-01-01', '2024-02-01'].flatMap((day) => ids.map((id) => `${id},${day},10`));
    const orders = folders.path('many.csv');
    writeFileSync(orders, ['customer_id,occurred_at,amount', ...rows, ''].join('\n'));
    before = folders.path('many');
    const args = ['up', '--orders', orders, '--no-simulated', '--once', '--lanes', '1', '--data', before];
    expect((await runTidemark([...args, '--until', '2024-01-15'])).code).toBe(0);
    after = folders.copy(before);
    expect((await runTidemark([...args.slice(0, -1), after])).code).toBe(0);
  });

  /** As if every service folded the rest between its first page and its second. */
  function verifyInMidst(data: string, sample: ReadonlySet<CustomerId> | null) {
    return readEmbedded(before, (earlier) =>
      readEmbedded(data, async (later) => {
        const pages = new Map<string, number>();
        const store: Pick<ProfileStore, 'acquire' | 'readLane'> = {
          acquire: (service, of) => (pages.has(service) ? later : earlier).store.acquire(service, of),
          async readLane(of, parts) {
            const [{ service }] = parts as [PartRead];
            const page = pages.get(service) ?? 0;
            pages.set(service, page + 1);
            return (page === 0 ? earlier : later).store.readLane(of, parts);
          },
        };
        return verifyLane({ log: later.log, store }, 0, { ...ALL, sample });
      }),
    );
  }

  test('is compared page by page, each at the place that it had then', async () => {
    const ids = Array.from({ length: 1_100 }, (_, i) => `customer-${i}` as CustomerId);
    for (const sample of [null, new Set(ids.slice(0, 900))]) {
      const verified = await verifyInMidst(after, sample);
      expect(verified).toMatchObject({ kind: 'compared', differences: [], customers: sample?.size ?? 1_100 });
      expect(verified.kind === 'compared' && verified.behind).toBeGreaterThan(0);
    }
  });

  test('has differences where a later page is wrong, and none for what was right when it was read', async () => {
    const damaged = folders.copy(after);
    // In order of their bytes the first of all is in the first page, and the second in the last.
    for (const id of ['customer-0', 'customer-999']) {
      damage(damaged, `DELETE FROM facets WHERE service = 'rfm' AND customer = '${id}'`);
    }
    expect(await verifyInMidst(damaged, null)).toMatchObject({
      differences: [{ customerId: 'customer-999', service: 'rfm', found: null }],
    });
  });
});

test('services at different places are each compared at their own', async () => {
  const data = folders.copy(replayed);
  await inFolder(data, ({ store }) => store.clear('rfm', lane));
  const { code, stdout } = await runTidemark(['verify', '--data', data]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^0 differences .*\nThe slowest services have yet to fold \d+ timeline records.\n$/);
});

describe('a sample', () => {
  const sampleOf = (size: number, seed = 1) =>
    readEmbedded(replayed, async (reader) => {
      const lanes = Array.from({ length: LANES }, (_, one) => one);
      const byLane = await sampleCustomers(reader, lanes, size, seed);
      return [...byLane.values()].flatMap((customers) => [...customers]).sort();
    });

  test('is the same every time, and grows by what is added', async () => {
    const [one, two, all] = [await sampleOf(1), await sampleOf(2), await sampleOf(100)];
    expect(await sampleOf(2)).toEqual(two);
    expect(two).toEqual(expect.arrayContaining(one));
    expect(all).toEqual(['anna', 'carl', 'gwen']);
    const bySeed = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => sampleOf(1, seed)));
    expect(new Set(bySeed.flat()).size).toBeGreaterThan(1);
  });

  test('is folded as if all customers were', async () => {
    for (const customer of ['anna', 'carl', 'gwen']) {
      const sample = new Set([customer as CustomerId]);
      const verified = await readEmbedded(replayed, (reader) =>
        verifyLane(reader, laneOfCustomer(customer), { ...ALL, sample }),
      );
      expect(verified).toMatchObject({ kind: 'compared', differences: [], customers: 1 });
    }
  });

  test('finds what is wrong with its customers, and only that', async () => {
    const [sampled] = await sampleOf(1);
    const others = ['anna', 'carl', 'gwen'].filter((one) => one !== sampled);
    const at = (customer = '') => `DELETE FROM facets WHERE service = 'churn' AND customer = '${customer}'`;
    expect((await verifyDamaged(at(sampled), '--sample', '1')).code).toBe(1);
    expect((await verifyDamaged(others.map(at), '--sample', '1')).code).toBe(0);
  });
});

test.each([
  [['--service', 'unify'], 2, 'Allowed choices are'],
  [['--lane', '3'], 2, 'Expected a lane from 0 to 2'],
  [['--sample', '0'], 2, 'Expected a whole number from 1'],
  [['--data', 'no-such-folder'], 1, 'no such folder'],
])('%j ends with %d and says what is right', async (args, exitCode, words) => {
  const { code, stderr } = await runTidemark(['verify', '--data', replayed, ...args]);
  expect(stderr).toContain(words);
  expect(code).toBe(exitCode);
});
