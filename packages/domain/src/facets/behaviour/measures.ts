import type { Measure } from '../explained-score.ts';
import { bandOf, inputsOf } from '../measures.ts';
import type { BehaviourParameters, BehaviourView } from './behaviour.ts';

/** The measure behind a view, from the exact values of the same moment. */
export function behaviourMeasures(
  view: BehaviourView,
  exact: Readonly<Record<string, number | null>>,
  parameters: BehaviourParameters,
): readonly Measure[] {
  const [hot, warm, cool] = parameters.bands;
  const band = bandOf(view.band, {
    input: 'score',
    cuts: [cool.bound, warm.bound, hot.bound],
    values: ['silent', cool.view.band, warm.view.band, hot.view.band],
    includes: 'from',
  });
  return [{ attribute: 'band', value: view.band, inputs: inputsOf(exact, { score: 'points' }), band }];
}
