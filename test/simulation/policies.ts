import type { Policy, TimeMs } from '@tidemark/domain';
import { NO_THRESHOLD, type PolicyDocument, policyDocument } from '@tidemark/policy';

/**
 * A policy whose windows and pauses last hours and days, so that within a short history orders expire, bands are crossed
 * by silence, and tiers rise and fall.
 */
const HASTY: Policy = {
  name: 'hasty',
  currency: { base: 'USD', rates: { EUR: 1.1 } },
  events: { earliestAt: Date.UTC(1990, 0, 1) as TimeMs },
  orders: { historyDays: 5 },
  rfm: {
    windowDays: 4,
    recencyDays: [0.5, 1, 2, 3],
    frequencyOrders: [1, 2, 3, 4],
    monetaryMinor: [1_000, 3_000, 6_000, 10_000],
    spendBandsMinor: [2_000, 8_000],
  },
  behaviour: {
    halfLifeDays: 0.5,
    weights: {
      'interaction.view': 1,
      'interaction.cart': 4,
      'marketing.clicked': 3,
      'order.placed': 6,
    },
    bands: { hot: 10, warm: 4, cool: 1 },
  },
  churn: {
    horizonDays: 3,
    parameters: { r: 0.5, alpha: 0.3, a: 0.9, b: 1.6 },
    bands: { medium: 0.5, high: 0.75 },
    overdueIntervals: 1.5,
    occasionGapHours: 2,
  },
  tiers: {
    points: {
      'rfm.segment': { champions: 40, loyal: 30, potential_loyalist: 20, new: 10, promising: 6, at_risk: 8 },
      'rfm.spend': { '1': 6, '2': 14 },
      'behaviour.band': { hot: 15, warm: 8, cool: 3 },
      'churn.risk': { low: 15, medium: 5, high: -5 },
      'churn.pace': { on_time: 5, overdue: -5 },
    },
    tiers: [
      { name: 'member', enter: NO_THRESHOLD, leave: NO_THRESHOLD },
      { name: 'silver', enter: 20, leave: 15 },
      { name: 'gold', enter: 40, leave: 32 },
    ],
    minimumStayDays: 0.5,
    graceDays: 0.25,
  },
};

/** Without grace or minimum stay: a fall is immediate, so changes of tier come as fast as changes of views. */
const STRICT: Policy = {
  ...HASTY,
  name: 'strict',
  currency: { base: 'USD', rates: { EUR: 1.2 } },
  orders: { historyDays: 3 },
  rfm: { ...HASTY.rfm, windowDays: 3, recencyDays: [0.25, 0.5, 1, 2], spendBandsMinor: [1_000, 4_000, 9_000] },
  behaviour: { ...HASTY.behaviour, halfLifeDays: 0.25 },
  tiers: {
    ...HASTY.tiers,
    tiers: [
      { name: 'member', enter: NO_THRESHOLD, leave: NO_THRESHOLD },
      { name: 'bronze', enter: 8, leave: 8 },
      { name: 'silver', enter: 18, leave: 18 },
      { name: 'gold', enter: 36, leave: 36 },
    ],
    minimumStayDays: 0,
    graceDays: 0,
  },
};

/** The first under another name, and with words for people: a change of policy that changes no decision. */
const AGAIN: Policy = {
  ...HASTY,
  name: 'hasty-again',
  review: '2027-01-31',
  utcOffsetMinutes: 480,
  tiers: {
    ...HASTY.tiers,
    tiers: HASTY.tiers.tiers.map((rule, i) => ({
      ...rule,
      label: { und: `Tier ${i}`, zh: `层 ${i}` },
      benefits: [`benefit-${i}`],
      ...(i === 0 ? {} : { strategy: `care ${i}` }),
    })),
  },
};

/** With a facet that is off under the others: it switches it on, and from then on they are refused. */
const VISITED: Policy = {
  ...STRICT,
  name: 'visited',
  visits: { windowDays: 1, bands: { some: 2, many: 4 } },
  tiers: { ...STRICT.tiers, points: { ...STRICT.tiers.points, 'visits.band': { few: 2, some: 6, many: 12 } } },
};

/** As before, with other bands: what is on takes over new rules. */
const VISITED_AGAIN: Policy = {
  ...VISITED,
  name: 'visited-again',
  currency: HASTY.currency,
  visits: { windowDays: 2, bands: { some: 2, many: 3 } },
};

/** Policies of which each may follow on each. */
export const POLICIES = [HASTY, STRICT, AGAIN].map(policyDocument);

export interface SwitchingPolicy {
  readonly document: PolicyDocument;
  /** Whether it has the section that the others leave out. */
  readonly switchesOn: boolean;
}

export const SWITCHING_POLICIES: readonly SwitchingPolicy[] = [HASTY, STRICT, AGAIN, VISITED, VISITED_AGAIN].map(
  (policy) => ({ document: policyDocument(policy), switchesOn: policy.visits !== undefined }),
);
