import { DAY_MS, decideTier, type TierState, type TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import { expect, test } from 'vitest';
import type { Customer } from './customer.ts';
import { describeCustomer } from './describe-customer.ts';
import { letTimePass } from './future.ts';
import { customerOf, daysAgo, laneState, NOW, visit } from './world.testing.ts';

const policy = defaultPolicy();
const lane = laneState();

/** A customer who has done nothing but be very active, and whose tier rests on a view that will cool. */
function activeCustomer(): Customer {
  const customer = customerOf(
    'c',
    Array.from({ length: 40 }, (_, i) => visit(`v${i}`, NOW - i)),
    NOW,
  );
  const champion = { recency: 5, frequency: 5, monetary: 5, segment: 'champions', spend: 0 };
  const changed = [
    { score: 'behaviour', view: customer.scores.get('behaviour')?.view ?? null },
    { score: 'rfm', view: champion },
  ];
  const behaviourAlone = new Map([...customer.scores].filter(([name]) => name === 'behaviour'));
  return { ...customer, scores: behaviourAlone, tier: decideTier(null, changed, NOW, policy.tiers).state };
}

test('letting time pass fires every change of a view at its moment, in order, and ends', () => {
  const steps = [...letTimePass(activeCustomer(), lane)];
  const bands = steps.map(({ tier }) => tier.views['behaviour']?.['band']);
  expect(new Set(bands)).toEqual(new Set(['warm', 'cool', 'silent']));
  for (const [i, { at }] of steps.entries()) expect(at).toBeGreaterThan(steps[i - 1]?.at ?? NOW);
});

test('a tier falls only after grace, at the moment its own timer says', () => {
  const customer = activeCustomer();
  const falls = [...letTimePass(customer, lane)].filter(({ change }) => change !== null);
  expect(falls.map(({ change }) => change?.direction)).toEqual(['down']);
  const cooled = [...letTimePass(customer, lane)].find(({ tier }) => tier.belowSince !== undefined);
  expect(falls[0]?.at).toBe((cooled?.at ?? 0) + policy.tiers.graceDays * DAY_MS);
});

test('a later time has the tier and the views that will be in force then', () => {
  const customer = activeCustomer();
  const [fall] = [...letTimePass(customer, lane)].filter(({ change }) => change !== null);
  const fallAt = fall?.at ?? NOW;
  const before = describeCustomer(customer, lane, (fallAt - 1) as TimeMs);
  const after = describeCustomer(customer, lane, fallAt);
  expect(before.tier?.next).toEqual({ at: fallAt, tier: after.tier?.tier });
  expect(after.tier?.tier).not.toBe(before.tier?.tier);
  expect(after.scores.behaviour?.view).not.toEqual(customer.scores.get('behaviour')?.view);
});

test('reasons add up to the points', () => {
  const { tier } = describeCustomer(activeCustomer(), lane, NOW);
  expect(tier?.reasons.reduce((sum, { points }) => sum + points, 0)).toBe(tier?.points);
});

test('what a score says that tier has not heard yet counts from the time that the score has seen', () => {
  const customer = activeCustomer();
  const quiet: TierState = decideTier(null, [{ score: 'rfm', view: null }], daysAgo(2), policy.tiers).state;
  const behind = laneState({ tier: { place: { offset: 50, cursor: null }, streamTime: daysAgo(1) } });
  const [first] = [...letTimePass({ ...customer, tier: quiet }, behind)];
  expect(first).toMatchObject({ at: NOW, views: [{ score: 'behaviour', from: null }] });
  expect(describeCustomer({ ...customer, tier: quiet }, behind, NOW).tier?.views['behaviour']).toEqual(
    customer.scores.get('behaviour')?.view,
  );
});

test('a score that is being rebuilt does not take back what tier knows', () => {
  const customer = activeCustomer();
  const { tier } = customer;
  const rebuilding = laneState({ behaviour: { place: { offset: 3, cursor: null }, streamTime: daysAgo(300) } });
  const old = customerOf('c', [visit('v', daysAgo(300))], daysAgo(300));
  const now = describeCustomer({ ...customer, scores: old.scores }, rebuilding, NOW);
  expect(now.tier).toMatchObject({ tier: tier?.tier, points: tier?.points });
  expect(now.scores.behaviour?.place).toEqual({ timelineOffset: 4, streamTime: daysAgo(300), ageMs: 300 * DAY_MS });
});
