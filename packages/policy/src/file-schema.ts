import { z } from 'zod';
import { minorDigitsOf } from './currencies.ts';
import { parseDate } from './policy-units.ts';

/** A century: longer than any history, and far from where times would lose milliseconds. */
const DAYS_MAX = 36_525;
const NUMBER_MAX = 1e6;
/** Ten years of orders: what a ledger holds is bounded by its number of orders anyway. */
const HISTORY_DAYS_MAX = 3_650;
const OCCASION_GAP_HOURS_MAX = 24 * 30;
/** Major units. 10,000,000,000,000 minor ones at most, exact in a double. */
const AMOUNT_MAX = 1e9;
const POINT_DECIMALS = 6;
const RATE_MAX = 1e9;
export const TIERS_MAX = 100;
export const SPEND_BANDS_MAX = 100;
/** Weights, rates, views, or values of a view. */
export const NAMES_MAX = 1_000;

/** Each error says what is expected: the message of a problem is made of it and of what was found. */
const numberWhere = (expected: string, holds: (value: number) => boolean) =>
  z.number({ error: expected }).refine(holds, { error: expected });

const days = numberWhere(`a number of days above 0, at most ${DAYS_MAX}`, (n) => n > 0 && n <= DAYS_MAX);
const daysOrNone = numberWhere(`a number of days from 0 to ${DAYS_MAX}`, (n) => n >= 0 && n <= DAYS_MAX);
const positive = numberWhere(`a number above 0, at most ${NUMBER_MAX}`, (n) => n > 0 && n <= NUMBER_MAX);
const notNegative = numberWhere(`a number from 0 to ${NUMBER_MAX}`, (n) => n >= 0 && n <= NUMBER_MAX);
const share = numberWhere('a number between 0 and 1', (n) => n > 0 && n < 1);
const historyDays = numberWhere(
  `a number of days above 0, at most ${HISTORY_DAYS_MAX}`,
  (n) => n > 0 && n <= HISTORY_DAYS_MAX,
);
const gapHours = numberWhere(
  `a number of hours above 0, at most ${OCCASION_GAP_HOURS_MAX}`,
  (n) => n > 0 && n <= OCCASION_GAP_HOURS_MAX,
);
const amount = numberWhere(`an amount in major units, from 0 to ${AMOUNT_MAX}`, (n) => n >= 0 && n <= AMOUNT_MAX);
const rate = numberWhere(`a rate above 0, at most ${RATE_MAX}`, (n) => n > 0 && n <= RATE_MAX);
const points = numberWhere(
  `a number from -${NUMBER_MAX} to ${NUMBER_MAX} with at most ${POINT_DECIMALS} decimals`,
  (n) => Math.abs(n) <= NUMBER_MAX && Number(n.toFixed(POINT_DECIMALS)) === n,
);

const textWhere = (expected: string, pattern: RegExp) =>
  z.string({ error: expected }).regex(pattern, { error: expected });

const policyName = textWhere('a name of 1 to 64 characters', /^[^\p{Cc}]{1,64}$/u);
const tierName = textWhere(
  'a name of 1 to 64 lower-case letters, digits and underscores, a letter first',
  /^[a-z][a-z0-9_]{0,63}$/,
);

const DATE = 'a date such as 1990-01-01, from 1970-01-01 on';
const date = z.string({ error: DATE }).refine((text) => parseDate(text) !== null, { error: DATE });

const fourOf = <Item extends z.ZodType>(item: Item, what: string) =>
  z.tuple([item, item, item, item], { error: `a list of four ${what}, ascending` });

const mapping = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? undefined : `a mapping with ${Object.keys(shape).join(', ')}`,
  });

const named = <Value extends z.ZodType>(value: Value, what: string) =>
  z
    .record(z.string(), value, { error: `a mapping of ${what}` })
    .refine((names) => Object.keys(names).length <= NAMES_MAX, {
      error: `a mapping of at most ${NAMES_MAX} ${what}`,
      // Beside the problems of single values, so that no text has more of both than can be looked at.
      when: ({ value }) => typeof value === 'object' && value !== null,
    });

const currencyCode = 'an ISO 4217 code in capitals, such as USD';

/** The policy file: what can be said of each value on its own. `findRuleProblems` says what holds between them. */
export const policyFileSchema = mapping({
  name: policyName,
  currency: mapping({
    base: z.string({ error: currencyCode }).refine((code) => minorDigitsOf(code) !== null, { error: currencyCode }),
    rates: named(rate, 'currency codes to rates').optional(),
  }),
  events: mapping({ earliest: date.optional() }).optional(),
  orders: mapping({ history_days: historyDays.optional() }).optional(),
  rfm: mapping({
    window_days: historyDays,
    recency_days: fourOf(notNegative, 'numbers of days'),
    frequency: fourOf(notNegative, 'numbers of orders'),
    monetary: fourOf(amount, 'amounts'),
    spend_bands: z
      .array(amount, { error: 'a list of amounts, ascending' })
      .max(SPEND_BANDS_MAX, { error: `a list of at most ${SPEND_BANDS_MAX} amounts, ascending` })
      .optional(),
  }),
  behaviour: mapping({
    half_life_days: days,
    weights: named(positive, 'events to weights'),
    bands: mapping({ hot: positive, warm: positive, cool: positive }),
  }),
  churn: mapping({
    horizon_days: days,
    parameters: mapping({ r: positive, alpha: positive, a: positive, b: positive }),
    bands: mapping({ medium: share, high: share }),
    overdue_intervals: positive,
    occasion_gap_hours: gapHours.optional(),
  }),
  points: named(named(points, 'values to points'), 'views to points'),
  tiers: z
    .array(mapping({ name: tierName, enter: points.optional(), leave: points.optional() }), {
      error: 'a list of tiers, the lowest first',
    })
    .min(1, { error: 'at least one tier' })
    .max(TIERS_MAX, { error: `at most ${TIERS_MAX} tiers` }),
  minimum_stay_days: daysOrNone,
  grace_days: daysOrNone,
});

export type PolicyFile = z.infer<typeof policyFileSchema>;
