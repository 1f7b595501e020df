import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCsv } from './load-csv.ts';
import type { OrderTable } from './order-table.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-csv-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file of orders', () => {
  test('may have columns in any order and case, further ones, a byte order mark, quotes, and CRLF', async () => {
    const { orders, badLines } = await load(
      '\uFEFF"note",Amount, customer_id ,OCCURRED_AT\r\n"a, ""b""\nc",12.50,"x 1",2024-01-02\r\n',
    );
    expect(badLines.total).toBe(0);
    expect(rowsOf(orders)).toEqual([['x 1', '2024-01-02T00:00:00.000Z', 1_250, 'USD', 'placed', undefined]]);
  });

  test('may say order ids, currencies and statuses; a line that says none has the base currency and is placed', async () => {
    const { orders } = await load(
      'customer_id,occurred_at,amount,order_id,currency,status\na,2024-01-02,5,o1,JPY,Refunded\nb,2024-01-03,0,,,\n',
    );
    expect(rowsOf(orders)).toEqual([
      ['a', '2024-01-02T00:00:00.000Z', 5, 'JPY', 'refunded', 'o1'],
      ['b', '2024-01-03T00:00:00.000Z', 0, 'USD', 'placed', undefined],
    ]);
  });

  test('may have currencies that a history has and today has not', async () => {
    const { orders, badLines } = await load(
      'customer_id,occurred_at,amount,order_id,currency\nivana,2022-11-02,750,o1,HRK\nivana,2023-02-02,100,o2,EUR\n' +
        'karl,2000-11-02,100,o3,DEM\npaolo,2000-11-02,9900,o4,ITL\n',
    );
    expect(badLines.total).toBe(0);
    expect(rowsOf(orders).map((row) => row.slice(2, 4))).toEqual([
      [75_000, 'HRK'],
      [10_000, 'EUR'],
      [10_000, 'DEM'],
      [9_900, 'ITL'],
    ]);
  });

  test('may be compressed', async () => {
    const path = join(folder, 'orders.csv.gz');
    writeFileSync(path, gzipSync('customer_id,occurred_at,amount\na,2024-01-02,5\n'));
    expect((await loadCsv(path, 'USD')).orders.size).toBe(1);
  });

  test('has its bad lines listed, each with its number, what was expected and found, and its good ones used', async () => {
    const { orders, badLines } = await load(
      [
        'customer_id,occurred_at,amount,order_id,currency,status',
        'a,2024-01-02,5',
        ',2024-01-02,5',
        'a,2024-02-30,5',
        '',
        'a,2024-01-02,-5',
        'a,2024-01-02,5.5,,JPY',
        'a,2024-01-02,5,,XYZ',
        'a,2024-01-02,5,o1,,lost',
        'a,2024-01-02,5,,,refunded',
        `${'é'.repeat(129)},2024-01-02,5`,
        'a',
        'b,2024-01-02,5',
      ].join('\n'),
    );
    expect(badLines.examples.map(({ line, column, found }) => [line, column, found])).toEqual([
      [3, 'customer_id', 'nothing'],
      [4, 'occurred_at', '"2024-02-30"'],
      [6, 'amount', '"-5"'],
      [7, 'amount', '"5.5"'],
      [8, 'currency', '"XYZ"'],
      [9, 'status', '"lost"'],
      [10, 'order_id', 'nothing'],
      [11, 'customer_id', expect.stringMatching(/^"é{60}\.\.\."$/)],
      [12, 'occurred_at', 'nothing'],
    ]);
    expect(badLines.examples[3]?.expected).toContain('at most 0 decimals (JPY)');
    expect(orders.customers).toEqual(['a', 'b']);
    expect([...orders.row.subarray(0, orders.size)]).toEqual([1, 11]);
  });

  test('says which lines a stray quotation mark costs', async () => {
    const { orders, badLines } = await load(
      'customer_id,occurred_at,amount\na,2024-01-02,5\n"b,2024-01-02,5\nc,2024-01-02,5\nd,"2024-01-02",5\ne,2024-01-02,5\n',
    );
    expect(badLines.examples[0]).toMatchObject({
      line: 3,
      found: expect.stringContaining('lines 3 to 5 are left out'),
    });
    expect(badLines.total).toBe(3 + (orders.customers.includes('e') ? 0 : 1));
  });

  test('keeps a bounded list of bad lines, and counts all', async () => {
    const { badLines } = await load(`customer_id,occurred_at,amount\n${'a,never,5\n'.repeat(1_000)}`);
    expect([badLines.total, badLines.examples.length]).toEqual([1_000, 20]);
  });
});

describe('a file that cannot be used', () => {
  test.each([
    ['', 'data-set-header', 'an empty file'],
    ['customer_id,amount\na,5\n', 'data-set-header', 'no occurred_at'],
    ['customer_id;occurred_at;amount\na;2024-01-02;5\n', 'data-set-header', 'separated by commas'],
    ['customer_id,occurred_at,amount,amount\na,2024-01-02,5,6\n', 'data-set-header', 'amount twice'],
  ])('%j is named with what was expected', async (content, code, message) => {
    await expect(load(content)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('is named when it is missing', async () => {
    await expect(loadCsv(join(folder, 'none.csv'), 'USD')).rejects.toMatchObject({ code: 'data-set-missing' });
    await expect(loadCsv(folder, 'USD')).rejects.toMatchObject({ code: 'data-set-unreadable' });
  });
});

function load(content: string) {
  const path = join(folder, 'orders.csv');
  writeFileSync(path, content);
  return loadCsv(path, 'USD');
}

function rowsOf(orders: OrderTable) {
  return Array.from({ length: orders.size }, (_, row) => [
    orders.customers[orders.customerOf[row] ?? -1],
    new Date(orders.occurredAt[row] ?? 0).toISOString(),
    orders.amountMinor[row],
    orders.currencies[orders.currencyOf[row] ?? -1],
    orders.statuses[orders.statusOf[row] ?? -1],
    orders.orderIds[row],
  ]);
}
