import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TimeMs } from '@tidemark/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type LeftOutLine, type LeftOutLines, LeftOutList } from './left-out-lines.ts';
import { type CsvOptions, loadCsv } from './load-csv.ts';
import type { OrderTable } from './order-table.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-csv-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file of orders', () => {
  test('may have columns in any order and case, further ones, a byte order mark, quotes, and CRLF', async () => {
    const { orders, leftOut } = await load(
      '\uFEFF"note",Amount, customer_id ,OCCURRED_AT\r\n"a, ""b""\nc",12.50,"x 1",2024-01-02\r\n',
    );
    expect(leftOut.total).toBe(0);
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
    const { orders, leftOut } = await load(
      'customer_id,occurred_at,amount,order_id,currency\nivana,2022-11-02,750,o1,HRK\nivana,2023-02-02,100,o2,EUR\n' +
        'karl,2000-11-02,100,o3,DEM\npaolo,2000-11-02,9900,o4,ITL\n',
    );
    expect(leftOut.total).toBe(0);
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
    expect((await loadFile(path)).orders.size).toBe(1);
  });

  test('has lines that are no order listed, each with its number, what was expected and found, and its good ones used', async () => {
    const { orders, leftOut } = await load(
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
    expect(listed(leftOut)).toEqual([
      [3, 'customer_id', 'no-id', 'nothing'],
      [4, 'occurred_at', 'time', '"2024-02-30"'],
      [6, 'amount', 'negative-amount', '"-5.00"'],
      [7, 'amount', 'amount', '"5.5"'],
      [8, 'currency', 'currency', '"XYZ"'],
      [9, 'status', 'status', '"lost"'],
      [10, 'order_id', 'no-id', 'nothing'],
      [11, 'customer_id', 'long-id', expect.stringMatching(/^"é{60}\.\.\."$/)],
      [12, 'occurred_at', 'time', 'nothing'],
    ]);
    expect(leftOut.byReason.get('amount')?.examples[0]?.expected).toContain('at most 0 decimals (JPY)');
    expect(orders.customers).toEqual(['a', 'b']);
    expect([...orders.line.subarray(0, orders.size)]).toEqual([2, 13]);
  });

  test('has lines counted as editors count them, line breaks in values and of any kind included', async () => {
    const { leftOut } = await load(
      'customer_id,occurred_at,amount,note\r\na,2024-01-02,5,"x\r\ny\r\nz"\r\n\r\nb,never,5,\r\n',
    );
    expect(listed(leftOut).map(([line]) => line)).toEqual([6]);
  });

  test('has all that are left out counted by reason, the first few of each listed, and every one told', async () => {
    const told: LeftOutLine[] = [];
    const lines = `${'a,never,5\n'.repeat(1_000)}a,2024-01-01,x\n`;
    const { leftOut } = await load(`customer_id,occurred_at,amount\n${lines}`, {}, (line) => told.push(line));
    expect(leftOut.total).toBe(1_001);
    const counts = [...leftOut.byReason].map(([reason, group]) => [reason, group.lines, group.examples.length]);
    expect(counts).toEqual([
      ['time', 1_000, 5],
      ['amount', 1, 1],
    ]);
    expect(told.map(({ line }) => line)).toEqual(Array.from({ length: 1_001 }, (_, i) => i + 2));
  });

  test.each(['null', 'undefined', 'NaN', '[object Object]', '0', '#N/A', '1.23457E+11', ' '])(
    'has a line with %j as an id left out, of a customer and of an order',
    async (id) => {
      const { orders, leftOut } = await load(
        `customer_id,occurred_at,amount,order_id\n${id},2024-01-02,5,o1\na,2024-01-02,5,${id}\n00123,2024-01-02,5,o3\n`,
      );
      const isEmpty = id.trim() === '';
      expect(listed(leftOut).map(([line, column, reason]) => [line, column, reason])).toEqual([
        [2, 'customer_id', 'no-id'],
        // An order without an id is allowed.
        ...(isEmpty ? [] : [[3, 'order_id', 'no-id']]),
      ]);
      expect(orders.customers).toEqual(isEmpty ? ['a', '00123'] : ['00123']);
    },
  );

  test('has ids trimmed, of no-break spaces too, and what is within them kept', async () => {
    const { orders } = await load(
      'customer_id,occurred_at,amount,order_id\n"  a ",2024-01-02,5," o1 "\n"\u00a0b\u00a0",2024-01-02,5,\n"c\nd\te",2024-01-02,5,\n',
    );
    expect(orders.customers).toEqual(['a', 'b', 'c\nd\te']);
    expect(orders.orderIds).toEqual(['o1']);
  });

  test.each([
    ['1969-12-31', 'on'],
    ['1970-01-01', 'missing dates'],
    ['1970-01-20T16:13:20Z', 'seconds that were taken for milliseconds'],
    ['1989-12-31T23:59:59Z', 'from 1990-01-01 on'],
  ])('has a line of %s left out, before the first time that counts', async (time, words) => {
    const { orders, leftOut } = await load(`customer_id,occurred_at,amount\na,${time},5\nb,1990-01-01,5\n`);
    expect(leftOut.byReason.get('too-early')?.examples).toMatchObject([
      { line: 2, column: 'occurred_at', expected: expect.stringContaining(words) },
    ]);
    expect(orders.customers).toEqual(['b']);
  });

  test('may have earlier lines where the rules allow them', async () => {
    const earliestAt = Date.UTC(1980, 0, 1) as TimeMs;
    const { orders } = await load('customer_id,occurred_at,amount\na,1980-01-01,5\nb,1979-12-31,5\n', { earliestAt });
    expect(orders.customers).toEqual(['a']);
  });
});

describe('quotation marks', () => {
  test('within a value are a part of it', async () => {
    const { orders, leftOut } = await load(
      'customer_id,occurred_at,amount\na,2024-01-02,5\nO"Brien,2024-01-02,5\n5"x7" frame,2024-01-03,5\nc,2024-01-02,5\n',
    );
    expect(orders.customers).toEqual(['a', 'O"Brien', '5"x7" frame', 'c']);
    expect(leftOut.total).toBe(0);
  });

  test.each([
    ['of an id', '"b,2024-01-02,5\nc,2024-01-02,5\n"d",2024-01-02,5,\n'],
    ['of a column that is not read', 'b,2024-01-02,5,"oops\nc,2024-01-02,5,\nd,2024-01-02,5,"fine"\n'],
  ])(
    'that open a value %s and are closed elsewhere cost the lines between them, which are counted',
    async (_, lines) => {
      const { orders, leftOut } = await load(
        `customer_id,occurred_at,amount,note\na,2024-01-02,5,\n${lines}e,2024-01-02,5,\n`,
      );
      expect(orders.customers).toEqual(['a', 'e']);
      expect(leftOut.total).toBe(3);
      expect(leftOut.byReason.get('quotation-marks')?.examples).toMatchObject([
        { line: 3, found: expect.stringContaining('lines 3 to 5 are left out') },
      ]);
    },
  );

  test('that are never closed cost the lines behind them, which are counted', async () => {
    const { orders, leftOut } = await load(
      'customer_id,occurred_at,amount\na,2024-01-02,5\n"b,2024-01-02,5\nc,2024-01-02,5\n',
    );
    expect(orders.customers).toEqual(['a']);
    expect(leftOut.total).toBe(2);
  });

  test('around a value with line breaks that begins with one are no fault', async () => {
    const { orders, leftOut } = await load(
      'customer_id,occurred_at,amount,note\na,2024-01-02,5,"""Great"" service\nagain"\nb,2024-01-02,5,\n',
    );
    expect(orders.customers).toEqual(['a', 'b']);
    expect(leftOut.total).toBe(0);
  });
});

describe('lines of one order', () => {
  const HEADER = 'customer_id,occurred_at,amount,order_id,currency,status';

  test('that follow each other are its items: their amounts are added up, those below 0 too', async () => {
    const { orders, summed, leftOut } = await load(
      [
        HEADER,
        'a,2010-12-01T08:26:00,15.30,o1',
        'a,2010-12-01T08:26:00,20.34,o1',
        'a,2010-12-01T08:26:00,-5.64,o1',
        'a,2010-12-01T08:28:00,11.10,o2',
        'a,2010-12-01T08:28:00,11.10,o2',
        'b,2010-12-01T09:00:00,7,',
        'b,2010-12-01T09:00:00,7,',
      ].join('\n'),
    );
    expect(rowsOf(orders).map(([customer, , amount, , , id]) => [customer, amount, id])).toEqual([
      ['a', 3_000, 'o1'],
      ['a', 2_220, 'o2'],
      // Without an id each line is an order.
      ['b', 700, undefined],
      ['b', 700, undefined],
    ]);
    expect([...orders.line.subarray(0, 2)]).toEqual([2, 5]);
    expect(summed).toEqual({ lines: 5, orders: 2 });
    expect(leftOut.total).toBe(0);
  });

  test.each([
    ['behind another order', 'x,2024-01-01,1,o9\na,2024-01-01,10,o1'],
    ['with another time', 'a,2024-01-02,10,o1'],
    ['in another currency', 'a,2024-01-01,10,o1,EUR'],
  ])('%s are left out, since the order was complete', async (_, lines) => {
    const { orders, leftOut } = await load(`${HEADER}\na,2024-01-01,10,o1\n${lines}`);
    expect(rowsOf(orders).filter(([customer]) => customer === 'a')).toHaveLength(1);
    expect(orders.amountMinor[0]).toBe(1_000);
    expect(leftOut.byReason.get('repeated-order')).toMatchObject({ lines: 1, examples: [{ found: '"o1"' }] });
  });

  test('are of another order where the customer is another, and steps of it where the status is', async () => {
    const { orders, leftOut } = await load(
      [
        HEADER,
        'a,2024-01-01,10,o1,,placed',
        'b,2024-01-01,20,o1,,placed',
        'a,2024-01-02,10,o1,,paid',
        'a,2024-01-03,4,o1,,partially_refunded',
        'a,2024-01-04,4,o1,,partially_refunded',
      ].join('\n'),
    );
    expect(orders.size).toBe(5);
    expect(leftOut.total).toBe(0);
  });

  test('whose sum is below 0 are left out, all of them', async () => {
    const { orders, leftOut } = await load(
      `${HEADER}\na,2024-01-01,10,o1\na,2024-01-01,-12,o1\na,2024-01-01,0,o2\na,2024-01-01,3,o3\na,2024-01-01,-3,o3\n`,
    );
    expect(rowsOf(orders).map(([, , amount, , , id]) => [amount, id])).toEqual([
      [0, 'o2'],
      [0, 'o3'],
    ]);
    expect(leftOut.byReason.get('negative-amount')).toMatchObject({
      lines: 2,
      examples: [
        { line: 2, expected: 'a sum of 2 lines of at least 0', found: '"-2.00"' },
        { line: 3, found: '"-2.00"' },
      ],
    });
  });

  test('whose sum is below 0 are a credit note of their id where these are asked for', async () => {
    const { orders, leftOut } = await load(
      [
        HEADER,
        'a,2024-01-01,10,o1',
        'a,2024-01-02,-12,c2',
        'a,2024-01-02,-3,c2',
        'a,2024-01-03,-4.50,',
        'a,2024-01-03,-12,c2',
        'a,2024-01-04,-5,o1,,partially_refunded',
        'a,2024-01-05,7,c5,,credited',
      ].join('\n'),
      { credits: true },
    );
    expect(rowsOf(orders).map(([, , amount, , status, id]) => [amount, status, id])).toEqual([
      [1_000, 'placed', 'o1'],
      [1_500, 'credited', 'c2'],
      [450, 'credited', undefined],
      [700, 'credited', 'c5'],
    ]);
    expect(listed(leftOut).map(([line, , reason]) => [line, reason])).toEqual([
      [6, 'repeated-order'],
      [7, 'negative-amount'],
    ]);
  });

  test('keep being its items around a line that is left out', async () => {
    const { orders, leftOut } = await load(`${HEADER}\na,2024-01-01,10,o1\na,2024-01-01,x,o1\na,2024-01-01,5,o1\n`);
    expect([orders.size, orders.amountMinor[0], leftOut.total]).toEqual([1, 1_500, 1]);
  });
});

describe('a file that cannot be used', () => {
  test.each([
    ['', 'data-set-header', 'an empty file'],
    ['customer_id,amount\na,5\n', 'data-set-header', 'no occurred_at'],
    ['customer_id;occurred_at;amount\na;2024-01-02;5\n', 'data-set-header', 'with commas instead of semicolons'],
    ['\uFEFFcustomer_id\toccurred_at\tamount\n', 'data-set-header', 'with commas instead of tabs'],
    ['customer_id,occurred_at,amount,amount\na,2024-01-02,5,6\n', 'data-set-header', 'amount twice'],
  ])('%j is named with what was expected', async (content, code, message) => {
    await expect(load(content)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('is named when it is missing', async () => {
    await expect(loadFile(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'data-set-missing' });
    await expect(loadFile(folder)).rejects.toMatchObject({ code: 'data-set-unreadable' });
  });
});

function load(content: string, rules: Partial<CsvOptions> = {}, onLine?: (line: LeftOutLine) => void) {
  const path = join(folder, 'orders.csv');
  writeFileSync(path, content);
  return loadFile(path, rules, onLine);
}

async function loadFile(path: string, rules: Partial<CsvOptions> = {}, onLine?: (line: LeftOutLine) => void) {
  const leftOut = new LeftOutList(onLine);
  const options = {
    baseCurrency: 'USD',
    earliestAt: Date.UTC(1990, 0, 1) as TimeMs,
    encoding: null,
    credits: false,
    ...rules,
  };
  return { ...(await loadCsv(path, options, leftOut)), leftOut };
}

function listed({ byReason }: LeftOutLines) {
  const all = [...byReason.values()].flatMap(({ examples }) => examples);
  return all.sort((a, b) => a.line - b.line).map(({ line, column, reason, found }) => [line, column, reason, found]);
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
