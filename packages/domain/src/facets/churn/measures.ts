import type { Measure } from '../explained-score.ts';
import { bandOf, inputsOf } from '../measures.ts';
import type { ChurnExact, ChurnParametersInForce, ChurnView } from './churn.ts';

/** With the policy's parameters, all that risk and pace depend on. No interval while there is one occasion. */
const HISTORY = { repeatOccasions: 'occasions', silenceDays: 'days', purchaseIntervalDays: 'days' } as const;

/** The measures behind a view, from the exact values of the same moment. */
export function churnMeasures(
  view: ChurnView,
  exact: ChurnExact,
  parameters: ChurnParametersInForce,
): readonly Measure[] {
  return [measureRisk(view, exact, parameters), measurePace(view, exact, parameters)];
}

function measureRisk({ risk }: ChurnView, exact: ChurnExact, parameters: ChurnParametersInForce): Measure {
  const band = bandOf(risk, {
    input: 'churnRisk',
    cuts: [parameters.mediumRisk, parameters.highRisk],
    values: ['low', 'medium', 'high'],
    includes: 'from',
  });
  return { attribute: 'risk', value: risk, inputs: inputsOf(exact, { churnRisk: 'probability', ...HISTORY }), band };
}

function measurePace({ pace }: ChurnView, exact: ChurnExact, { overdueIntervals }: ChurnParametersInForce): Measure {
  const { silenceDays, purchaseIntervalDays } = exact;
  const history = inputsOf(exact, HISTORY);
  if (silenceDays === null || purchaseIntervalDays === null) {
    return { attribute: 'pace', value: pace, inputs: history, band: null };
  }
  const quotient = silenceDays / purchaseIntervalDays;
  // The view compares whole milliseconds. Where silence is just at the bound, the quotient may round to its other side.
  const silenceIntervals =
    pace === 'overdue'
      ? Math.max(quotient, overdueIntervals * (1 + Number.EPSILON))
      : Math.min(quotient, overdueIntervals);
  const band = bandOf(pace, {
    input: 'silenceIntervals',
    cuts: [overdueIntervals],
    values: ['on_time', 'overdue'],
    includes: 'to',
  });
  const inputs = [{ name: 'silenceIntervals', value: silenceIntervals, unit: 'intervals' } as const, ...history];
  return { attribute: 'pace', value: pace, inputs, band };
}
