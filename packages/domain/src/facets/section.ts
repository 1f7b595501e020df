/**
 * A facet's section of the policy, as plain data: which fields it has, their bounds and defaults, how a file writes them.
 * `@tidemark/policy` reads and writes sections by it; folds see the values alone.
 */
import { ORDERS_MAX } from '../orders/bounds.ts';

export type SectionField<Value = unknown> = FieldShape &
  FieldOptions & {
    /** Only a type, of what the field holds: there is no such property. */
    readonly $value?: Value;
  };

export type FieldShape =
  | NumberShape
  /** Minor units of the base currency, which a file writes in major ones. */
  | { readonly kind: 'amount' }
  | { readonly kind: 'list'; readonly of: FieldShape; readonly what: string; readonly max: number }
  | { readonly kind: 'four'; readonly of: FieldShape; readonly what: string }
  /** Numbers by event: `interaction.<action>`, `marketing.<kind>` or `order.<status>`. */
  | { readonly kind: 'weights'; readonly of: NumberShape; readonly what: string }
  | { readonly kind: 'group'; readonly fields: SectionFields };

export interface NumberShape {
  readonly kind: 'number';
  /** Such as `a number of days`. */
  readonly what: string;
  readonly min: number;
  readonly max: number;
  /** The least value is not allowed itself. */
  readonly isAbove?: true;
}

export interface FieldOptions {
  /** How a file calls it; by default the name in snake case. */
  readonly as?: string;
  /** In force where a file does not say; without one it must. */
  readonly default?: unknown;
  /** Of a group: the names of its numbers, each less than the next. */
  readonly ascending?: readonly string[];
  /** Of a number of days: orders are to be kept for at least as long. */
  readonly keepsOrders?: true;
}

export type SectionFields = Readonly<Record<string, SectionField>>;

export interface Section<Value = unknown> extends SectionWords<Value> {
  readonly fields: SectionFields;
  /** Only a type, of what the section holds: there is no such property. */
  readonly $value?: Value;
}

export interface SectionWords<Value> {
  /**
   * What must hold between fields, besides the order of what ascends. `inFile` is the section as a file has it, under the
   * names there; since all problems are told at once, its values may be wrong in other ways, or missing.
   */
  rules?(inFile: Readonly<Record<string, unknown>>): readonly SectionProblem[];
  /** What a valid section says and hardly means. */
  warnings?(section: Value): readonly SectionProblem[];
  /** For people: what the section says, as part of a sentence. */
  describe?(section: Value): string;
}

export interface SectionProblem {
  /** Where the value stands in the section of a file. */
  readonly path: readonly (string | number)[];
  readonly expected: string;
}

export type ValuesOf<Fields extends SectionFields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends SectionField<infer Value> ? Value : never;
};

export type SectionValue<Of> = Of extends Section<infer Value> ? Value : never;

// The bounds of all numbers follow from what they cost in the folds, and from what doubles can hold.

/** Nine seconds. Below, a day of rules passes within what clocks differ by. */
export const DAYS_MIN = 0.0001;
/** A century: longer than any history, and far from where times would lose milliseconds. */
export const DAYS_MAX = 36_525;
/** Ten years of orders. What a ledger holds is bounded by their number, too. */
export const HISTORY_DAYS_MAX = 3_650;

/** Four cuts make five scores: 1 + the number of cuts strictly below the value. */
export type Cuts = readonly [number, number, number, number];

/** What a section says that leaves out all that it may; null where it may not. */
export function defaultsOf({ fields }: Section): Readonly<Record<string, unknown>> | null {
  const entries = Object.entries(fields);
  if (entries.some(([, field]) => !('default' in field))) return null;
  return Object.fromEntries(entries.map(([name, field]) => [name, field.default]));
}

/** How a file calls the field of this name. */
export function nameInFile(name: string, { as }: FieldOptions): string {
  return as ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function section<const Fields extends SectionFields>(
  fields: Fields,
  words: SectionWords<ValuesOf<Fields>> = {},
): Section<ValuesOf<Fields>> {
  return { fields, ...words };
}

export function number(
  { min, max, what = 'a number', isAbove }: { min: number; max: number; what?: string; isAbove?: true },
  options: FieldOptions = {},
): SectionField<number> & NumberShape {
  return { kind: 'number', what, min, max, ...(isAbove ? { isAbove } : {}), ...options };
}

export function days({ min = DAYS_MIN, max = DAYS_MAX, ...options }: Bounds = {}): SectionField<number> & NumberShape {
  return number({ min, max, what: 'a number of days' }, options);
}

interface Bounds extends FieldOptions {
  readonly min?: number;
  readonly max?: number;
}

export function orders(): SectionField<number> & NumberShape {
  return number({ min: 0, max: ORDERS_MAX, what: 'a number of orders' });
}

export function amount(): SectionField<number> {
  return { kind: 'amount' };
}

export function fourOf(of: FieldShape, what: string, options: FieldOptions = {}): SectionField<Cuts> {
  return { kind: 'four', of, what, ...options };
}

export function list(
  of: FieldShape,
  { what, max, ...options }: FieldOptions & { what: string; max: number },
): SectionField<readonly number[]> {
  return { kind: 'list', of, what, max, ...options };
}

export function weights(of: NumberShape, what: string): SectionField<Readonly<Record<string, number>>> {
  return { kind: 'weights', of, what };
}

export function group<const Fields extends SectionFields>(
  fields: Fields,
  options: FieldOptions = {},
): SectionField<ValuesOf<Fields>> {
  return { kind: 'group', fields, ...options };
}

/** Numbers by name, each less than the next. */
export function ascending<const Name extends string>(
  names: readonly Name[],
  of: SectionField<number>,
  options: FieldOptions = {},
): SectionField<{ readonly [Each in Name]: number }> {
  return { kind: 'group', fields: Object.fromEntries(names.map((name) => [name, of])), ascending: names, ...options };
}
