import type { OrderEvent } from '../../events.ts';
import { netOrders, ordersIn } from '../../orders/batch.ts';
import type { CommonPolicy } from '../../policy.ts';
import { type TimeMs, WEEK_MS } from '../../time.ts';
import type { Epoch } from '../facet.ts';
import type { ChurnParametersInForce, ChurnView } from './churn.ts';
import type { ChurnPolicy } from './policy.ts';

/** The view at `at` computed from a customer's whole history at once: the plain definition that the fold must equal. */
export function churnViewOf(
  events: readonly OrderEvent[],
  at: TimeMs,
  parameters: ChurnParametersInForce,
): ChurnView | null {
  const times = occasionTimesOf(events, parameters);
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return null;
  const { r, alpha, a, b, horizonWeeks } = parameters.model;
  const x = times.length - 1;
  const tx = (last - first) / WEEK_MS;
  const T = Math.max(tx, (at - first) / WEEK_MS);
  const alive = 1 / (1 + (a / (b + x)) * ((alpha + T) / (alpha + tx)) ** (r + x));
  const risk = 1 - alive * (1 - ((alpha + T) / (alpha + T + horizonWeeks)) ** (r + x));
  const isLate = (at - last) * x > parameters.overdueIntervals * (last - first);
  return {
    risk: risk >= parameters.highRisk ? 'high' : risk >= parameters.mediumRisk ? 'medium' : 'low',
    pace: x === 0 ? 'unknown' : isLate ? 'overdue' : 'on_time',
  };
}

/** The same by the rules in force at `at`. */
export function churnBatch(
  epochs: readonly Epoch<ChurnPolicy>[],
  at: TimeMs,
  parametersOf: (section: ChurnPolicy, common: CommonPolicy) => ChurnParametersInForce,
): ChurnView | null {
  const last = epochs.at(-1);
  return last === undefined ? null : churnViewOf(ordersIn(epochs), at, parametersOf(last.section, last.common));
}

/** The time of each occasion's first order, ascending. */
export function occasionTimesOf(
  events: readonly OrderEvent[],
  { ledger, occasionGapMs }: ChurnParametersInForce,
): readonly TimeMs[] {
  const times = netOrders(events, ledger.baseCurrency).map((order) => order.at);
  return times.filter((at, index) => index === 0 || at - (times[index - 1] ?? at) > occasionGapMs);
}
