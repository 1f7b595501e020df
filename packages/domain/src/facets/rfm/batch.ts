import type { OrderEvent } from '../../events.ts';
import { netCredits, netOrders, ordersIn } from '../../orders/batch.ts';
import type { CommonPolicy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import type { Epoch } from '../facet.ts';
import type { Cuts } from '../section.ts';
import type { RfmPolicy } from './policy.ts';
import type { RfmParameters, RfmView } from './rfm.ts';
import { type Quintile, segmentOf } from './segments.ts';

/** The view at `at` computed from a customer's whole history at once: the plain definition that the fold must equal. */
export function rfmViewOf(events: readonly OrderEvent[], at: TimeMs, parameters: RfmParameters): RfmView | null {
  const { baseCurrency } = parameters.ledger;
  const orders = netOrders(events, baseCurrency);
  const last = orders.at(-1);
  if (last === undefined) return null;
  const isInWindow = (one: { readonly at: TimeMs }) => one.at + parameters.windowMs > at;
  const inWindow = orders.filter(isInWindow);
  const creditedMinor = netCredits(events, baseCurrency)
    .filter(isInWindow)
    .reduce((sum, credit) => sum + credit.minor, 0);
  const sumMinor = Math.max(0, inWindow.reduce((sum, order) => sum + order.netMinor, 0) - creditedMinor);
  const recency = (6 - scoreOf(Math.max(0, (at - last.at) / DAY_MS), parameters.recencyDays)) as Quintile;
  const frequency = scoreOf(inWindow.length, parameters.frequencyOrders);
  return {
    recency,
    frequency,
    monetary: scoreOf(sumMinor, parameters.monetaryMinor),
    segment: segmentOf(recency, frequency),
    spend: parameters.spendBandsMinor.filter((bound) => bound <= sumMinor).length,
  };
}

/** The same by the rules in force at `at`. */
export function rfmBatch(
  epochs: readonly Epoch<RfmPolicy>[],
  at: TimeMs,
  parametersOf: (section: RfmPolicy, common: CommonPolicy) => RfmParameters,
): RfmView | null {
  const last = epochs.at(-1);
  return last === undefined ? null : rfmViewOf(ordersIn(epochs), at, parametersOf(last.section, last.common));
}

function scoreOf(value: number, cuts: Cuts): Quintile {
  return (1 + cuts.filter((cut) => cut < value).length) as Quintile;
}
