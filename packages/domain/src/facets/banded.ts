import { TIME_MS_MAX, type TimeMs } from '../time.ts';
import type { Measure, MeasureUnit } from './explained-score.ts';
import type { ExactValues, ExactWords } from './facet.ts';
import { firstReached } from './first-reached.ts';
import { bandOf } from './measures.ts';
import type { TextField } from './view-field.ts';

interface BandedSpec<State, Parameters, Field extends string, Value extends string, Exact extends string> {
  /** One attribute, `ranked`: the bands, one more than cuts. */
  readonly view: Readonly<Record<Field, TextField<Value>>>;
  /** One value: what the bands are of. */
  readonly exact: Readonly<Record<Exact, MeasureUnit | ExactWords>>;
  /** Ascending; a value that reaches a cut lies above it. Made once per policy: this is called for each event. */
  cuts(parameters: Parameters): readonly number[];
  /** The value at `at`, which falls while no event comes; null while there is nothing to say. */
  valueAt(state: State, at: TimeMs, parameters: Parameters): number | null;
  /**
   * About when the value, which is at or above `cut` at `at`, falls below it if no event comes; null for never. The value
   * itself has the last word, ms by ms.
   */
  nextCrossing(state: State, at: TimeMs, parameters: Parameters, cut: number): number | null;
}

/** What a facet needs whose view is the band that one value lies in: view, exact value, due times and the measure. */
export function banded<State, Parameters, Field extends string, Value extends string, Exact extends string>({
  view,
  exact,
  cuts,
  valueAt,
  nextCrossing,
}: BandedSpec<State, Parameters, Field, Value, Exact>) {
  const [[attribute, { values }], [input, words]] = [onlyEntryOf(view), onlyEntryOf(exact)];
  const unit = typeof words === 'string' ? words : words.unit;
  const views = values.map((value) => ({ [attribute]: value }) as BandView<Field, Value>);

  return {
    view,
    exact,

    viewAt(state: State, at: TimeMs, parameters: Parameters): BandView<Field, Value> | null {
      const value = valueAt(state, at, parameters);
      return value === null ? null : (views[rankOf(value, cuts(parameters))] ?? null);
    },

    nextDueAt(state: State, at: TimeMs, parameters: Parameters): TimeMs | null {
      const value = valueAt(state, at, parameters);
      if (value === null) return null;
      const bounds = cuts(parameters);
      const rank = rankOf(value, bounds);
      if (rank === 0) return null;
      const cut = bounds[rank - 1] as number;
      const crossing = nextCrossing(state, at, parameters, cut);
      if (crossing === null) return null;
      const start = Math.min(Math.max(at + 1, Math.ceil(crossing)), TIME_MS_MAX);
      return firstReached(start, at, TIME_MS_MAX, (time) => {
        const then = valueAt(state, time as TimeMs, parameters);
        return then === null || then < cut;
      }) as TimeMs;
    },

    exactAt(state: State, at: TimeMs, parameters: Parameters): ExactValues<Exact> {
      return { [input]: valueAt(state, at, parameters) } as ExactValues<Exact>;
    },

    measuresAt(found: BandView<Field, Value>, known: ExactValues<Exact>, parameters: Parameters): readonly Measure[] {
      const value = found[attribute];
      const band = bandOf(value, { input, cuts: cuts(parameters), values, includes: 'from' });
      const exactly = known[input];
      return [{ attribute, value, inputs: exactly === null ? [] : [{ name: input, value: exactly, unit }], band }];
    },
  };
}

type BandView<Field extends string, Value extends string> = { readonly [Name in Field]: Value };

/** How many cuts the value has reached. */
function rankOf(value: number, cuts: readonly number[]): number {
  let rank = cuts.length;
  while (rank > 0 && value < (cuts[rank - 1] ?? 0)) rank--;
  return rank;
}

function onlyEntryOf<Name extends string, Value>(record: Readonly<Record<Name, Value>>): readonly [Name, Value] {
  const entries = Object.entries(record) as [Name, Value][];
  const [entry] = entries;
  if (entry === undefined || entries.length > 1) throw new TypeError(`expected one name, found ${entries.length}`);
  return entry;
}
