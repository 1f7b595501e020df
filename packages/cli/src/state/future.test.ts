import { behaviour, type CustomerId, DAY_MS, decideTier, type TimeMs } from '@tidemark/domain';
import { scoreNames } from '@tidemark/pipeline';
import { defaultPolicy } from '@tidemark/policy';
import { expect, test } from 'vitest';
import type { Customer } from './customer.ts';
import { describeCustomer } from './describe-customer.ts';
import { letTimePass } from './future.ts';
import { type LaneRules, storedScore } from './lane-state.ts';

const policy = defaultPolicy();
const rules: LaneRules = {
  policy,
  parameters: Object.fromEntries(
    scoreNames.map((name) => [name, storedScore(name).parametersOf(policy)]),
  ) as LaneRules['parameters'],
};
const now = Date.UTC(1998, 0, 1) as TimeMs;

/** A customer who has done nothing but be very active, and whose tier rests on a view that will cool. */
function activeCustomer(): Customer {
  const state = { score: 100, scoredAt: now };
  const view = behaviour.view(state, now, behaviour.parametersOf(policy));
  const champion = { recency: 5, frequency: 5, monetary: 5, segment: 'champions', spend: 0 };
  const changed = [
    { score: 'behaviour', view },
    { score: 'rfm', view: champion },
  ];
  const { state: tier } = decideTier(null, changed, now, policy.tiers);
  return { customerId: 'c' as CustomerId, scores: new Map([['behaviour', { state, view }]]), tier };
}

test('letting time pass fires every change of a view at its moment, in order, and ends', () => {
  const steps = [...letTimePass(activeCustomer(), now, rules)];
  const bands = steps.map(({ tier }) => tier.views['behaviour']?.['band']);
  expect(new Set(bands)).toEqual(new Set(['warm', 'cool', 'silent']));
  for (const [i, { at }] of steps.entries()) expect(at).toBeGreaterThan(steps[i - 1]?.at ?? now);
});

test('a tier falls only after grace, at the moment its own timer says', () => {
  const customer = activeCustomer();
  const falls = [...letTimePass(customer, now, rules)].filter(({ change }) => change !== null);
  expect(falls.map(({ change }) => change?.direction)).toEqual(['down']);
  const cooled = [...letTimePass(customer, now, rules)].find(({ tier }) => tier.belowSince !== null);
  expect(falls[0]?.at).toBe((cooled?.at ?? 0) + policy.tiers.graceDays * DAY_MS);
});

test('a later time has the tier and the views that will be in force then', () => {
  const customer = activeCustomer();
  const [fall] = [...letTimePass(customer, now, rules)].filter(({ change }) => change !== null);
  const fallAt = fall?.at ?? now;
  const before = describeCustomer(customer, now, (fallAt - 1) as TimeMs, rules);
  const after = describeCustomer(customer, now, fallAt, rules);
  expect(before.tier?.next).toEqual({ at: fallAt, tier: after.tier?.tier });
  expect(after.tier?.tier).not.toBe(before.tier?.tier);
  expect(after.scores.behaviour?.view).not.toEqual(customer.scores.get('behaviour')?.view);
});

test('reasons add up to the points', () => {
  const { tier } = describeCustomer(activeCustomer(), now, now, rules);
  expect(tier?.reasons.reduce((sum, { points }) => sum + points, 0)).toBe(tier?.points);
});
