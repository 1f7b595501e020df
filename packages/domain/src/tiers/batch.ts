/**
 * The tier policy by brute force, to test the fold against: every moment at which a tier could possibly change is looked
 * at, and what to do there is read off the whole history so far. It keeps no pending fall and no timer.
 */

import type { View } from '../facets/score.ts';
import type { TierPolicy } from '../policy.ts';
import { DAY_MS, type TimeMs } from '../time.ts';
import type { ChangedView } from './decide.ts';

/** What one decision is about: views that are new, a policy that takes effect, or both. */
export interface TierInput {
  readonly at: TimeMs;
  readonly changed: readonly ChangedView[];
  readonly policy: TierPolicy | null;
}

/** A customer is in `tier` from `at` on. */
export interface TierStep {
  readonly at: TimeMs;
  readonly tier: string;
  readonly points: number;
}

interface Moment {
  readonly at: TimeMs;
  readonly views: ReadonlyMap<string, View | null>;
  readonly policy: TierPolicy;
}

interface Past extends Moment {
  /** The tier after this moment's decision. */
  readonly tier: string;
}

/** The changes of tier up to `until`, given the inputs in order of time; the first input brings a policy. */
export function tierHistory(inputs: readonly TierInput[], until: TimeMs): TierStep[] {
  const steps: TierStep[] = [];
  const past: Past[] = [];
  for (const moment of momentsOf(inputs, until)) {
    const before = past.at(-1)?.tier ?? null;
    const tier = tierAt(moment, past);
    past.push({ ...moment, tier });
    if (tier !== before) steps.push({ at: moment.at, tier, points: pointsOf(moment) });
  }
  return steps;
}

/** All inputs, and between them every time that is some graces and minimum stays after one. */
function momentsOf(inputs: readonly TierInput[], until: TimeMs): Moment[] {
  const policies = inputs.flatMap((input) => (input.policy === null ? [] : [input.policy]));
  const waits = new Set(policies.flatMap((policy) => [policy.graceDays * DAY_MS, policy.minimumStayDays * DAY_MS]));
  const times = new Set(inputs.map((input) => input.at));
  for (const time of times) {
    for (const wait of waits) if (time + wait <= until) times.add((time + wait) as TimeMs);
  }
  const moments: Moment[] = [];
  let views = new Map<string, View | null>();
  let policy = policies[0];
  if (policy === undefined) throw new Error('expected a policy in the first input, found none');
  for (const at of [...times].sort((a, b) => a - b)) {
    const due = inputs.filter((input) => input.at === at);
    if (due.length === 0) moments.push({ at, views, policy });
    for (const input of due) {
      views = new Map(views);
      for (const { score, view } of input.changed) views.set(score, view);
      policy = input.policy ?? policy;
      moments.push({ at, views, policy });
    }
  }
  return moments;
}

function tierAt(moment: Moment, past: readonly Past[]): string {
  const { tiers, minimumStayDays, graceDays } = moment.policy;
  const points = pointsOf(moment);
  const names = tiers.map((rule) => rule.name);
  const allowed = (threshold: 'enter' | 'leave', from: number, to: number) =>
    names.filter((_, i) => i >= from && i < to && (i === 0 || points >= (tiers[i]?.[threshold] ?? 0))).at(-1);

  const current = past.at(-1)?.tier;
  const rank = current === undefined ? -1 : names.indexOf(current);
  const higher = allowed('enter', rank + 1, names.length);
  if (higher !== undefined) return higher;
  if (current === undefined || rank <= 0 || points >= leaveOf(current, moment)) return current ?? '';

  const stay = past.slice(past.findLastIndex((one) => one.tier !== current) + 1);
  const cameIn = stay[0];
  const stayedLongEnough = cameIn !== undefined && moment.at - cameIn.at >= minimumStayDays * DAY_MS;
  const run = [...stay, moment];
  const wasBelowLongEnough = run.some(
    (start, i) =>
      moment.at - start.at >= graceDays * DAY_MS && run.slice(i).every((one) => pointsOf(one) < leaveOf(current, one)),
  );
  return stayedLongEnough && wasBelowLongEnough ? (allowed('leave', 0, rank) ?? current) : current;
}

function leaveOf(tier: string, moment: Moment): number {
  const rule = moment.policy.tiers.find((one) => one.name === tier);
  return rule === undefined || rule === moment.policy.tiers[0] ? Number.NEGATIVE_INFINITY : rule.leave;
}

function pointsOf({ views, policy }: Moment): number {
  let micros = 0;
  for (const [score, view] of views) {
    for (const [attribute, value] of Object.entries(view ?? {})) {
      micros += Math.round((policy.points[`${score}.${attribute}`]?.[value] ?? 0) * 1e6);
    }
  }
  return micros / 1e6;
}
