/**
 * The tier policy as a fold over a customer's views: points for what the scores say, tiers by points, a quick rise, and a
 * fall only after grace and minimum stay. Pure: views and times in, tier out.
 */

import type { View } from '../facets/score.ts';
import type { TierPolicy, TierRule } from '../policy.ts';
import { DAY_MS, type TimeMs } from '../time.ts';

/** A customer's tier and what it depends on. Plain JSON, fixed order of properties. */
export interface TierState {
  /** The newest view by score, names ascending; null where a score has nothing to say. */
  readonly views: Readonly<Record<string, View | null>>;
  readonly tier: string;
  /** Points of `views` under the policy of the last decision. */
  readonly points: number;
  /** When the customer came into `tier`. */
  readonly since: TimeMs;
  /** How many changes the customer has had: the number of the last one. */
  readonly changes: number;
  /** Since when points have been below the tier's `leave` without a break; absent while they are not. */
  readonly belowSince?: TimeMs;
}

/** A score's view that is new. */
export interface ChangedView {
  readonly score: string;
  readonly view: View | null;
}

/** One contribution to the points: this value of this view's attribute is worth so much. */
export interface TierReason {
  /** `<score>.<attribute>` */
  readonly view: string;
  readonly value: string | number;
  readonly points: number;
}

export type TierDirection = 'enter' | 'up' | 'down';

/** A change of tier. */
export interface TierDecision {
  /** The customer's changes, dense, from 1. */
  readonly number: number;
  /** null at the first decision. */
  readonly from: string | null;
  readonly to: string;
  readonly direction: TierDirection;
  readonly points: number;
  /** What gives (or takes) points, sorted by `view`. They add up to `points`. */
  readonly reasons: readonly TierReason[];
}

/** Points count to six decimal places, so that 0.7 + 0.1 reaches a threshold of 0.8 (in binary it does not). */
const POINT_FRACTIONS = 1e6;

/**
 * The state after `changed` views at `at`, and the change of tier if there is one.
 *
 * - First decision (`state` null): the highest tier that the points earn, the base tier if none; direction `enter`.
 * - Rise: at once, to the highest tier above whose `enter` the points reach.
 * - Fall: once points have been below `leave` for `graceDays` without a break and the customer has been in the tier for
 *   `minimumStayDays`, to the highest tier below whose `leave` the points reach, the base if none.
 * - A policy in force that no longer has the customer's tier (removed or renamed): they go at once to what their points
 *   earn, as from the base; direction `down` if that is the base, `up` otherwise.
 *
 * Also to be called with no changed views at every `tierNextDueAt`, before anything later, and when a policy takes
 * effect. `at` never goes back.
 */
export function decideTier(
  state: TierState | null,
  changed: readonly ChangedView[],
  at: TimeMs,
  policy: TierPolicy,
): { readonly state: TierState; readonly change: TierDecision | null } {
  const views = withChanged(state?.views ?? {}, changed);
  const points = pointsOf(views, policy);
  const belowSince = state === null || !isBelowLeave(state.tier, points, policy) ? null : (state.belowSince ?? at);
  const from = state?.tier ?? null;
  const to = nextTier(state, points, belowSince, at, policy);
  if (state !== null && from === to) {
    const { since, changes } = state;
    const stayed = { views, tier: to, points, since, changes };
    return { state: belowSince === null ? stayed : { ...stayed, belowSince }, change: null };
  }
  const changes = (state?.changes ?? 0) + 1;
  return {
    state: { views, tier: to, points, since: at, changes },
    change: {
      number: changes,
      from,
      to,
      direction: directionOf(from, to, policy),
      points,
      reasons: reasonsFor(views, policy),
    },
  };
}

/** What was told of a customer's tier last. */
export interface ToldTier {
  readonly tier: string;
  /** The number of that change among the customer's own. */
  readonly changes: number;
  readonly at: TimeMs;
}

/**
 * Where one version of the policy's fold takes over from another: what it sees goes on from what was told last. Whoever
 * sees another tier gets a change; changes are numbered on, and the minimum stay runs from what was told last, too.
 */
export function takeOverTier(
  state: TierState | null,
  told: ToldTier | null,
  at: TimeMs,
  policy: TierPolicy,
): { readonly state: TierState; readonly change: TierDecision | null } {
  const own = state ?? decideTier(null, [], at, policy).state;
  if (told?.tier === own.tier) return { state: { ...own, since: told.at, changes: told.changes }, change: null };
  const { tier: to, points, views } = own;
  const from = told?.tier ?? null;
  const number = (told?.changes ?? 0) + 1;
  return {
    state: { ...own, since: at, changes: number },
    change: {
      number,
      from,
      to,
      direction: directionOf(from, to, policy),
      points,
      reasons: reasonsFor(views, policy),
    },
  };
}

/** The moment, after `at`, when the customer's tier falls if no view changes; null if none is pending. */
export function tierNextDueAt(state: TierState, at: TimeMs, policy: TierPolicy): TimeMs | null {
  if (state.belowSince === undefined) return null;
  return Math.max(fallDueAt(state.since, state.belowSince, policy), at + 1) as TimeMs;
}

/** Points of the views, contribution by contribution: only what is not 0, sorted by view. */
export function reasonsFor(views: TierState['views'], policy: TierPolicy): readonly TierReason[] {
  const reasons: TierReason[] = [];
  for (const score in views) {
    const view = views[score] ?? {};
    for (const attribute in view) {
      const value = view[attribute] ?? '';
      const points = pointsFor(score, attribute, value, policy);
      if (points !== 0) reasons.push({ view: `${score}.${attribute}`, value, points });
    }
  }
  return reasons.sort((a, b) => compareNames(a.view, b.view));
}

/** The sum of the reasons' points, without making them: this runs for every change of a view. Never -0. */
function pointsOf(views: TierState['views'], policy: TierPolicy): number {
  let sum = 0;
  for (const score in views) {
    const view = views[score] ?? {};
    for (const attribute in view) sum += pointsFor(score, attribute, view[attribute] ?? '', policy);
  }
  return Math.round(sum * POINT_FRACTIONS) / POINT_FRACTIONS + 0;
}

function pointsFor(score: string, attribute: string, value: string | number, policy: TierPolicy): number {
  const worth = own(policy.points, `${score}.${attribute}`);
  return worth === undefined ? 0 : (own(worth, String(value)) ?? 0);
}

function nextTier(
  state: TierState | null,
  points: number,
  belowSince: TimeMs | null,
  at: TimeMs,
  policy: TierPolicy,
): string {
  const current = state === null ? -1 : indexOfTier(state.tier, policy);
  const risen = highestTier(policy, policy.tiers.length, (rule, index) => index <= current || rule.enter <= points);
  if (state === null || risen !== state.tier) return risen;
  if (belowSince === null || at < fallDueAt(state.since, belowSince, policy)) return state.tier;
  return highestTier(policy, current, (rule) => rule.leave <= points);
}

/** The highest of the first `count` tiers that qualifies; the base tier always does. */
function highestTier(policy: TierPolicy, count: number, qualifies: (rule: TierRule, index: number) => boolean): string {
  const index = policy.tiers.findLastIndex((rule, i) => i < count && (i === 0 || qualifies(rule, i)));
  const rule = policy.tiers[index];
  if (rule === undefined) throw new Error('expected a tier policy with at least one tier, found none');
  return rule.name;
}

/** The base tier has no threshold; a tier that the policy does not have has none either. */
function isBelowLeave(tier: string, points: number, policy: TierPolicy): boolean {
  const index = indexOfTier(tier, policy);
  const rule = policy.tiers[index];
  return index > 0 && rule !== undefined && points < rule.leave;
}

function fallDueAt(since: TimeMs, belowSince: TimeMs, policy: TierPolicy): TimeMs {
  const due = Math.max(since + policy.minimumStayDays * DAY_MS, belowSince + policy.graceDays * DAY_MS);
  return Math.ceil(due) as TimeMs;
}

function directionOf(from: string | null, to: string, policy: TierPolicy): TierDirection {
  if (from === null) return 'enter';
  const unknownIsBase = Math.max(0, indexOfTier(from, policy));
  return indexOfTier(to, policy) > unknownIsBase ? 'up' : 'down';
}

function indexOfTier(tier: string, policy: TierPolicy): number {
  return policy.tiers.findIndex((rule) => rule.name === tier);
}

function withChanged(views: TierState['views'], changed: readonly ChangedView[]): TierState['views'] {
  if (changed.length === 0) return views;
  if (changed.every(({ score }) => Object.hasOwn(views, score))) {
    const next = { ...views };
    for (const { score, view } of changed) next[score] = view;
    return next;
  }
  const entries = new Map(Object.entries(views));
  for (const { score, view } of changed) entries.set(score, view);
  return Object.fromEntries([...entries].sort(([a], [b]) => compareNames(a, b)));
}

/** Names of scores and attributes are code, in ASCII: plain order will do. */
function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A property of the record itself, never one that every object inherits. */
function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
