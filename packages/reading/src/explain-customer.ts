import {
  type CustomerId,
  type Measure,
  reasonsFor,
  type ScoreName,
  scoreNames,
  type TierState,
  type TimeMs,
} from '@tidemark/domain';
import type { Customer } from './customer.ts';
import { orDamaged } from './describe-customer.ts';
import { explainLastChange } from './explain-last-change.ts';
import { letTimePass, parametersIn } from './future.ts';
import { type LaneRules, storedScore } from './lane-rules.ts';
import { checkInForce, type LaneState, nowIn, serviceIn } from './lane-state.ts';
import { readStandingCustomer, type StandingCustomer } from './read-customer.ts';
import type { ExplainedAttribute, Explanation, FutureChange, Reading } from './types.ts';

/**
 * Why a customer has their tier, and what happens next if no event comes; null for one who is unknown or has no tier yet.
 * One round trip to the store, and a binary search in the log for each cause of the last change. Throws `state-damaged`
 * and `other-fold-version`.
 */
export async function explainCustomer(reading: Reading, customerId: CustomerId): Promise<Explanation | null> {
  const standing = await readStandingCustomer(reading, customerId);
  if (standing === null) return null;
  checkInForce(standing.lane, 'tier');
  if (standing.customer.tier === null) return null;
  const { tier } = standing.customer;
  const lastChange = await explainLastChange(reading.log, standing.lane.lane, customerId, tier);
  return { ...explainState(standing, tier, nowIn(standing.lane, reading.clock)), lastChange };
}

/** What the store alone tells. `stored` is the customer's tier as it was committed. */
function explainState(
  { customer, lane }: StandingCustomer,
  stored: TierState,
  at: TimeMs,
): Omit<Explanation, 'lastChange'> {
  return orDamaged(lane, () => {
    const { rules } = serviceIn(lane, 'tier');
    const { tier, next } = passTimeTo(customer, lane, stored, at);
    return {
      customerId: customer.customerId,
      lane: lane.lane,
      clock: lane.clock ?? 'event',
      at,
      policy: { number: rules.policyNumber, name: rules.policy.name },
      tier: explainTier(tier, rules),
      attributes: explainAttributes(customer, tier, lane, at),
      next,
    };
  });
}

/** Changes that an explanation tells ahead, at most. */
export const FUTURE_CHANGES_MAX = 20;

/** The tier at `at`, and what follows up to and with the next change of it. */
function passTimeTo(customer: Customer, lane: LaneState, stored: TierState, at: TimeMs) {
  let tier = stored;
  const next: FutureChange[] = [];
  for (const step of letTimePass(customer, lane)) {
    if (step.at <= at) {
      tier = step.tier;
      continue;
    }
    const change = step.change?.from == null ? null : { from: step.change.from, to: step.change.to };
    next.push({ at: step.at, views: step.views, tier: change, points: step.tier.points });
    if (change !== null || next.length === FUTURE_CHANGES_MAX) break;
  }
  return { tier, next };
}

function explainTier({ tier, points, since, belowSince }: TierState, { policy }: LaneRules): Explanation['tier'] {
  const { tiers } = policy.tiers;
  const index = tiers.findIndex(({ name }) => name === tier);
  const [rule, above, below] = index < 0 ? [] : [tiers[index], tiers[index + 1], tiers[index - 1]];
  return {
    name: tier,
    points,
    since,
    belowSince: belowSince ?? null,
    leave: below === undefined ? null : (rule?.leave ?? null),
    up: above === undefined ? null : { name: above.name, enter: above.enter },
    down: below === undefined ? null : { name: below.name },
  };
}

/** The views that tier knows, so that the points add up whatever a score has said since. */
function explainAttributes(customer: Customer, { views }: TierState, lane: LaneState, at: TimeMs) {
  const reasons = reasonsFor(views, serviceIn(lane, 'tier').rules.policy.tiers);
  const points = new Map(reasons.map((reason) => [reason.view, reason.points]));
  return scoreNames.flatMap((score) => {
    const measures = measuresOf(customer, score, lane, at);
    return Object.entries(views[score] ?? {}).map(([attribute, value]): ExplainedAttribute => {
      // What was measured explains this value only where it is the same.
      const measure = measures.find((one) => one.attribute === attribute && one.value === value);
      const band = measure?.band ?? null;
      return {
        score,
        attribute,
        value,
        points: points.get(`${score}.${attribute}`) ?? 0,
        inputs: measure?.inputs ?? [],
        band: band === null ? null : { ...band },
      };
    });
  });
}

function measuresOf({ scores }: Customer, name: ScoreName, lane: LaneState, at: TimeMs): readonly Measure[] {
  const facet = scores.get(name);
  return facet === undefined ? [] : storedScore(name).measures(facet.state, at, parametersIn(lane, name));
}
