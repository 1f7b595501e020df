import type { TimeMs } from '../time.ts';
import type { ExplainedScore, Measure, MeasureBand } from './explained-score.ts';
import type { View } from './score.ts';

/** Sentences on where a score's measures and its view or exact values at `at` differ; none if all is well. */
export function measureFaults<State, Parameters, V extends View>(
  score: ExplainedScore<State, Parameters, V>,
  state: State,
  at: TimeMs,
  parameters: Parameters,
): readonly string[] {
  const view = score.view(state, at, parameters) ?? {};
  const exact = score.exact(state, at, parameters);
  const measures = score.measures(state, at, parameters);
  const viewed = Object.entries(view).map(([attribute, value]) => `${attribute}: ${value}`);
  const measured = measures.map(({ attribute, value }) => `${attribute}: ${value}`);
  if (viewed.join() !== measured.join()) return [`viewed ${viewed}, measured ${measured}`];
  return measures.flatMap((measure) => faultsOf(measure, view, exact));
}

function faultsOf(measure: Measure, view: View, exact: Readonly<Record<string, number | null>>): readonly string[] {
  const { attribute, value, inputs, band } = measure;
  const known: Readonly<Record<string, string | number | null>> = { ...view, ...exact };
  const wrong = inputs
    .filter((input) => !Number.isFinite(input.value) || (input.name in known && known[input.name] !== input.value))
    .map((input) => `${attribute}: input ${input.name} is ${input.value}, not ${known[input.name]}`);
  if (band === null) return wrong;
  const input = inputs[0];
  if (input?.name !== band.input)
    return [...wrong, `${attribute}: the band is about ${band.input}, the first input not`];
  const within = isWithin(input.value, band) ? [] : [`${attribute}: ${input.value} in ${JSON.stringify(band)}`];
  const isOpen = (band.from === null) === (band.below === null) && (band.to === null) === (band.above === null);
  const isAlone = band.below !== value && band.above !== value;
  return [...wrong, ...within, ...(isOpen && isAlone ? [] : [`${attribute}: ${value} beside ${JSON.stringify(band)}`])];
}

function isWithin(input: number, { from, to, includes }: MeasureBand): boolean {
  if (includes === 'from') return (from === null || input >= from) && (to === null || input < to);
  return (from === null || input > from) && (to === null || input <= to);
}
