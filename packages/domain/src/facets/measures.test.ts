import { expect, test } from 'vitest';
import { bandOf, inputsOf, type Scale } from './measures.ts';

const heat: Scale<string> = { input: 'degrees', cuts: [0, 10], values: ['cold', 'mild', 'warm'], includes: 'from' };

test('a band lies between its cuts and names its neighbours, none beyond the ends', () => {
  const { input, includes } = { input: 'degrees', includes: 'from' } as const;
  expect(bandOf('cold', heat)).toEqual({ input, includes, from: null, to: 0, below: null, above: 'mild' });
  expect(bandOf('mild', heat)).toEqual({ input, includes, from: 0, to: 10, below: 'cold', above: 'warm' });
  expect(bandOf('warm', heat)).toEqual({ input, includes, from: 10, to: null, below: 'mild', above: null });
});

test('a band that equal cuts leave empty is nobody’s neighbour', () => {
  const tied: Scale<number> = { input: 'orders', cuts: [1, 4, 4, 4], values: [1, 2, 3, 4, 5], includes: 'to' };
  expect(bandOf(2, tied)).toMatchObject({ from: 1, to: 4, below: 1, above: 5 });
  expect(bandOf(5, tied)).toMatchObject({ from: 4, to: null, below: 2, above: null });
});

test('without cuts there is one band without ends', () => {
  const only: Scale<number> = { input: 'orders', cuts: [], values: [0], includes: 'from' };
  expect(bandOf(0, only)).toMatchObject({ from: null, to: null, below: null, above: null });
});

test('inputs are the exact values named, in the order named, without those that are not defined', () => {
  const exact = { orders: 3, silenceDays: null, churnRisk: 0 };
  expect(inputsOf(exact, { churnRisk: 'probability', silenceDays: 'days', orders: 'orders' })).toEqual([
    { name: 'churnRisk', value: 0, unit: 'probability' },
    { name: 'orders', value: 3, unit: 'orders' },
  ]);
});
