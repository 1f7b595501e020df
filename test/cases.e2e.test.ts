/**
 * Files of orders as shops, spreadsheets and databases write them, each through the command as a person would give it:
 * what is plain is replayed, what is not is said, and nothing counts as something else.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TimeMs } from '@tidemark/domain';
import type { Clock } from '@tidemark/stream';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ended, runTidemark } from '../packages/cli/src/testing/run-tidemark.ts';

const scratch = mkdtempSync(join(tmpdir(), 'tidemark-cases-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;

describe('the encoding of a file', () => {
  test('that is not UTF-8 is refused with line and column; nothing is made', async () => {
    const { data, run } = await replay('01-latin1-csv/orders.csv');
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/UTF-8, found other bytes at line 2, column 4\. .*--encoding latin1/);
    expect(existsSync(data)).toBe(false);
  });

  test('can be said: three people stay three', async () => {
    const { data, run } = await replay('01-latin1-csv/orders.csv', ['--encoding', 'latin1']);
    expect(run.code).toBe(0);
    const ids = ['José@ex.example', 'Josè@ex.example', 'Josê@ex.example'];
    expect([...(await customersOf(data)).keys()].sort()).toEqual(ids.sort());
  });

  test('is told by a byte order mark, and asked for where UTF-16 has none', async () => {
    const marked = await replay('09-utf16/orders.csv');
    expect([...(await customersOf(marked.data)).keys()].sort()).toEqual(['zoë', '李'].sort());
    const unmarked = await replay('09-utf16/orders-nobom.csv');
    expect(unmarked.run.code).toBe(1);
    expect(unmarked.run.stderr).toContain('--encoding utf-16le');
    const told = await replay('09-utf16/orders-nobom.csv', ['--encoding', 'utf-16le']);
    expect(await customersOf(told.data)).toEqual(await customersOf(marked.data));
  });
});

describe('a line', () => {
  test('for each item of an order: the lines are summed, and that is said', async () => {
    const { data, run, result } = await replay('02-line-item-rows/orders.csv');
    expect(result).toMatchObject({ customers: 1, orders: 2 });
    expect(run.stderr).toContain('2 orders are sums of 5 lines');
    expect((await customersOf(data)).get('17850')).toMatchObject({ rfm_orders: 2, rfm_monetary_minor: 7_984 });
  });

  test('without a date, which became 1970, is left out with its reason', async () => {
    const { run, result } = await replay('03-null-dates/orders.csv');
    expect(result).toMatchObject({ customers: 2, orders: 2 });
    expect(run.stderr).toMatch(/orders\.csv:2: occurred_at: expected a time from 1990-01-01 on; .*missing dates/);
  });

  test('of a spreadsheet with amounts and dates of another form is left out with what to write', async () => {
    const { data, run, result } = await replay('10-semicolon-decimal-comma/excel.csv');
    expect(result).toMatchObject({ customers: 1, orders: 1 });
    expect([...(await customersOf(data)).keys()]).toEqual(['00123']);
    for (const [line, words] of [
      [2, 'no separators of thousands'],
      [3, 'a point, not a comma'],
      [4, 'no currency'],
      [5, "not a spreadsheet's number for a day"],
      [6, 'no exponent'],
      [8, "a customer's id"],
    ]) {
      expect(run.stderr).toMatch(new RegExp(`excel\\.csv:${line}: .*${words}`));
    }
  });

  test('separated by semicolons is refused with what to do', async () => {
    const { run } = await replay('10-semicolon-decimal-comma/semi.csv');
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('Save the file with commas instead of semicolons, and amounts with a decimal point');
  });

  test('has its id trimmed; line breaks and tabs within it stay', async () => {
    const { data } = await replay('11-quoted-newline/orders.csv');
    expect([...(await customersOf(data)).keys()].sort()).toEqual(['a\nb', 'nbsp', 'padded', 'tab\tid']);
  });

  test('with a quotation mark within a value has it as a part of it', async () => {
    const { data, run } = await replay('12-stray-quote/orders.csv');
    expect(run.stderr).not.toContain('left out');
    expect([...(await customersOf(data)).keys()].sort()).toEqual(['5"x7" frame', 'O"Brien', 'a', 'c']);
  });

  test('in a currency of the past counts at the rate that the policy names for it, and is set apart without one', async () => {
    const file = '08-historic-currency/orders.csv';
    const policy = (name: string) => ['--policy', join(import.meta.dirname, 'cases', name)];
    const without = await replay(file, policy('08-historic-currency/policy.yaml'));
    expect(without.run.stderr).toContain('2 records could not be accepted (unknown-currency 2)');
    const { data, result } = await replay(file, policy('24-policy/historic.yaml'));
    expect(result).toMatchObject({ customers: 2, orders: 3 });
    // 750 HRK at 0.13, and 100 EUR.
    expect((await customersOf(data)).get('ivana')).toMatchObject({ rfm_orders: 2, rfm_monetary_minor: 19_750 });
  });

  test('with an amount below 0 is left out, and a credit note where these are asked for: it is no order, and lowers the sum', async () => {
    const file = join(scratch, 'credits.csv');
    const lines = ['a,2024-01-02,50,o1', 'a,2024-01-03,-20,c1', 'a,2024-01-03,-5,c1', 'a,2024-01-04,-1,'];
    writeFileSync(file, ['customer_id,occurred_at,amount,order_id', ...lines].join('\n'));
    const strict = await replay(file);
    expect(strict.run.stderr).toContain('3 lines: the amount is below 0: --credits takes such lines for credit notes');
    expect((await customersOf(strict.data)).get('a')).toMatchObject({ rfm_orders: 1, rfm_monetary_minor: 5_000 });
    const { data, run } = await replay(file, ['--credits']);
    expect(run.stderr).toContain('3 orders (2 of them credit notes) of 1 customers');
    expect((await customersOf(data)).get('a')).toMatchObject({ rfm_orders: 1, rfm_monetary_minor: 2_400 });
  });

  test('20 minutes after another is a second order of one occasion, over midnight as at noon', async () => {
    const { data } = await replay('44-midnight-split/orders.csv');
    const customers = await customersOf(data);
    const figures = ['night', 'noon'].map((id) => {
      const { rfm_orders, churn_repeat_occasions, churn_pace } = customers.get(id) ?? {};
      return { rfm_orders, churn_repeat_occasions, churn_pace };
    });
    expect(figures).toEqual(Array(2).fill({ rfm_orders: 2, churn_repeat_occasions: 0, churn_pace: 'unknown' }));
  });

  test('that changes nothing is counted by why', async () => {
    const file = join(scratch, 'without-effect.csv');
    const lines = ['placed', 'paid', 'cancelled', 'cancelled', 'cancelled'].map(
      (status, i) => `a,2024-01-0${i + 1},50,o1,${status}`,
    );
    writeFileSync(file, ['customer_id,occurred_at,amount,order_id,status', ...lines].join('\n'));
    const { run } = await replay(file);
    expect(run.stderr).toMatch(/\d order events changed nothing, or less than they say \(.*already-undone \d/);
  });

  test('with a placeholder for an id is left out: many who have none are not one', async () => {
    const { data, run } = await replay('46-placeholder-ids/orders.csv');
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /expected at least one order, found none and 8 lines left out: 8 since the id is missing/,
    );
    expect(existsSync(data)).toBe(false);
  });
});

describe('the clock', () => {
  test('is not moved by a line of the future: it is left out, said, and today goes on', async () => {
    const { data, run, result } = await replay('04-typo-future-date/orders.csv');
    expect(result).toMatchObject({ customers: 1, orders: 2 });
    expect(run.stderr).toMatch(
      /orders\.csv:4: occurred_at: expected a time before .*, found "2052-01-03T00:00:00.000Z"/,
    );
    expect(run.stderr).toContain('as of 2025-02-02');
    await goLive(data);
    for (const { logTime } of await timelineOf(data)) expect(logTime).toBeLessThanOrEqual(Date.now());
  });

  test('of a history up to today, then live, is never ahead of the wall clock', async () => {
    const clock = clockFrom('2026-11-30T08:00:00Z');
    const { data, result } = await replay('13-history-of-today/orders.csv', [], clock);
    expect(result).toMatchObject({ customers: 2, orders: 2 });
    const notAhead = async () => {
      const now = clock.now();
      for (const { logTime } of await timelineOf(data)) expect(logTime).toBeLessThanOrEqual(now);
      const changes = await tail(data, 'tier-changes');
      expect(changes.length).toBeGreaterThan(0);
      for (const { value } of changes)
        if ('effectiveAt' in value) expect(value['effectiveAt']).toBeLessThanOrEqual(now);
    };
    await notAhead();
    // Gone on with a day later, the replay ends where it ended: there is nothing to do.
    const later = await replayInto(data, '13-history-of-today/orders.csv', [], clockFrom('2026-12-01T08:00:00Z'));
    expect(later.stderr).toContain('Nothing to do');
    await goLive(data, clock);
    await notAhead();
    expect((await timelineOf(data)).some(({ clock: name }) => name === 'live')).toBe(true);
  });
});

interface Replayed {
  readonly data: string;
  readonly run: Ended;
  /** The line of JSON, where it ended well. */
  readonly result: unknown;
}

/** Replays a case, or a file by its whole path, into a new folder. */
async function replay(file: string, options: readonly string[] = [], clock?: Clock): Promise<Replayed> {
  const data = join(scratch, String(++folders));
  const run = await replayInto(data, file, options, clock);
  return { data, run, result: run.code === 0 ? JSON.parse(run.stdout) : null };
}

function replayInto(data: string, file: string, options: readonly string[], clock?: Clock): Promise<Ended> {
  const path = resolve(import.meta.dirname, 'cases', file);
  const args = [
    'up',
    '--orders',
    path,
    '--no-simulated',
    '--once',
    '--json',
    '--lanes',
    '3',
    '--data',
    data,
    ...options,
  ];
  return runTidemark(args, clock === undefined ? {} : { clock });
}

/** Takes a folder to the wall clock, and stops once all lanes are there and tick. */
async function goLive(data: string, clock?: Clock): Promise<void> {
  const stop = new AbortController();
  const run = runTidemark(['up', '--live', '--port', '0', '--data', data], {
    stop: stop.signal,
    ...(clock === undefined ? {} : { clock }),
  });
  const isLive = async () => {
    const lanes = (await timelineOf(data)).flatMap(({ lane, clock: name }) => (name === 'live' ? [lane] : []));
    return new Set(lanes).size === 3;
  };
  while (!(await isLive())) {
    const ended = await Promise.race([run, new Promise<null>((resolve) => setTimeout(() => resolve(null), 50))]);
    if (ended !== null) throw new Error(`expected it to stay live until it is stopped, found ${ended.stderr}`);
  }
  stop.abort('SIGTERM');
  expect(await run).toMatchObject({ code: 0 });
}

interface TailLine {
  readonly lane: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, unknown>>;
}

async function tail(data: string, topic: string): Promise<readonly TailLine[]> {
  const { stdout } = await runTidemark(['tail', topic, '--data', data]);
  return linesOf(stdout) as readonly TailLine[];
}

async function timelineOf(data: string) {
  const records = await tail(data, 'timeline');
  return records.map(({ lane, headers }) => ({ lane, logTime: Number(headers['log-time']), clock: headers['clock'] }));
}

/** Every customer's line of the export, by id. */
async function customersOf(data: string): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
  const { stdout } = await runTidemark(['export', '--format', 'jsonl', '--data', data]);
  const rows = linesOf(stdout) as readonly Readonly<Record<string, unknown>>[];
  return new Map(rows.map((row) => [String(row['customer_id']), row]));
}

function linesOf(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

/** A clock that goes on from a moment. */
function clockFrom(iso: string): Clock {
  const startedAt = performance.now();
  return {
    now: () => Math.floor(Date.parse(iso) + performance.now() - startedAt) as TimeMs,
    elapsedMs: () => performance.now(),
    sleep: async (ms, signal) => {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    },
  };
}
