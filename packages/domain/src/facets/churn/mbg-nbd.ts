/**
 * The churn model: MBG/NBD, the modified beta-geometric / negative binomial model of repeat buying (Batislam et al.
 * 2007; Hoppe and Wagner 2007). A customer buys at their own steady rate until, after any purchase, they may leave for good.
 * Formulas: reference README, "Churn and value".
 *
 * Only +, -, *, /, exp, expm1, log and log1p are used: V8 computes them in software, the same on every processor, where
 * `**` has changed between its versions.
 */

import { DAY_MS, type TimeMs, WEEK_MS } from '../../time.ts';
import { firstReached } from '../first-reached.ts';
import type { ChurnParameters } from './policy.ts';

/** The model with its horizon: churn is "no order in the next `horizonWeeks`". */
export interface ChurnModel extends ChurnParameters {
  readonly horizonWeeks: number;
}

/** What the model needs of a customer. An occasion's time is its first order's. */
export interface Occasions {
  readonly firstAt: TimeMs;
  readonly lastAt: TimeMs;
  /** Occasions after the first: x. 0 exactly when `lastAt` is `firstAt`. */
  readonly repeats: number;
}

/** A century after the first occasion the risk stands still, so that no crossing is later. */
const CENTURY_MS = 36_525 * DAY_MS;

/** A Newton step below this (relative, in alpha + T) leaves an error near its square: far below a millisecond. */
const RELATIVE_STEP_MIN = 1e-7;

/** Newton needs 3 to 6 steps; the bound only keeps a wrong parameter from looping. The answer is exact all the same. */
const NEWTON_STEPS_MAX = 40;

/** P(the customer has not left for good) at `at`, in (0, 1]. Before `lastAt` it is that of `lastAt`. */
export function probabilityAlive(model: ChurnParameters, occasions: Occasions, at: TimeMs): number {
  const { r, alpha, a, b } = model;
  const { firstAt, lastAt, repeats } = occasions;
  const silenceWeeks = Math.max(0, at - lastAt) / WEEK_MS;
  const activeWeeks = (lastAt - firstAt) / WEEK_MS;
  const growth = Math.exp((r + repeats) * Math.log1p(silenceWeeks / (alpha + activeWeeks)));
  return 1 / (1 + (a / (b + repeats)) * growth);
}

/**
 * The churn risk that is published: P(no order in the horizon after `at`), in [0, 1]. Up to rounding (1e-15) it never
 * falls while `at` grows and no order comes. Within 1e-12 of 50-digit arithmetic. Before `lastAt` it is that of `lastAt`,
 * and later than a century after `firstAt` that of the century, or of `lastAt` where that is later.
 */
export function churnRisk(model: ChurnModel, occasions: Occasions, at: TimeMs): number {
  const { r, alpha, horizonWeeks } = model;
  const { firstAt, lastAt, repeats } = occasions;
  const until = Math.max(lastAt, Math.min(at, firstAt + CENTURY_MS)) as TimeMs;
  const observedWeeks = (until - firstAt) / WEEK_MS;
  const orderedIfAlive = -Math.expm1(-(r + repeats) * Math.log1p(horizonWeeks / (alpha + observedWeeks)));
  return 1 - probabilityAlive(model, occasions, until) * orderedIfAlive;
}

/**
 * The smallest millisecond, not before `lastAt`, at which `churnRisk` is at or above `level` if no order comes;
 * `lastAt` where it is so from the start; null beyond a century after `firstAt`. `level` is in (0, 1).
 *
 * Exact: `churnRisk` reaches the level there and not one millisecond earlier. (Rounding would blur the millisecond only
 * where the risk gains less than 1e-15 in one, which needs a level above 0.999 and decades of silence.)
 */
export function riskReachesAt(model: ChurnModel, occasions: Occasions, level: number): TimeMs | null {
  const { firstAt, lastAt } = occasions;
  if (churnRisk(model, occasions, lastAt) >= level) return lastAt;
  const latest = (firstAt + CENTURY_MS) as TimeMs;
  if (lastAt >= latest || churnRisk(model, occasions, latest) < level) return null;
  const estimate = firstAt + estimateCrossingWeeks(model, occasions, level) * WEEK_MS;
  const start = Math.min(Math.max(Math.ceil(estimate), lastAt + 1), latest);
  return firstReached(start, lastAt, latest, (at) => churnRisk(model, occasions, at as TimeMs) >= level) as TimeMs;
}

/**
 * T, in weeks, at which the risk is `level`, by Newton's method on log P(an order in the horizon) as a function of
 * log(alpha + T). That function falls and is concave (minus a softplus, plus the log of a generalised logistic's
 * survival function), so from any point right of the root the steps go left and never pass it. Each of the two factors
 * alone gives such a point in closed form; the nearer is the start.
 */
function estimateCrossingWeeks(model: ChurnModel, occasions: Occasions, level: number): number {
  const { r, alpha, a, b, horizonWeeks } = model;
  const { firstAt, lastAt, repeats } = occasions;
  const shape = r + repeats;
  const oddsGoneAtLast = a / (b + repeats);
  const scaleAtLast = alpha + (lastAt - firstAt) / WEEK_MS;
  const scaleMax = alpha + CENTURY_MS / WEEK_MS;
  const ordersBelow = 1 - level;

  const byLeaving = scaleAtLast * Math.exp(Math.log(level / (ordersBelow * oddsGoneAtLast)) / shape);
  const bySlowness = horizonWeeks / Math.expm1(-Math.log(level) / shape);
  let scale = Math.max(Math.min(byLeaving, bySlowness, scaleMax), scaleAtLast);
  for (let i = 0; i < NEWTON_STEPS_MAX; i++) {
    const oddsGone = oddsGoneAtLast * Math.exp(shape * Math.log(scale / scaleAtLast));
    const orderedIfAlive = -Math.expm1(-shape * Math.log1p(horizonWeeks / scale));
    const excess = Math.log(orderedIfAlive / ((1 + oddsGone) * ordersBelow));
    const slope =
      shape *
      (oddsGone / (1 + oddsGone) + ((1 - orderedIfAlive) / orderedIfAlive) * (horizonWeeks / (scale + horizonWeeks)));
    const step = excess / slope;
    scale = Math.min(Math.max(scale * Math.exp(step), scaleAtLast), scaleMax);
    if (Math.abs(step) < RELATIVE_STEP_MIN) break;
  }
  return scale - alpha;
}
