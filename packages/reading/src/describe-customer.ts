import {
  describeProfile,
  isOn,
  reasonsFor,
  type ScoreName,
  scoreNames,
  type TierPolicy,
  type TimeMs,
} from '@tidemark/domain';
import { formatUtcOffset } from '@tidemark/policy/formats';
import type { Customer } from './customer.ts';
import { letTimePass, nextViewAt, parametersIn, viewAt } from './future.ts';
import { storedScore } from './lane-rules.ts';
import { facetPlaceOf, type LaneState, serviceIn } from './lane-state.ts';
import { stateDamaged } from './parse-stored.ts';
import { QueryError } from './query-error.ts';
import type { CustomerNow, PolicyNow, ScoreNow, TierNow, TierWordsNow } from './types.ts';

/**
 * A customer's facets at `at`. Between the lane's stream time and a later `at` time passes without events; the state at
 * an earlier `at` is not known any more, so only exact values are computed back to it. Throws `state-damaged`.
 */
export function describeCustomer(customer: Customer, lane: LaneState, at: TimeMs): CustomerNow {
  return orDamaged(lane, () => {
    const scores = scoreNames.map((name) => [name, describeScore(customer, name, at, lane)]);
    return {
      customerId: customer.customerId,
      lane: lane.lane,
      clock: lane.clock ?? 'event',
      at,
      policy: describePolicy(lane),
      profile: describeProfileAt(customer, lane, at),
      scores: Object.fromEntries(scores) as CustomerNow['scores'],
      tier: describeTier(customer, lane, at),
      upgrading: [...lane.upgrading],
    };
  });
}

/** States are JSON whose depths nobody checks: what makes a score throw is damage. */
export function orDamaged<Result>({ lane }: LaneState, compute: () => Result): Result {
  try {
    return compute();
  } catch (error) {
    if (error instanceof QueryError) throw error;
    throw stateDamaged(`a customer in lane ${lane}`, error);
  }
}

function describeProfileAt({ profile }: Customer, lane: LaneState, at: TimeMs): CustomerNow['profile'] {
  if (profile === null) return null;
  return { ...describeProfile(profile, at), place: facetPlaceOf(serviceIn(lane, 'profile'), at) };
}

function describeScore(customer: Customer, name: ScoreName, at: TimeMs, lane: LaneState): ScoreNow | null {
  const facet = customer.scores.get(name);
  // One that is folded and still off has nothing to say.
  if (facet === undefined || !isOn(name, serviceIn(lane, name).rules.policy)) return null;
  const due = nextViewAt(customer, name, at, lane);
  return {
    view: viewAt(customer, name, at, lane),
    exact: storedScore(name).exact(facet.state, at, parametersIn(lane, name)),
    next: due === null ? null : { at: due, view: viewAt(customer, name, due, lane) },
    place: facetPlaceOf(serviceIn(lane, name), at),
  };
}

function describeTier(customer: Customer, lane: LaneState, at: TimeMs): TierNow | null {
  let { tier } = customer;
  if (tier === null) return null;
  let next: TierNow['next'] = null;
  for (const step of letTimePass(customer, lane)) {
    if (step.at <= at) tier = step.tier;
    else if (step.change !== null) {
      next = { at: step.at, tier: step.change.to };
      break;
    }
  }
  const service = serviceIn(lane, 'tier');
  const reasons = reasonsFor(tier.views, service.rules.policy.tiers);
  const words = wordsOf(tier.tier, service.rules.policy.tiers);
  return { ...tier, belowSince: tier.belowSince ?? null, reasons, next, ...words, place: facetPlaceOf(service, at) };
}

function wordsOf(tier: string, { tiers }: TierPolicy): TierWordsNow {
  const { label = {}, benefits = [], strategy = null } = tiers.find(({ name }) => name === tier) ?? {};
  return { labels: label, benefits, strategy };
}

function describePolicy({ services }: LaneState): PolicyNow | null {
  const rules = services.get('tier')?.rules;
  if (rules == null) return null;
  const { name, review = null, utcOffsetMinutes } = rules.policy;
  const utcOffset = utcOffsetMinutes === undefined ? null : formatUtcOffset(utcOffsetMinutes);
  return { number: rules.policyNumber, name, review, utcOffset };
}
