import { expect, test } from 'vitest';
import type { TierPolicy } from '../policy.ts';
import { tierWords } from './words.ts';

const POLICY: TierPolicy = {
  points: {},
  minimumStayDays: 0,
  graceDays: 0,
  tiers: [
    { name: 'member', enter: 0, leave: 0, label: { und: 'Member' }, benefits: ['post'] },
    {
      name: 'gold',
      enter: 1,
      leave: 1,
      label: { und: 'Gold', zh: '金' },
      benefits: ['post', 'lounge'],
      strategy: 'call',
    },
    { name: 'plain', enter: 2, leave: 2 },
  ],
};

test('a change has the labels of both tiers, in every language, and what the new one gives', () => {
  expect(tierWords({ from: 'member', to: 'gold' }, POLICY)).toEqual({
    labels: { member: 'Member', gold: 'Gold', 'gold.zh': '金' },
    benefits: ['post', 'lounge'],
    strategy: 'call',
  });
});

test('a tier without words has none, nor has one that the policy no longer has', () => {
  const nothing = { labels: {}, benefits: [], strategy: null };
  expect(tierWords({ from: null, to: 'plain' }, POLICY)).toEqual(nothing);
  expect(tierWords({ from: 'gone', to: 'plain' }, POLICY)).toEqual(nothing);
});
