import { scoreNames } from '@tidemark/domain';
import { expect, test } from 'vitest';
import { tierWiring } from './services.ts';

test('tier joins the scores in the order that the causes of its changes have in the log', () => {
  expect([...tierWiring().joins.scores].slice(0, 3)).toEqual([
    ['rfm-changes', 'rfm'],
    ['behaviour-changes', 'behaviour'],
    ['churn-changes', 'churn'],
  ]);
});

test('entries of one moment in a customer’s history have the order of the scores', () => {
  expect(scoreNames.slice(0, 3)).toEqual(['rfm', 'behaviour', 'churn']);
});
