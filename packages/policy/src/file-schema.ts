import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import { ORDERS_MAX } from '@tidemark/domain';
import { z } from 'zod';
import { currencyExpectedFor, minorDigitsOf } from './currencies.ts';
import { parseUtcOffset } from './formats/index.ts';
import { parseDate } from './policy-units.ts';

// The bounds of all numbers follow from what they cost in the folds, and from what doubles can hold.

/** Nine seconds. Below, a day of rules passes within what clocks differ by. */
const DAYS_MIN = 0.0001;
/** A century: longer than any history, and far from where times would lose milliseconds. */
const DAYS_MAX = 36_525;
/** Ten years of orders. What a ledger holds is bounded by their number, too. */
const HISTORY_DAYS_MAX = 3_650;
const GAP_HOURS_MAX = 24 * 30;
/**
 * Weights and behaviour bands. With the longest half-life a score still falls by 2e-13 of itself in a millisecond, a
 * thousand times its rounding, so that the moment of a crossing is found at once. Near the least doubles, where a number
 * has few digits, it would stand still for whole half-lives.
 */
const SCORE_MIN = 1e-6;
const SCORE_MAX = 1e6;
/** Of the churn model, whose risk then has all its digits. What is fitted to real orders lies well within. */
const PARAMETER_MIN = 1e-4;
const PARAMETER_MAX = 1e4;
/** Risks beyond are reached within, or lost in, what rounding leaves of them. */
const RISK_MIN = 0.001;
const RISK_MAX = 0.999;
/** So many intervals after any two orders up to the year 9999 there still is a date. */
const OVERDUE_INTERVALS_MAX = 30;
/** Base units for one unit, even of what inflation has eaten. */
const RATE_MIN = 1e-12;
const RATE_MAX = 1e9;
/** Of a tier: all of it goes out with every change that leads there. */
const LANGUAGES_MAX = 20;
const BENEFITS_MAX = 50;
const POINTS_MAX = 1e6;
const POINT_DECIMALS = 6;
export const TIERS_MAX = 100;
export const SPEND_BANDS_MAX = 100;
/** Weights, rates, views, or values of a view. */
export const NAMES_MAX = 1_000;

const DAYS = 'a number of days';

/** Each error says what is expected: the message of a problem is made of it and of what was found. */
const numberWhere = (expected: string, holds: (value: number) => boolean) =>
  z.number({ error: expected }).refine(holds, { error: expected });

const numberFrom = (min: number, max: number, what = 'a number') =>
  numberWhere(`${what} from ${decimal(min)} to ${decimal(max)}`, (n) => n >= min && n <= max);

const numberAbove0 = (max: number, what = 'a number') =>
  numberWhere(`${what} above 0, at most ${decimal(max)}`, (n) => n > 0 && n <= max);

/** As people write it, without an exponent. */
function decimal(value: number): string {
  return value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 });
}

const amount = numberWhere('an amount in major units, at least 0', (n) => n >= 0 && n <= AMOUNT_MINOR_MAX);
const score = numberFrom(SCORE_MIN, SCORE_MAX);
const parameter = numberFrom(PARAMETER_MIN, PARAMETER_MAX);
const risk = numberFrom(RISK_MIN, RISK_MAX);
const points = numberWhere(
  `a number from -${POINTS_MAX} to ${POINTS_MAX} with at most ${POINT_DECIMALS} decimals`,
  (n) => Math.abs(n) <= POINTS_MAX && Number(n.toFixed(POINT_DECIMALS)) === n,
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

const UTC_OFFSET = 'an offset from UTC in quarters of an hour, such as +08:00, from -12:00 to +14:00';
const utcOffset = z
  .string({ error: UTC_OFFSET })
  .refine((text) => parseUtcOffset(text) !== null, { error: UTC_OFFSET });

/** Without half a surrogate pair, which no record can carry: words go out with every tier change. */
const WORDS = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
const benefit = textWhere('a name of 1 to 64 characters', WORDS);
const strategy = textWhere('a text of 1 to 200 characters', /^[^\p{Cc}\p{Cs}]{1,200}$/u);

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

/** A language, perhaps a script, perhaps a region, as BCP 47 writes them; `und` is none that is said. */
const LANGUAGE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/;
const LABELS = `a text of 1 to 64 characters, or a mapping of at most ${LANGUAGES_MAX} languages to such texts`;
const label = z.custom<string | Readonly<Record<string, string>>>(isLabel, { error: LABELS });

function isLabel(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isText(value);
  const texts = Object.entries(value);
  const isFew = texts.length > 0 && texts.length <= LANGUAGES_MAX && !Array.isArray(value);
  return isFew && texts.every(([language, text]) => LANGUAGE.test(language) && isText(text));
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && WORDS.test(value);
}

/** The policy file: what can be said of each value on its own. `findRuleProblems` says what holds between them. */
export const policyFileSchema = mapping({
  name: policyName,
  currency: mapping({
    base: z
      .string({ error: ({ input }) => currencyExpectedFor(input) })
      .refine((code) => minorDigitsOf(code) !== null, { error: ({ input }) => currencyExpectedFor(input) }),
    rates: named(numberFrom(RATE_MIN, RATE_MAX, 'a rate'), 'currency codes to rates').optional(),
  }),
  events: mapping({ earliest: date.optional() }).optional(),
  orders: mapping({ history_days: numberFrom(DAYS_MIN, HISTORY_DAYS_MAX, DAYS).optional() }).optional(),
  rfm: mapping({
    window_days: numberFrom(DAYS_MIN, HISTORY_DAYS_MAX, DAYS),
    recency_days: fourOf(numberFrom(0, HISTORY_DAYS_MAX, DAYS), 'numbers of days'),
    frequency: fourOf(numberFrom(0, ORDERS_MAX, 'a number of orders'), 'numbers of orders'),
    monetary: fourOf(amount, 'amounts'),
    spend_bands: z
      .array(amount, { error: 'a list of amounts, ascending' })
      .max(SPEND_BANDS_MAX, { error: `a list of at most ${SPEND_BANDS_MAX} amounts, ascending` })
      .optional(),
  }),
  behaviour: mapping({
    half_life_days: numberFrom(DAYS_MIN, DAYS_MAX, DAYS),
    weights: named(numberFrom(SCORE_MIN, SCORE_MAX, 'a weight'), 'events to weights'),
    bands: mapping({ hot: score, warm: score, cool: score }),
  }),
  churn: mapping({
    horizon_days: numberFrom(DAYS_MIN, DAYS_MAX, DAYS),
    parameters: mapping({ r: parameter, alpha: parameter, a: parameter, b: parameter }),
    bands: mapping({ medium: risk, high: risk }),
    overdue_intervals: numberAbove0(OVERDUE_INTERVALS_MAX),
    occasion_gap_hours: numberAbove0(GAP_HOURS_MAX, 'a number of hours').optional(),
  }),
  points: named(named(points, 'values to points'), 'views to points'),
  tiers: z
    .array(
      mapping({
        name: tierName,
        enter: points.optional(),
        leave: points.optional(),
        label: label.optional(),
        benefits: z
          .array(benefit, { error: 'a list of names' })
          .min(1, { error: 'at least one name' })
          .max(BENEFITS_MAX, { error: `a list of at most ${BENEFITS_MAX} names` })
          .optional(),
        strategy: strategy.optional(),
      }),
      { error: 'a list of tiers, the lowest first' },
    )
    .min(1, { error: 'at least one tier' })
    .max(TIERS_MAX, { error: `at most ${TIERS_MAX} tiers` }),
  minimum_stay_days: numberFrom(0, DAYS_MAX, DAYS),
  grace_days: numberFrom(0, DAYS_MAX, DAYS),
  review: date.optional(),
  utc_offset: utcOffset.optional(),
});

export type PolicyFile = z.infer<typeof policyFileSchema>;
