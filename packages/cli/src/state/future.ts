import {
  type ChangedView,
  decideTier,
  type TierDecision,
  type TierState,
  type TimeMs,
  tierNextDueAt,
  type View,
} from '@tidemark/domain';
import { type ScoreName, scoreNames } from '@tidemark/pipeline';
import type { Customer } from './customer.ts';
import { type LaneRules, storedScore } from './lane-state.ts';

/** One moment at which something changes because nothing happened. */
export interface FutureStep {
  readonly at: TimeMs;
  readonly tier: TierState;
  readonly change: TierDecision | null;
}

/**
 * What happens to a customer after `from` if no event comes, step by step: views that decay, and the tier that follows
 * them. The same functions as the services run, so this is what they will do.
 */
export function* letTimePass(customer: Customer, from: TimeMs, rules: LaneRules): Generator<FutureStep> {
  const policy = rules.policy.tiers;
  const dues = new Map(scoreNames.map((name) => [name, nextViewAt(customer, name, from, rules)]));
  let { tier } = customer;
  let at = from;
  while (tier !== null) {
    const next = earliest([...dues.values(), tierNextDueAt(tier, at, policy)]);
    if (next === null) return;
    at = next;
    const changed: ChangedView[] = [];
    for (const [name, due] of dues) {
      if (due !== at) continue;
      changed.push({ score: name, view: viewAt(customer, name, at, rules) });
      dues.set(name, nextViewAt(customer, name, at, rules));
    }
    const { state, change } = decideTier(tier, changed, at, policy);
    tier = state;
    yield { at, tier, change };
  }
}

/** The score's view at a time not before stream time; null where there is nothing to say. */
export function viewAt({ scores }: Customer, name: ScoreName, at: TimeMs, rules: LaneRules): View | null {
  const facet = scores.get(name);
  return facet === undefined ? null : storedScore(name).view(facet.state, at, rules.parameters[name]);
}

/** When the score's view changes next if no event comes; null if never. */
export function nextViewAt({ scores }: Customer, name: ScoreName, at: TimeMs, rules: LaneRules): TimeMs | null {
  const facet = scores.get(name);
  return facet === undefined ? null : storedScore(name).nextDueAt(facet.state, at, rules.parameters[name]);
}

export function exactAt(
  { scores }: Customer,
  name: ScoreName,
  at: TimeMs,
  rules: LaneRules,
): Readonly<Record<string, number | null>> | null {
  const facet = scores.get(name);
  return facet === undefined ? null : storedScore(name).exact(facet.state, at, rules.parameters[name]);
}

function earliest(times: readonly (TimeMs | null)[]): TimeMs | null {
  let least: TimeMs | null = null;
  for (const time of times) if (time !== null && (least === null || time < least)) least = time;
  return least;
}
