import type { Measure } from '../explained-score.ts';
import { bandOf, inputsOf, type Scale } from '../measures.ts';
import type { Cuts } from '../section.ts';
import type { RfmParameters, RfmView } from './rfm.ts';
import type { Quintile } from './segments.ts';

/** The measures behind a view, from the exact values of the same moment. */
export function rfmMeasures(
  view: RfmView,
  exact: Readonly<Record<string, number | null>>,
  parameters: RfmParameters,
): readonly Measure[] {
  const { recency, frequency, monetary, segment, spend } = view;
  const { recencyDays, frequencyOrders, monetaryMinor, spendBandsMinor } = parameters;
  const money = inputsOf(exact, { monetaryMinor: 'minor' });
  return [
    {
      attribute: 'recency',
      value: recency,
      inputs: inputsOf(exact, { daysSinceLastOrder: 'days' }),
      band: bandOf(recency, scaleOf('daysSinceLastOrder', recencyDays, [5, 4, 3, 2, 1])),
    },
    {
      attribute: 'frequency',
      value: frequency,
      inputs: inputsOf(exact, { orders: 'orders' }),
      band: bandOf(frequency, scaleOf('orders', frequencyOrders, [1, 2, 3, 4, 5])),
    },
    {
      attribute: 'monetary',
      value: monetary,
      inputs: money,
      band: bandOf(monetary, scaleOf('monetaryMinor', monetaryMinor, [1, 2, 3, 4, 5])),
    },
    {
      attribute: 'segment',
      value: segment,
      inputs: inputsOf({ recency, frequency }, { recency: 'score', frequency: 'score' }),
      band: null,
    },
    { attribute: 'spend', value: spend, inputs: money, band: bandOf(spend, spendScaleOf(spendBandsMinor)) },
  ];
}

function scaleOf(input: string, cuts: Cuts, values: readonly Quintile[]): Scale<Quintile> {
  return { input, cuts, values, includes: 'to' };
}

function spendScaleOf(bounds: readonly number[]): Scale<number> {
  return {
    input: 'monetaryMinor',
    cuts: bounds,
    values: [0, ...bounds.map((_, index) => index + 1)],
    includes: 'from',
  };
}
