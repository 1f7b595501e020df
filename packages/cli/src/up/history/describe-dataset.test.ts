import type { TimeMs } from '@tidemark/domain';
import type { Dataset, LeftOutGroup, LeftOutReason } from '@tidemark/replay';
import { expect, test } from 'vitest';
import { describeDataset, describeLeftOut } from './describe-dataset.ts';

const cdnow = {
  name: 'CDNOW',
  orders: 69_659,
  customers: 23_570,
  simulated: 430_341,
  summed: { lines: 0, orders: 0 },
  credits: 0,
  firstDay: Date.UTC(1997, 0, 1),
  lastDay: Date.UTC(1998, 5, 30),
} as Dataset;
const end = Date.UTC(2024, 0, 2, 8) as TimeMs;

test('one line says which orders are real and what is simulated', () => {
  expect(describeDataset(cdnow, '.tidemark', { end })).toMatchInlineSnapshot(
    `"Replaying CDNOW into .tidemark: 69,659 real orders of 23,570 customers, 1997-01-01 to 1998-06-30; 430,341 visits and campaign messages around them are simulated, from a fixed seed."`,
  );
});

test('it does not call the orders of a file real, nor anything simulated where nothing is', () => {
  const line = describeDataset({ ...cdnow, simulated: 0 } as Dataset, 'd', { orders: 'shop.csv', end });
  expect(line).not.toContain('real');
  expect(line).toContain('nothing is simulated');
});

test('it says what was summed', () => {
  const summed = { lines: 5, orders: 2 };
  expect(describeDataset({ ...cdnow, summed } as Dataset, 'd', { end })).toContain(
    ' 2 orders are sums of 5 lines: those ',
  );
});

test('it says where the replay ends, if that is not with the last event or the day that was asked for', () => {
  const lastDay = Date.UTC(2024, 0, 2);
  const words = 'It ends at 2024-01-02 08:00 UTC, when it was first started';
  expect(describeDataset({ ...cdnow, lastDay } as Dataset, 'd', { end })).toContain(words);
  expect(describeDataset(cdnow, 'd', { end, until: Date.UTC(2024, 0, 3) as TimeMs })).toContain(words);
  expect(describeDataset(cdnow, 'd', { end, until: Date.UTC(1997, 0, 3) as TimeMs })).toContain(
    'Up to the end of 1997-01-03.',
  );
});

test('lines that are left out come by reason, with file and line, and with how many more there are', () => {
  const bad = { line: 7, reason: 'amount', column: 'amount', expected: 'a number', found: '"x"' } as const;
  const byReason = new Map<LeftOutReason, LeftOutGroup>([
    ['time', { lines: 1, examples: [{ ...bad, reason: 'time', line: 9, column: '' }] }],
    ['amount', { lines: 1_002, examples: [bad] }],
  ]);
  const lines = describeLeftOut('shop.csv', { total: 1_003, byReason });
  expect(lines).toEqual([
    '1,003 lines left out; the others are replayed:',
    '  1,002 lines: the amount is not a plain decimal number: format the column so',
    '    shop.csv:7: amount: expected a number, found "x"',
    '    and 1,001 more',
    '  1 line: the time is not a date in ISO 8601: format the column so',
    '    shop.csv:9: expected a number, found "x"',
    '  --left-out FILE writes all of them to a file.',
  ]);
  expect(describeLeftOut('shop.csv', { total: 1_003, byReason }, 'left.jsonl')).toEqual(lines.slice(0, -1));
  expect(describeLeftOut('shop.csv', { total: 0, byReason: new Map() })).toEqual([]);
});
