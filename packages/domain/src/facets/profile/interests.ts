import { DAY_MS, type TimeMs } from '../../time.ts';

/**
 * The scores as they stood, or will stand, at the newest interaction with a category; ascending by category, each above
 * 0, with 6 digits after the point.
 */
export type Interests = readonly [at: TimeMs, scores: readonly Interest[]];

export type Interest = readonly [category: string, score: number];

/** What a customer looked at a month ago counts half: long enough for a considered purchase, short enough to turn. */
const INTEREST_HALF_LIFE_MS = 30 * DAY_MS;

/** More categories than a person reads or a campaign aims at; bounds the state. */
const INTERESTS_MAX = 20;

export const noInterests: Interests = [0 as TimeMs, []];

/**
 * The interests after an interaction with a category: it adds 2^(-age / half-life) to the category's score. Scores are
 * then rounded to millionths, which keeps the state short and lets go of what nobody looked at for two years. Up to
 * `INTERESTS_MAX` categories they are true, in any order of arrival, to half a millionth an event.
 *
 * Past that, the weakest category gives way to the one that is new (of two as weak, the later by name), unless the new
 * one comes late and is weaker still. What had to give way comes back from 0, so order matters there, and a score can
 * be below the true one; above it by rounding alone.
 */
export function addInterest([heldAt, held]: Interests, category: string, occurredAt: TimeMs): Interests {
  const at = occurredAt > heldAt ? occurredAt : heldAt;
  const share = remaining(at - heldAt);
  const added = remaining(at - occurredAt);
  const scores: Interest[] = [];
  let isNew = true;
  for (const [each, score] of held) {
    if (each === category) isNew = false;
    const left = rounded(score * share + (each === category ? added : 0));
    if (left > 0) scores.push([each, left]);
  }
  if (isNew && rounded(added) > 0) insert(scores, [category, rounded(added)]);
  if (scores.length > INTERESTS_MAX) scores.splice(indexOfWeakest(scores, category), 1);
  return [at, scores];
}

/** The categories with their scores at `at`, the strongest first, equal ones by name. */
export function interestsAt([heldAt, scores]: Interests, at: TimeMs): readonly Interest[] {
  const share = remaining(Math.max(0, at - heldAt));
  return scores
    .map(([category, score]): Interest => [category, score * share])
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function insert(scores: Interest[], interest: Interest): void {
  const index = scores.findIndex(([held]) => held > interest[0]);
  scores.splice(index === -1 ? scores.length : index, 0, interest);
}

/** A new category that is not late has score 1 and stays, however strong the others are. */
function indexOfWeakest(scores: readonly Interest[], newCategory: string): number {
  let [weakest, lowest] = [0, Number.POSITIVE_INFINITY];
  for (const [index, [category, score]] of scores.entries()) {
    if (score > lowest || (category === newCategory && score === 1)) continue;
    [weakest, lowest] = [index, score];
  }
  return weakest;
}

/** The part of a count that is left at an age, from 1 down to 0. */
function remaining(ageMs: number): number {
  return Math.exp((-ageMs * Math.LN2) / INTEREST_HALF_LIFE_MS);
}

/** To millionths, a unit that no person tells apart. */
function rounded(score: number): number {
  return Math.round(score * 1e6) / 1e6;
}
