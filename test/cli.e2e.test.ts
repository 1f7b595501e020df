import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { topics } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { openEmbedded } from '@tidemark/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runTidemark } from '../packages/cli/src/testing/run-tidemark.ts';

const main = join(import.meta.dirname, '../packages/cli/src/main.ts');
const scratch = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
/** The sample, replayed to its end once. Tests that change a folder work on a copy. */
const sample = join(scratch, 'sample');

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `up --json` prints, as far as the tests look at it. */
interface UpJson {
  readonly customers: number;
  readonly events: number;
  readonly orders: number;
  readonly tierChanges: number;
  readonly tierChangesBySilence: number;
  readonly tiers: Readonly<Record<string, number>>;
  readonly segments: Readonly<Record<string, number>>;
  readonly churnBands: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly peakMemoryMiB: number;
}

let first: Ended;

beforeAll(async () => {
  first = await program('up', '--once', '--sample', '--json', '--data', sample);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', main, ...args], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr, [code]] = await Promise.all([
    text(outputOf(child.stdout)),
    text(outputOf(child.stderr)),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

function outputOf(stream: ChildProcess['stdout']) {
  if (stream === null) throw new Error('started without a pipe for its output');
  return stream;
}

/** As a process: for what takes a signal, another process, or long enough for its code to be compiled well. */
function program(...args: readonly string[]): Promise<Ended> {
  return ended(start(args));
}

/** In this process, which is what a command takes longest for to start. */
function tidemark(...args: readonly string[]): Promise<Ended> {
  return runTidemark(args);
}

/** Runs a line of bash in which `tidemark` is the command. */
function shell(line: string): Promise<Ended> {
  const definition = `tidemark() { "${process.execPath}" --no-warnings "${main}" "$@"; }`;
  const args = ['-o', 'pipefail', '-c', `${definition}\n${line}`];
  return ended(spawn('bash', args, { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'] }));
}

function folder(name: string): string {
  return join(scratch, name);
}

function copyOfSample(name: string): string {
  cpSync(sample, folder(name), { recursive: true });
  return folder(name);
}

function jsonOf({ stdout }: Ended): UpJson {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as UpJson;
}

/** What the state is, without how the run went. */
function stateOf(run: Ended) {
  const { seconds, eventsPerSecond, peakMemoryMiB, ...state } = jsonOf(run);
  return state;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function writeFile(name: string, content: string): string {
  writeFileSync(folder(name), content);
  return folder(name);
}

describe('up', () => {
  test('the sample ends with 0 and one line of JSON on stdout; what people read is on stderr', () => {
    expect(first.code).toBe(0);
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(Object.keys(jsonOf(first))).toEqual([
      'customers',
      'events',
      'orders',
      'tierChanges',
      'tierChangesBySilence',
      'tiers',
      'segments',
      'churnBands',
      'seconds',
      'eventsPerSecond',
      'peakMemoryMiB',
    ]);
    expect(first.stderr).toContain('6,919 real orders of 2,357 customers');
    expect(first.stderr).toMatch(/visits and campaign messages around them are simulated, from a fixed seed/);
    expect(first.stderr).toContain('By RFM segment');
    expect(first.stderr).toMatch(/customer \d+: \w+ -> \w+ because /);
    expect(first.stderr).toContain('npx tidemark profile');
  });

  test('every order and every customer of the sample is counted', () => {
    const { customers, events, orders, tiers, segments, churnBands, ...others } = jsonOf(first);
    expect({ customers, orders }).toEqual({ customers: 2_357, orders: 6_919 });
    expect(events).toBeGreaterThan(40_000);
    for (const counts of [tiers, segments, churnBands]) expect(sum(counts)).toBe(2_357);
    expect(others.tierChanges).toBeGreaterThan(2_357);
    expect(others.tierChangesBySilence).toBeGreaterThan(0);
    expect(others.tierChangesBySilence).toBeLessThan(others.tierChanges);
    expect(others.eventsPerSecond).toBeGreaterThan(0);
  });

  test('started again on the same folder it says that there is nothing to do, and counts nothing twice', async () => {
    const again = await tidemark('up', '--once', '--sample', '--json', '--data', copyOfSample('again'));
    expect(again.code).toBe(0);
    expect(again.stderr).toContain('Nothing to do');
    expect(stateOf(again)).toEqual(stateOf(first));
    expect(jsonOf(again).eventsPerSecond).toBe(0);
  });

  test('without --json the summary is on stdout, without a progress bar where stdout is no terminal', async () => {
    const { code, stdout, stderr } = await tidemark('up', '--once', '--sample', '--data', copyOfSample('people'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('2,357 customers as of 1998-0');
    expect(stdout).not.toContain('\u001b');
  });

  test('an --until before what the folder has says so, and changes nothing', async () => {
    const back = await tidemark(
      'up',
      '--once',
      '--sample',
      '--json',
      '--until',
      '1997-06-30',
      '--data',
      copyOfSample('back'),
    );
    expect(back.code).toBe(0);
    expect(back.stderr).toContain('time does not go back');
    expect(stateOf(back)).toEqual(stateOf(first));
  });

  test('--no-simulated replays the orders alone', async () => {
    const only = await tidemark(
      'up',
      '--once',
      '--sample',
      '--no-simulated',
      '--json',
      '--data',
      folder('orders-only'),
    );
    expect(only.stderr).toContain('nothing is simulated');
    expect(jsonOf(only)).toMatchObject({ customers: 2_357, events: 6_919, orders: 6_919 });
  });

  test.each([
    { signal: 'SIGINT', code: 130 },
    { signal: 'SIGTERM', code: 143 },
  ] as const)('$signal ends it cleanly with $code, and says how to go on', async ({ signal, code }) => {
    const stopped = await stopInTheMiddle(folder(signal), signal);
    expect(stopped.code).toBe(code);
    expect(stopped.stdout).toBe('');
    expect(stopped.stderr).toContain('The same command goes on from there.');
  });

  test('stopped, and then by --until at the end of a day, it goes on each time to the end of one undisturbed run', async () => {
    const data = folder('until');
    await stopInTheMiddle(data, 'SIGINT');
    const until = await program('up', '--once', '--sample', '--json', '--until', '1997-06-30', '--data', data);
    expect(until.code).toBe(0);
    expect(until.stderr).toContain('as of 1997-06-30');
    expect(jsonOf(until).events).toBeLessThan(jsonOf(first).events);
    const rest = await program('up', '--once', '--sample', '--json', '--data', data);
    expect(rest.stderr).toMatch(/Replayed [\d,]+ events in .*; [\d,]+ were in the log from earlier runs/);
    expect(stateOf(rest)).toEqual(stateOf(first));
  });

  test('--fresh starts over and leaves files that are not ours', async () => {
    const data = copyOfSample('fresh');
    writeFileSync(join(data, 'notes.txt'), 'mine');
    const orders = writeFile('one.csv', 'customer_id,occurred_at,amount\nanna,2024-01-01,10\n');
    const run = await tidemark(
      'up',
      '--once',
      '--fresh',
      '--no-simulated',
      '--orders',
      orders,
      '--json',
      '--data',
      data,
    );
    expect(jsonOf(run)).toMatchObject({ customers: 1, orders: 1 });
    expect(readFileSync(join(data, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('--lanes is fixed for a folder: not said again it stays, another one is refused', async () => {
    const orders = writeFile('lanes.csv', 'customer_id,occurred_at,amount\nanna,2024-01-01,10\n');
    const args = ['up', '--once', '--no-simulated', '--orders', orders, '--json', '--data', folder('lanes')];
    expect((await tidemark(...args, '--lanes', '3')).code).toBe(0);
    expect((await tidemark(...args)).code).toBe(0);
    const other = await tidemark(...args, '--lanes', '4');
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/Expected 4 lanes.*found data of 3 lanes/);
  });
});

describe('own orders', () => {
  const good = 'anna,2024-01-05,19.90\nbert,2024-02-01T10:00:00Z,0\nanna,2024-03-01,25\n';

  test('good lines are replayed; those that are left out are listed with their numbers and counted', async () => {
    const orders = writeFile(
      'bad.csv',
      `customer_id,occurred_at,amount,note\n${good}carl,soon,5\n,2024-01-01,5\ndora,2024-01-01,-1\n`,
    );
    const run = await tidemark('up', '--once', '--orders', orders, '--no-simulated', '--json', '--data', folder('own'));
    expect(run.code).toBe(0);
    expect(jsonOf(run)).toMatchObject({ customers: 2, orders: 3 });
    expect(run.stderr).toContain('3 lines left out');
    for (const where of [':5: occurred_at:', ':6: customer_id:', ':7: amount:']) {
      expect(run.stderr).toContain(`${orders}${where} expected `);
    }
    expect(run.stderr).not.toContain('real orders');
  });

  test('records that could not be accepted or folded are counted by reason', async () => {
    const orders = writeFile(
      'refused.csv',
      'customer_id,occurred_at,amount,currency,order_id,status\n' +
        'anna,2024-01-01,10,USD,o1,placed\nbert,2024-01-02,5,EUR,o2,placed\n' +
        Array.from(
          { length: 101 },
          (_, second) =>
            `anna,${new Date(Date.UTC(2024, 0, 3, 0, 0, second)).toISOString()},0.01,USD,o1,partially_refunded\n`,
        ).join(''),
    );
    const run = await tidemark('up', '--once', '--orders', orders, '--no-simulated', '--data', folder('refused'));
    expect(run.stdout).toContain('2 records could not be accepted (too-many-refunds 1, unknown-currency 1)');
  });

  test('a list of lines that are left out is bounded', async () => {
    const bad = Array.from({ length: 500 }, () => 'carl,soon,5\n').join('');
    const orders = writeFile('many-bad.csv', `customer_id,occurred_at,amount\n${good}${bad}`);
    const run = await tidemark(
      'up',
      '--once',
      '--orders',
      orders,
      '--no-simulated',
      '--json',
      '--data',
      folder('many-bad'),
    );
    expect(run.stderr).toContain('500 lines left out');
    expect(run.stderr).toMatch(/and \d+ more/);
    expect(run.stderr.length).toBeLessThan(20_000);
  });

  test('a single day busier than all bounds does not hold the replay up', async () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, i) => `c${i % 500},2024-01-01T00:00:${String(i % 60).padStart(2, '0')}Z,1\n`,
    );
    const orders = writeFile('busy.csv', `customer_id,occurred_at,amount\n${lines.join('')}`);
    const run = await tidemark(
      'up',
      '--once',
      '--orders',
      orders,
      '--no-simulated',
      '--json',
      '--data',
      folder('busy'),
    );
    expect(jsonOf(run)).toMatchObject({ customers: 500, orders: 50_000 });
  });

  test('other orders than the folder has are refused, and the folder stays as it is', async () => {
    const orders = writeFile('other.csv', `customer_id,occurred_at,amount\n${good}`);
    const data = copyOfSample('other');
    const run = await tidemark('up', '--once', '--orders', orders, '--data', data);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/another data set.*--fresh/s);
    expect(stateOf(await tidemark('up', '--once', '--sample', '--json', '--data', data))).toEqual(stateOf(first));
  });

  test.each([
    { name: 'missing', content: null, words: /expected a file of orders at .*, found none/i },
    { name: 'no-header', content: good, words: /expected a first line that names the columns customer_id/ },
    {
      name: 'only-bad',
      content: 'customer_id,occurred_at,amount\nanna,soon,1\n',
      words: /expected at least one order/,
    },
  ])('a file that cannot be used ($name) fails before any folder is made', async ({ name, content, words }) => {
    const path = content === null ? folder('no-such.csv') : writeFile(`${name}.csv`, content);
    const run = await tidemark('up', '--once', '--orders', path, '--data', folder(`not-made-${name}`));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(words);
    expect(run.stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(folder(`not-made-${name}`))).toBe(false);
  });
});

describe('what is wrong is said, and the data stay as they were', () => {
  test('--fresh with an --until before the first event removes nothing', async () => {
    const data = copyOfSample('kept');
    const run = await tidemark('up', '--once', '--sample', '--fresh', '--until', '1990-01-01', '--data', data);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('Give a later day.');
    expect(stateOf(await tidemark('up', '--once', '--sample', '--json', '--data', data))).toEqual(stateOf(first));
  });

  test('an invalid policy is listed with lines and columns, and makes no folder', async () => {
    const policy = writeFile('bad.yaml', 'name: test\ncurrency:\n  base: Dollars\ntears: []\n');
    const run = await tidemark('up', '--once', '--policy', policy, '--fresh', '--data', folder('not-made-policy'));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(new RegExp(`${policy}:3:9: currency.base: expected .*, found "Dollars"`));
    expect(run.stderr).toMatch(new RegExp(`${policy}:4:1: tears: expected one of `));
    expect(existsSync(folder('not-made-policy'))).toBe(false);
  });

  test('another policy than the folder has is refused', async () => {
    const text = readFileSync(join(import.meta.dirname, '../packages/policy/default-policy.yaml'), 'utf8');
    const policy = writeFile('mine.yaml', text.replace('name: default', 'name: mine'));
    const run = await tidemark('up', '--once', '--sample', '--policy', policy, '--data', copyOfSample('other-policy'));
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/another policy.*--fresh/s);
  });

  test('a folder that another process holds is refused', async () => {
    const data = copyOfSample('held');
    const clock = { now: () => 0 as TimeMs, elapsedMs: () => 0, sleep: async () => undefined };
    const holder = openEmbedded({ folder: data, lanes: 12, topics: topics.map(({ name }) => name), clock });
    try {
      for (const more of [[], ['--fresh']]) {
        const run = await program('up', '--once', '--sample', ...more, '--data', data);
        expect(run.code).toBe(1);
        expect(run.stderr).toContain('no other process uses');
      }
    } finally {
      holder.close();
    }
    expect(stateOf(await tidemark('up', '--once', '--sample', '--json', '--data', data))).toEqual(stateOf(first));
  });

  test('a folder of a newer version is refused by every command, untouched', async () => {
    const data = copyOfSample('newer');
    const file = join(data, 'tidemark.db');
    withDatabase(file, (database) => database.exec('PRAGMA user_version = 999'));
    const before = readFileSync(file);
    for (const args of [['up', '--once', '--sample'], ['profile', '1'], ['export'], ['tail', 'orders']]) {
      const run = await tidemark(...args, '--data', data);
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/format \d+.*found format 999.*newer Tidemark/);
      expect(run.stderr).not.toMatch(/\n\s+at /);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('a corrupt folder is refused by every command, untouched', async () => {
    const data = copyOfSample('corrupt');
    const file = join(data, 'tidemark.db');
    // What a write-ahead log has of the first page would stand in for it.
    withDatabase(file, (database) => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(7, 0, 4_096));
    for (const args of [['up', '--once', '--sample'], ['profile', '1'], ['export'], ['tail', 'orders']]) {
      const run = await tidemark(...args, '--data', data);
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/Nothing was changed/);
      expect(run.stderr).not.toMatch(/\n\s+at /);
    }
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  test('a lane that cannot go on stops the run with what to do', async () => {
    const data = folder('fault');
    await tidemark('up', '--once', '--sample', '--json', '--until', '1997-01-31', '--data', data);
    withDatabase(join(data, 'tidemark.db'), (database) => {
      database.exec("UPDATE lanes SET meta = json_set(meta, '$.foldVersion', 99) WHERE service = 'rfm' AND lane = 3");
    });
    const run = await tidemark('up', '--once', '--sample', '--data', data);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/lane stopped.*rfm, lane 3: expected the state of fold version \d+, found version 99/is);
  });

  test('state that is damaged, or of another version, is told as such to who looks', async () => {
    for (const [name, sql] of [
      ['damaged', "UPDATE facets SET facet = '{' WHERE service = 'rfm'"],
      ['version', "UPDATE lanes SET meta = json_set(meta, '$.foldVersion', 99) WHERE service = 'tier'"],
    ] as const) {
      const data = copyOfSample(name);
      withDatabase(join(data, 'tidemark.db'), (database) => database.exec(sql));
      for (const args of [['profile', '1'], ['export']]) {
        const run = await tidemark(...args, '--data', data);
        expect(run.code).toBe(1);
        expect(run.stderr).toMatch(/Expected .*state of .*found .*--fresh/);
      }
    }
  });

  test('a folder without data is told apart from an empty result', async () => {
    mkdirSync(folder('empty'));
    for (const name of ['empty', 'none']) {
      const run = await tidemark('export', '--data', folder(name));
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(/Expected a data folder of Tidemark/);
    }
    expect(existsSync(folder('none'))).toBe(false);
  });

  test('a setting of the environment that is wrong is named before anything is made', async () => {
    const variables = { TIDEMARK_CHUNK_STEPS_MAX: 'many' };
    const run = await runTidemark(['up', '--sample', '--data', folder('not-made-env')], { variables });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('TIDEMARK_CHUNK_STEPS_MAX: expected a whole number');
    expect(existsSync(folder('not-made-env'))).toBe(false);
  });
});

describe('profile', () => {
  test('every facet, its exact values and what comes next, for people and as JSON', async () => {
    const people = await tidemark('profile', '1', '--data', sample);
    expect(people.code).toBe(0);
    for (const word of [
      'Customer 1, as of 1998-0',
      'Tier: ',
      'RFM: ',
      'Behaviour: ',
      'Churn: ',
      'churn risk',
      'if nothing happens',
    ]) {
      expect(people.stdout).toContain(word);
    }
    const json = await tidemark('profile', '1', '--json', '--data', sample);
    expect(JSON.parse(json.stdout)).toMatchObject({
      customerId: '1',
      tier: { reasons: expect.any(Array), points: expect.any(Number) },
      rfm: { view: { segment: expect.any(String) }, exact: { monetaryMinor: expect.any(Number) } },
      churn: { exact: { churnRisk: expect.any(Number) } },
    });
  });

  test('an unknown customer fails with a clear message', async () => {
    const run = await tidemark('profile', 'nobody', '--data', sample);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain('Expected a customer nobody');
  });

  test('what it foretells is what happens', async () => {
    const orders = writeFile(
      'lone.csv',
      'customer_id,occurred_at,amount\nanna,2024-01-03,300\nanna,2024-01-04,300\nanna,2024-01-05,300\nanna,2024-01-06,300\nlast,2024-01-10,1\nlast,2025-01-10,1\n',
    );
    const args = ['--orders', orders, '--no-simulated', '--json', '--data', folder('lone')];
    await tidemark('up', '--once', ...args, '--until', '2024-01-10');
    const [before] = rowsOf(await tidemark('export', '--data', folder('lone'), '--at', '2025-01-09'));
    await tidemark('up', '--once', ...args, '--until', '2025-01-09');
    const [after] = rowsOf(await tidemark('export', '--data', folder('lone')));
    expect(before).toMatchObject({
      customer_id: 'anna',
      rfm_segment: 'hibernating',
      churn_risk_band: 'high',
    });
    expect(before?.['tier_changes']).toBeGreaterThan(1);
    expect(before).toEqual(after);
  });
});

describe('export', () => {
  test('one line a customer, in order of the ids, the same in both formats', async () => {
    const jsonl = rowsOf(await tidemark('export', '--data', sample));
    expect(jsonl).toHaveLength(2_357);
    const ids = jsonl.map((row) => String(row['customer_id']));
    expect(ids).toEqual(ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    const [header = '', ...lines] = (await tidemark('export', '--format', 'csv', '--data', sample)).stdout
      .trimEnd()
      .split('\n');
    expect(header.split(',')).toEqual(Object.keys(jsonl[0] ?? {}));
    expect(lines.map((line) => line.split(',')[0])).toEqual(ids);
    expect(lines[0]).toBe(
      Object.values(jsonl[0] ?? {})
        .map((value) => value ?? '')
        .join(','),
    );
  });

  test('it agrees with the summary', async () => {
    const rows = rowsOf(await tidemark('export', '--data', sample));
    const tiers = Object.groupBy(rows, (row) => String(row['tier']));
    expect(Object.fromEntries(Object.entries(tiers).map(([tier, list]) => [tier, list?.length]))).toEqual(
      Object.fromEntries(Object.entries(jsonOf(first).tiers).filter(([, count]) => count > 0)),
    );
    const changes = rows.reduce((total, row) => total + Number(row['tier_changes']), 0);
    expect(changes).toBe(jsonOf(first).tierChanges);
  });

  test('a reader that goes away after a line is no failure', async () => {
    const run = await shell(`tidemark export --data ${sample} | head -n 1`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('tail', () => {
  test('from the start it prints what there is, decoded, and ends', async () => {
    const lines = rowsOf(await tidemark('tail', 'tier-changes', '--data', sample));
    expect(lines).toHaveLength(jsonOf(first).tierChanges);
    const rows = rowsOf(await tidemark('export', '--data', sample));
    expect(lines).toHaveLength(rows.reduce((total, row) => total + Number(row['tier_changes']), 0));
    expect(lines[0]).toMatchObject({ topic: 'tier-changes', type: 'tier-change', value: { from: null, change: 1 } });
  });

  test.each(['orders', 'control', 'timeline', 'rfm-changes', 'behaviour-changes', 'churn-changes'])(
    'every record of %s can be decoded',
    async (topic) => {
      const lines = rowsOf(await tidemark('tail', topic, '--limit', '3000', '--data', sample));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter(({ type }) => type === null)).toEqual([]);
    },
  );

  test('--limit and a reader that goes away end it without failure', async () => {
    expect(rowsOf(await tidemark('tail', 'timeline', '--limit', '5', '--data', sample))).toHaveLength(5);
    const run = await shell(`tidemark tail timeline --data ${sample} | head -n 2`);
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });

  test('from the end it follows what another process writes, until Ctrl-C', async () => {
    const data = folder('follow');
    await tidemark('up', '--once', '--sample', '--json', '--until', '1997-01-31', '--data', data);
    const tailing = start(['tail', 'tier-changes', '--from', 'end', '--data', data]);
    const ending = ended(tailing);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const before = jsonOf(
      await tidemark('up', '--once', '--sample', '--json', '--until', '1997-01-31', '--data', data),
    ).tierChanges;
    const after = jsonOf(
      await tidemark('up', '--once', '--sample', '--json', '--until', '1997-02-28', '--data', data),
    ).tierChanges;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    tailing.kill('SIGINT');
    const run = await ending;
    expect(run.code).toBe(130);
    expect(rowsOf(run)).toHaveLength(after - before);
  });
});

describe('policy check', () => {
  test('a valid policy ends with 0 and a summary', async () => {
    const run = await tidemark('policy', 'check', join(import.meta.dirname, '../packages/policy/default-policy.yaml'));
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('is a valid policy: default');
  });

  test('an invalid one ends with 1 and every problem, none of it as a stack', async () => {
    const run = await tidemark('policy', 'check', writeFile('broken.yaml', 'name: [\n'));
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/broken\.yaml:\d+:\d+: expected YAML/);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });
});

function rowsOf({ stdout }: Ended): readonly Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Starts a replay of the sample, sends the signal once the services are at work, and waits for the end. */
async function stopInTheMiddle(data: string, signal: NodeJS.Signals): Promise<Ended> {
  const child = start(['up', '--once', '--sample', '--json', '--data', data]);
  const ending = ended(child);
  await untilExists(join(data, 'tidemark.db-wal'), child);
  child.kill(signal);
  return ending;
}

async function untilExists(path: string, child: ChildProcess): Promise<void> {
  while (!existsSync(path)) {
    if (child.exitCode !== null)
      throw new Error(`expected ${path}, found that the process ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // A moment later the services are at work.
  await new Promise((resolve) => setTimeout(resolve, 500));
}

function withDatabase(file: string, use: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file);
  use(database);
  database.close();
}
