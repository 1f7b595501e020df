import type { MeasureBand, MeasureInput, MeasureUnit } from './explained-score.ts';

/** How one input decides an attribute's value. */
export interface Scale<Value extends string | number> {
  /** The input's name. */
  readonly input: string;
  /** Ascending; equal cuts leave nothing between them. */
  readonly cuts: readonly number[];
  /** One more than cuts, as the input grows. */
  readonly values: readonly Value[];
  /** `from`: an input that equals a cut lies above it. `to`: below it. */
  readonly includes: 'from' | 'to';
}

/**
 * The band of a value that the view has. It is found by the value, not by the input, so that only the view's own
 * comparison decides. Bands that equal cuts leave empty are not neighbours.
 */
export function bandOf<Value extends string | number>(value: Value, scale: Scale<Value>): MeasureBand {
  const { input, cuts, values, includes } = scale;
  const place = values.indexOf(value);
  const from = cuts[place - 1] ?? null;
  const to = cuts[place] ?? null;
  const below = from === null ? null : (values[cuts.indexOf(from)] ?? null);
  const above = to === null ? null : (values[cuts.lastIndexOf(to) + 1] ?? null);
  return { input, from, to, includes, below, above };
}

/** The exact values that `units` names, in its order; one that is not defined is left out. */
export function inputsOf(
  exact: Readonly<Record<string, number | null>>,
  units: Readonly<Record<string, MeasureUnit>>,
): readonly MeasureInput[] {
  return Object.entries(units).flatMap(([name, unit]) => {
    const value = exact[name] ?? null;
    return value === null ? [] : [{ name, value, unit }];
  });
}
