import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import { z } from 'zod';

/** Weights, rates, views, or values of a view. */
export const NAMES_MAX = 1_000;

/** Each error says what is expected: the message of a problem is made of it and of what was found. */
export const numberWhere = (expected: string, holds: (value: number) => boolean) =>
  z.number({ error: expected }).refine(holds, { error: expected });

export const numberFrom = (min: number, max: number, what = 'a number') =>
  numberWhere(`${what} from ${decimal(min)} to ${decimal(max)}`, (n) => n >= min && n <= max);

export const numberAbove = (min: number, max: number, what = 'a number') =>
  numberWhere(`${what} above ${decimal(min)}, at most ${decimal(max)}`, (n) => n > min && n <= max);

/** As people write it, without an exponent. */
function decimal(value: number): string {
  return value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 });
}

export const amount = numberWhere('an amount in major units, at least 0', (n) => n >= 0 && n <= AMOUNT_MINOR_MAX);

export const mapping = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? undefined : `a mapping with ${Object.keys(shape).join(', ')}`,
  });

export const named = <Value extends z.ZodType>(value: Value, what: string) =>
  z
    .record(z.string(), value, { error: `a mapping of ${what}` })
    .refine((names) => Object.keys(names).length <= NAMES_MAX, {
      error: `a mapping of at most ${NAMES_MAX} ${what}`,
      // Beside the problems of single values, so that no text has more of both than can be looked at.
      when: ({ value }) => typeof value === 'object' && value !== null,
    });
