/** A customer's tiers over time by brute force, from the histories of their views: the tier policy read off as it is written. */
import { DAY_MS, type Policy, type TierPolicy, type TimeMs, type View } from '@tidemark/domain';
import { type TierInput, tierHistory } from '../../packages/domain/src/tiers/batch.ts';
import type { SourceRow } from './source-rows.ts';
import type { ViewHistories } from './view-histories.ts';

/** A change of tier, without what only the log knows (offsets, numbers of the lane). */
export interface ExpectedChange {
  /** The customer's changes, from 1. */
  readonly change: number;
  readonly at: TimeMs;
  readonly from: string | null;
  readonly to: string;
  readonly direction: string;
  readonly points: number;
  readonly reasons: readonly { readonly view: string; readonly value: string; readonly points: number }[];
  /** No event had a part in it. */
  readonly bySilence: boolean;
  /** Of the event that caused it; null: silence did. */
  readonly eventId: string | null;
  /** The scores whose views changed with it, by name; empty: only a fall came due. */
  readonly scores: readonly string[];
}

/** A moment at which views change: all that one event changes, or all that silence changes in one millisecond. */
interface Decision {
  readonly at: TimeMs;
  readonly row: number | null;
  /** Whether a fall that comes due in the same millisecond is decided together with it, not before it. */
  readonly joinsFalls: boolean;
  readonly scores: readonly string[];
  /** All views from here on. */
  readonly views: ReadonlyMap<string, View | null>;
  readonly points: number;
}

export function tierChangesOf(
  rows: readonly SourceRow[],
  histories: ViewHistories,
  policy: Policy,
  until: TimeMs,
): readonly ExpectedChange[] {
  const decisions = decisionsOf(rows, histories, policy.tiers);
  const changes: ExpectedChange[] = [];
  let tier: { readonly rank: number; readonly since: TimeMs; readonly index: number } | null = null;
  for (;;) {
    const next: Move | null =
      tier === null
        ? firstTier(decisions, policy.tiers)
        : nextMove(tier.rank, tier.since, tier.index, decisions, policy.tiers, until);
    if (next === null) return changes;
    changes.push(describe(next, tier?.rank ?? null, changes.length + 1, decisions, rows, policy.tiers));
    tier = { rank: next.rank, since: next.at, index: next.index };
  }
}

/** The same by the domain's `tierHistory`, whose cost grows fast with the span: up to `until` only. */
export function tierStepsByDomain(
  rows: readonly SourceRow[],
  histories: ViewHistories,
  policy: Policy,
  until: TimeMs,
): ReturnType<typeof tierHistory> {
  const decisions = decisionsOf(rows, histories, policy.tiers).filter(({ at }) => at <= until);
  const inputs: TierInput[] = [];
  for (const { at, joinsFalls, scores, views } of decisions) {
    const isFirst = inputs.length === 0;
    // What comes before the event in its millisecond, such as the tick at midnight: only falls are decided there.
    if (!joinsFalls && !isFirst) inputs.push({ at, changed: [], policy: null });
    const changed = scores.map((score) => ({ score, view: views.get(score) ?? null }));
    inputs.push({ at, changed, policy: isFirst ? policy.tiers : null });
  }
  return inputs.length === 0 ? [] : tierHistory(inputs, until);
}

function decisionsOf(rows: readonly SourceRow[], histories: ViewHistories, policy: TierPolicy): readonly Decision[] {
  const changes = [...histories].flatMap(([score, history]) =>
    history.map(({ at, row, view }) => ({
      at,
      row: row ?? rowThatSilenceJoins(rows, at),
      score,
      view,
      isSilence: row === null,
    })),
  );
  // Within one decision an event's change comes after a silence's.
  changes.sort((a, b) => a.at - b.at || (a.row ?? -1) - (b.row ?? -1) || Number(b.isSilence) - Number(a.isSilence));
  const decisions: Decision[] = [];
  let views: ReadonlyMap<string, View | null> = new Map();
  for (let i = 0; i < changes.length; ) {
    const { at, row } = changes[i] as (typeof changes)[number];
    const scores = new Set<string>();
    const after = new Map(views);
    for (; changes[i]?.at === at && changes[i]?.row === row; i++) {
      const { score, view } = changes[i] as (typeof changes)[number];
      scores.add(score);
      after.set(score, view);
    }
    views = after;
    const joinsFalls = row === null || rows[row]?.isFirstOfItsMs === true;
    decisions.push({ at, row, joinsFalls, scores: [...scores].sort(), views, points: pointsOf(views, policy) });
  }
  return decisions;
}

function rowThatSilenceJoins(rows: readonly SourceRow[], at: TimeMs): number | null {
  const row = rows.findIndex((candidate) => candidate.at === at);
  return rows[row]?.isFirstOfItsMs === true ? row : null;
}

interface Move {
  readonly rank: number;
  readonly at: TimeMs;
  /** The decision whose views were in force. */
  readonly index: number;
  /** Whether that decision, and not only time, made the move. */
  readonly isDecision: boolean;
}

function firstTier(decisions: readonly Decision[], policy: TierPolicy): Move | null {
  const [first] = decisions;
  if (first === undefined) return null;
  const rank = Math.max(
    0,
    policy.tiers.findLastIndex((rule, i) => i > 0 && first.points >= rule.enter),
  );
  return { rank, at: first.at, index: 0, isDecision: true };
}

/** The first move out of the tier `rank`, in force since `since` and the decision `index`. */
function nextMove(
  rank: number,
  since: TimeMs,
  index: number,
  decisions: readonly Decision[],
  policy: TierPolicy,
  until: TimeMs,
): Move | null {
  const leave = rank === 0 ? Number.NEGATIVE_INFINITY : (policy.tiers[rank]?.leave ?? 0);
  const stayedAt = since + policy.minimumStayDays * DAY_MS;
  let belowSince: number | null = null;
  for (let i = index; ; i++) {
    const decision = decisions[i] as Decision;
    const next = decisions[i + 1];
    if (i > index) {
      const risen = policy.tiers.findLastIndex((rule) => decision.points >= rule.enter);
      if (risen > rank) return { rank: risen, at: decision.at, index: i, isDecision: true };
    }
    belowSince = decision.points < leave ? (belowSince ?? decision.at) : null;
    if (belowSince !== null) {
      const due = Math.max(stayedAt, belowSince + policy.graceDays * DAY_MS);
      const isBeforeNext = next === undefined || due < next.at || (due === next.at && !next.joinsFalls);
      const fallen = { rank: fallTo(decision.points, rank, policy), index: i };
      if (i > index && due <= decision.at) return { ...fallen, at: decision.at, isDecision: true };
      if (due <= until && isBeforeNext) return { ...fallen, at: due as TimeMs, isDecision: false };
    }
    if (next === undefined) return null;
  }
}

function fallTo(points: number, rank: number, policy: TierPolicy): number {
  return Math.max(
    0,
    policy.tiers.findLastIndex((rule, i) => i > 0 && i < rank && points >= rule.leave),
  );
}

function describe(
  { rank, at, index, isDecision }: Move,
  before: number | null,
  change: number,
  decisions: readonly Decision[],
  rows: readonly SourceRow[],
  policy: TierPolicy,
): ExpectedChange {
  const { row, scores, views, points } = decisions[index] as Decision;
  const nameOf = (of: number) => policy.tiers[of]?.name ?? '';
  const causedBy = isDecision && row !== null ? (rows[row]?.event.data.eventId ?? null) : null;
  return {
    change,
    at,
    from: before === null ? null : nameOf(before),
    to: nameOf(rank),
    direction: before === null ? 'enter' : rank > before ? 'up' : 'down',
    points,
    reasons: reasonsOf(views, policy),
    bySilence: causedBy === null,
    eventId: causedBy,
    scores: isDecision ? scores : [],
  };
}

function reasonsOf(views: ReadonlyMap<string, View | null>, policy: TierPolicy): ExpectedChange['reasons'] {
  return Object.keys(policy.points)
    .sort()
    .flatMap((name) => {
      const [score = '', attribute = ''] = name.split('.');
      const value = views.get(score)?.[attribute];
      const points = value === undefined ? 0 : (policy.points[name]?.[value] ?? 0);
      return points === 0 ? [] : [{ view: name, value: String(value), points }];
    });
}

/** To six decimals, as the policy's documentation says. */
function pointsOf(views: ReadonlyMap<string, View | null>, policy: TierPolicy): number {
  const micros = reasonsOf(views, policy).map(({ points }) => Math.round(points * 1e6));
  return micros.reduce((sum, one) => sum + one, 0) / 1e6;
}
