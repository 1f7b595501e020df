import {
  type ChangedView,
  decideTier,
  type ScoreName,
  scoreNames,
  type TierDecision,
  type TierState,
  type TimeMs,
  tierNextDueAt,
  type View,
} from '@tidemark/domain';
import { viewsEqual } from '@tidemark/stream';
import type { Customer } from './customer.ts';
import { storedScore } from './lane-rules.ts';
import { type LaneState, serviceIn } from './lane-state.ts';
import { stateDamaged } from './parse-stored.ts';

/** One moment at which something changes because nothing happened. */
export interface FutureStep {
  readonly at: TimeMs;
  /** The views that change then; `from` as tier knew it. */
  readonly views: readonly { readonly score: ScoreName; readonly from: View | null; readonly to: View | null }[];
  readonly tier: TierState;
  readonly change: TierDecision | null;
}

/**
 * What happens to a customer after tier's stream time if no event comes, step by step: views that decay, and the tier
 * that follows them. The same functions as the services run, so this is what they will do.
 *
 * A score may be ahead of tier, for a moment. What it says that tier has not heard yet is a step at the score's stream
 * time: a little late, since its true moment is in the log alone. A score behind tier (it is being rebuilt) says nothing
 * about the time that tier has seen.
 */
export function* letTimePass(customer: Customer, lane: LaneState): Generator<FutureStep> {
  if (customer.tier === null) return;
  const { streamTime, rules } = serviceIn(lane, 'tier');
  let tier = customer.tier;
  let at = streamTime;
  const dues = new Map(scoreNames.map((name) => [name, firstDueAt(customer, tier, name, lane)]));
  for (let steps = 0; ; steps++) {
    const next = earliest([...dues.values(), tierNextDueAt(tier, at, rules.policy.tiers)]);
    if (next === null) return;
    if (steps === STEPS_MAX) throw stateDamaged(`a customer in lane ${lane.lane}, which does not come to rest`);
    at = next;
    const changed: ChangedView[] = [];
    const views: FutureStep['views'][number][] = [];
    for (const [score, due] of dues) {
      if (due !== at) continue;
      const view = viewAt(customer, score, at, lane);
      changed.push({ score, view });
      views.push({ score, from: tier.views[score] ?? null, to: view });
      dues.set(score, nextViewAt(customer, score, at, lane));
    }
    const { state, change } = decideTier(tier, changed, at, rules.policy.tiers);
    tier = state;
    yield { at, views, tier, change };
  }
}

/** Each attribute of a view moves one way in silence, by few steps. More are a sign of damage. */
const STEPS_MAX = 1_000;

function firstDueAt(customer: Customer, tier: TierState, name: ScoreName, lane: LaneState): TimeMs | null {
  if (!customer.scores.has(name)) return null;
  const [score, ofTier] = [serviceIn(lane, name), serviceIn(lane, 'tier')];
  const from = Math.max(score.streamTime, ofTier.streamTime) as TimeMs;
  const isAhead = score.timelineOffset >= ofTier.timelineOffset;
  const heard = tier.views[name] ?? null;
  if (isAhead && !viewsEqual(heard, viewAt(customer, name, from, lane))) return from;
  return nextViewAt(customer, name, from, lane);
}

/** The score's view at a time not before stream time; null where there is nothing to say. */
export function viewAt({ scores }: Customer, name: ScoreName, at: TimeMs, lane: LaneState): View | null {
  const facet = scores.get(name);
  return facet === undefined ? null : storedScore(name).view(facet.state, at, parametersIn(lane, name));
}

/** When the score's view changes next if no event comes; null if never. */
export function nextViewAt({ scores }: Customer, name: ScoreName, at: TimeMs, lane: LaneState): TimeMs | null {
  const facet = scores.get(name);
  return facet === undefined ? null : storedScore(name).nextDueAt(facet.state, at, parametersIn(lane, name));
}

/** What the score takes of the policy that it folds with. */
export function parametersIn(lane: LaneState, name: ScoreName): unknown {
  return serviceIn(lane, name).rules.parameters[name];
}

function earliest(times: readonly (TimeMs | null)[]): TimeMs | null {
  let least: TimeMs | null = null;
  for (const time of times) if (time !== null && (least === null || time < least)) least = time;
  return least;
}
