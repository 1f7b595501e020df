import { DAYS_MAX, DAYS_MIN, HISTORY_DAYS_MAX } from '@tidemark/domain';
import { z } from 'zod';
import { currencyExpectedFor, minorDigitsOf } from './currencies.ts';
import { parseUtcOffset } from './formats/index.ts';
import { parseDate } from './policy-units.ts';
import { sectionSchemas } from './section-schemas.ts';
import { mapping, named, numberFrom, numberWhere } from './value-schemas.ts';

/** Base units for one unit, even of what inflation has eaten. */
const RATE_MIN = 1e-12;
const RATE_MAX = 1e9;
/** Of a tier: all of it goes out with every change that leads there. */
const LANGUAGES_MAX = 20;
const BENEFITS_MAX = 50;
const POINTS_MAX = 1e6;
const POINT_DECIMALS = 6;
export const TIERS_MAX = 100;

const DAYS = 'a number of days';

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
  // Each is checked by its schema; what it holds has no type here.
  ...(sectionSchemas as Readonly<Record<never, never>>),
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
