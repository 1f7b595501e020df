import { reasonsFor, type TierReason, type TierState, type TimeMs, type View } from '@tidemark/domain';
import { type ScoreName, scoreNames } from '@tidemark/pipeline';
import type { Customer } from './customer.ts';
import { exactAt, letTimePass, nextViewAt, viewAt } from './future.ts';
import type { LaneRules } from './lane-state.ts';

/** A score of a customer at one time. */
export interface ScoreNow {
  readonly view: View | null;
  readonly exact: Readonly<Record<string, number | null>>;
  /** The next change of the view if no event comes; null if it never changes. */
  readonly next: { readonly at: TimeMs; readonly view: View | null } | null;
}

export interface TierNow extends TierState {
  readonly reasons: readonly TierReason[];
  /** The next change of tier if no event comes; null if it never changes. */
  readonly next: { readonly at: TimeMs; readonly tier: string } | null;
}

export interface CustomerNow {
  readonly customerId: string;
  readonly at: TimeMs;
  /** Null where the customer has no facet of this score. */
  readonly scores: Readonly<Record<ScoreName, ScoreNow | null>>;
  readonly tier: TierNow | null;
}

/**
 * A customer's facets at `at`. Between the lane's stream time and a later `at` time passes without events; the state at
 * an earlier `at` is not known any more, so only exact values are computed back to it.
 */
export function describeCustomer(customer: Customer, streamTime: TimeMs, at: TimeMs, rules: LaneRules): CustomerNow {
  const scores = scoreNames.map((name) => [name, describeScore(customer, name, at, rules)]);
  return {
    customerId: customer.customerId,
    at,
    scores: Object.fromEntries(scores) as CustomerNow['scores'],
    tier: describeTier(customer, streamTime, at, rules),
  };
}

function describeScore(customer: Customer, name: ScoreName, at: TimeMs, rules: LaneRules): ScoreNow | null {
  const exact = exactAt(customer, name, at, rules);
  if (exact === null) return null;
  const due = nextViewAt(customer, name, at, rules);
  return {
    view: viewAt(customer, name, at, rules),
    exact,
    next: due === null ? null : { at: due, view: viewAt(customer, name, due, rules) },
  };
}

function describeTier(customer: Customer, streamTime: TimeMs, at: TimeMs, rules: LaneRules): TierNow | null {
  let { tier } = customer;
  if (tier === null) return null;
  let next: TierNow['next'] = null;
  for (const step of letTimePass(customer, streamTime, rules)) {
    if (step.at > at && step.change !== null) {
      next = { at: step.at, tier: step.change.to };
      break;
    }
    if (step.at <= at) tier = step.tier;
  }
  return { ...tier, reasons: reasonsFor(tier.views, rules.policy.tiers), next };
}
