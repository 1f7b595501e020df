import { facets, scoreNames } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { labelOf, titleOf } from './words.ts';

const attributes = scoreNames.flatMap((score) => Object.keys(facets[score].view).map((name) => `${score}.${name}`));

test('people read an attribute by its label, and one that this build does not know by its name', () => {
  const first = attributes.slice(0, 8);
  expect(first.map(labelOf)).toEqual([
    ...['recency', 'frequency', 'monetary value', 'RFM segment', 'spend band'],
    ...['behaviour', 'churn risk', 'buying pace'],
  ]);
  expect(labelOf('basket.size')).toBe('basket.size');
  expect(labelOf('constructor.name')).toBe('constructor.name');
});

test('no two attributes have one label', () => {
  expect(new Set(attributes.map(labelOf)).size).toBe(attributes.length);
});

test('a score’s paragraph begins with its title', () => {
  expect(['rfm', 'behaviour', 'basket'].map(titleOf)).toEqual(['RFM', 'Behaviour', 'Basket']);
});
