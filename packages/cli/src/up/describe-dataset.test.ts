import type { Dataset } from '@tidemark/service-simulate';
import { expect, test } from 'vitest';
import { describeBadLines, describeDataset } from './describe-dataset.ts';

const cdnow = {
  name: 'CDNOW',
  orders: 69_659,
  customers: 23_570,
  simulated: 430_341,
  firstDay: Date.UTC(1997, 0, 1),
  lastDay: Date.UTC(1998, 5, 30),
} as Dataset;

test('one line says which orders are real and what is simulated', () => {
  expect(describeDataset(cdnow, '.tidemark', {})).toMatchInlineSnapshot(
    `"Replaying CDNOW into .tidemark: 69,659 real orders of 23,570 customers, 1997-01-01 to 1998-06-30; 430,341 visits and campaign messages around them are simulated, from a fixed seed."`,
  );
});

test('it does not call the orders of a file real, nor anything simulated where nothing is', () => {
  const line = describeDataset({ ...cdnow, simulated: 0 } as Dataset, 'd', { orders: 'shop.csv' });
  expect(line).not.toContain('real');
  expect(line).toContain('nothing is simulated');
});

test('bad lines come with file and line, and say how many more there are', () => {
  const bad = { line: 7, column: 'amount', expected: 'a number', found: '"x"' };
  expect(describeBadLines('shop.csv', { total: 1_003, examples: [bad, { ...bad, line: 9, column: '' }] })).toEqual([
    '1,003 lines are not an order and left out; the others are replayed:',
    '  shop.csv:7: amount: expected a number, found "x"',
    '  shop.csv:9: expected a number, found "x"',
    '  and 1,001 more',
  ]);
  expect(describeBadLines('shop.csv', { total: 0, examples: [] })).toEqual([]);
});
