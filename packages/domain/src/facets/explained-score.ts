import type { TimeMs } from '../time.ts';
import type { Score, View } from './score.ts';

/** A score that can say what its view was computed from. For reading: no fold calls `measures`. */
export interface ExplainedScore<State, Parameters, V extends View> extends Score<State, Parameters, V> {
  /** One measure for each attribute of the view at `at`, in the view's order; none while the view is null. */
  measures(state: State, at: TimeMs, parameters: Parameters): readonly Measure[];
}

/** What one attribute of a view was computed from, and the thresholds around it. */
export interface Measure {
  readonly attribute: string;
  /** The attribute's value in the view. */
  readonly value: string | number;
  /** Named as in `exact` where they are there. The input that decides the band comes first. */
  readonly inputs: readonly MeasureInput[];
  /** Null where no single input decides the value. */
  readonly band: MeasureBand | null;
}

export interface MeasureInput {
  readonly name: string;
  readonly value: number;
  readonly unit: MeasureUnit;
}

/**
 * `minor` is minor units of the base currency, `intervals` a customer's own mean purchase intervals, `score` 1 to 5. Any
 * other is what is counted, in the plural.
 */
export type MeasureUnit =
  | 'days'
  | 'intervals'
  | 'minor'
  | 'occasions'
  | 'orders'
  | 'points'
  | 'probability'
  | 'score'
  | (string & {});

/** The range of one input over which the attribute has its value. */
export interface MeasureBand {
  /** The name of one of the measure's inputs. */
  readonly input: string;
  /** Null: no threshold on this side. */
  readonly from: number | null;
  readonly to: number | null;
  /** The end that belongs to the band: from <= input < to, or from < input <= to. */
  readonly includes: 'from' | 'to';
  /** The attribute's value when the input lies just below the band; null where `from` is. */
  readonly below: string | number | null;
  /** The attribute's value when the input lies just above the band; null where `to` is. */
  readonly above: string | number | null;
}
