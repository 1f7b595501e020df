/**
 * The attributes of a view, as a facet lists them: what types, schemas, known values, columns and words are derived from.
 */
import type { View } from './score.ts';

export type ViewField = TextField | WholeField;

/** Text of a closed set. */
export interface TextField<Value extends string = string> extends FieldWords {
  /** `ranked`: the values go from low to high. */
  readonly kind: 'ranked' | 'named';
  readonly values: readonly Value[];
}

/** A whole number. */
export interface WholeField<Value extends number = number> extends FieldWords {
  readonly kind: 'whole';
  readonly min: Value;
  /**
   * Text: the name of a list in the facet's section, which has as many items as there are values above `min`. Null: there
   * is no greatest one, so that no points can be given for it.
   */
  readonly max: Value | string | null;
}

/** What people read of an attribute. */
export interface FieldWords {
  /** By default `<facet> <attribute>`. */
  readonly label?: string;
  /** What a step down and a step up is called; by default `fell` and `rose`. Of no use to `named`. */
  readonly verbs?: readonly [down: string, up: string];
  /** Of the field in the schema of changes, where that has not been written yet. */
  readonly doc?: string;
  /** In the export; by default `<facet>_<attribute>`. */
  readonly column?: string;
  /** Customers by value, at the end of a run: the heading, and the name in its JSON. */
  readonly summary?: FieldSummary;
}

export interface FieldSummary {
  readonly name: string;
  /** `section` is the facet's own, of the policy in force. */
  heading(section: never): string;
}

export type ViewFields = Readonly<Record<string, ViewField>>;

/** The view that has these fields. */
export type ViewOf<Fields extends ViewFields> = {
  readonly [Name in keyof Fields]: ValueOf<Fields[Name]>;
};

type ValueOf<Field> =
  Field extends TextField<infer Value> ? Value : Field extends WholeField<infer Value> ? Value : never;

/** One of `values`, which go from low to high. */
export function ranked<const Value extends string>(values: readonly Value[], words: FieldWords = {}): TextField<Value> {
  return { kind: 'ranked', values, ...words };
}

/** One of `values`, none of which is more than another. */
export function named<const Value extends string>(values: readonly Value[], words: FieldWords = {}): TextField<Value> {
  return { kind: 'named', values, ...words };
}

/** A whole number from `min` to `max`. */
export function whole<Value extends number = number>(
  min: NoInfer<Value>,
  max: NoInfer<Value> | string | null,
  words: FieldWords = {},
): WholeField<Value> {
  return { kind: 'whole', min, max, ...words };
}

/**
 * The values that an attribute can have, from low to high; null where there is no end of them. `itemsIn` says how many
 * items a list of the facet's section has.
 */
export function valuesOf(field: ViewField, itemsIn: (list: string) => number): readonly View[string][] | null {
  if (field.kind !== 'whole') return field.values;
  const { min, max } = field;
  if (max === null) return null;
  const last = typeof max === 'number' ? max : min + itemsIn(max);
  return Array.from({ length: last - min + 1 }, (_, index) => min + index);
}
