import { DAY_MS, type FacetSections, type Policy, TIME_MS_MAX, type TierRule, type TimeMs } from '@tidemark/domain';
import { minorDigitsOf } from './currencies.ts';
import type { PolicyFile } from './file-schema.ts';
import { formatUtcOffset, parseUtcOffset } from './formats/index.ts';
import { policySections } from './policy-sections.ts';
import { type AmountUnits, fieldsOf, toFileSection, toSection } from './section-units.ts';

/**
 * Both thresholds of the lowest tier, which has none: below any points that a policy can give. JSON has no -Infinity.
 */
export const NO_THRESHOLD = Number.MIN_SAFE_INTEGER;

/** In force where a file does not say otherwise. Orders are kept for longer where a section needs it. */
const DEFAULTS = { earliest: '1990-01-01', historyDays: 400 };

/** A checked file in the units of the domain: amounts in minor units, thresholds for every tier. */
export function toPolicy(file: PolicyFile): Policy {
  const { currency, events, orders } = file;
  const scale = minorScaleOf(currency.base);
  const toMinor = (amount: number) => Math.round(amount * scale);
  const sections = sectionsIn(file, toMinor);
  return {
    name: file.name,
    ...(file.review === undefined ? {} : { review: file.review }),
    ...(file.utc_offset === undefined ? {} : { utcOffsetMinutes: parseUtcOffset(file.utc_offset) ?? 0 }),
    currency: { base: currency.base, rates: currency.rates ?? {} },
    events: { earliestAt: parseDate(events?.earliest ?? DEFAULTS.earliest) as TimeMs },
    orders: { historyDays: orders?.history_days ?? Math.max(DEFAULTS.historyDays, ...daysThatKeepOrders(sections)) },
    ...(sections as unknown as FacetSections),
    tiers: {
      points: file.points,
      tiers: file.tiers.map(toTierRule),
      minimumStayDays: file.minimum_stay_days,
      graceDays: file.grace_days,
    },
  };
}

type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A facet that gets points and has no section is on with its defaults: the rules refuse it where it has none. */
function sectionsIn(file: PolicyFile, toMinor: AmountUnits): Sections {
  const inFile = file as Readonly<Record<string, unknown>>;
  const weighed = new Set(Object.keys(file.points).map((view) => view.split('.')[0]));
  const present = policySections.filter(({ name }) => inFile[name] !== undefined || weighed.has(name));
  return Object.fromEntries(
    present.map(({ name, section }) => [name, toSection(inFile[name] ?? {}, section.fields, toMinor)]),
  );
}

function daysThatKeepOrders(sections: Sections): number[] {
  return policySections.flatMap(({ name, section }) =>
    Object.entries(section.fields).flatMap(([field, { keepsOrders }]) => {
      const days = keepsOrders ? sections[name]?.[field] : undefined;
      return typeof days === 'number' ? [days] : [];
    }),
  );
}

function toTierRule({ name, enter, leave, label, benefits, strategy }: PolicyFile['tiers'][number]): TierRule {
  return {
    name,
    enter: enter ?? NO_THRESHOLD,
    leave: leave ?? NO_THRESHOLD,
    ...(label === undefined ? {} : { label: typeof label === 'string' ? { [NO_LANGUAGE]: label } : label }),
    ...(benefits === undefined ? {} : { benefits }),
    ...(strategy === undefined ? {} : { strategy }),
  };
}

/** BCP 47's word for a language that is not said. */
const NO_LANGUAGE = 'und';

/** The first millisecond, in UTC, of a day of the calendar written as 1990-01-01; null for other text, or before 1970. */
export function parseDate(text: string): TimeMs | null {
  const time = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return time >= 0 && formatDate(time) === text ? (time as TimeMs) : null;
}

const DATE = /^\d{4}-\d\d-\d\d$/;

function formatDate(time: number): string {
  return new Date(time).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/**
 * The content of a file that says `policy`, to check it by a file's rules: `toPolicy` gives the same policy again. A
 * value of unknown origin is carried over as far as it is like a policy; the check then finds what is wrong.
 */
export function toFileContent(policy: unknown): unknown {
  const { name, utcOffsetMinutes, currency, events, orders, tiers, ...others } = fieldsOf(policy);
  const scale = minorScaleOf(fieldsOf(currency)['base']);
  const toMajor = (minor: number) => minor / scale;
  const present = policySections.filter((one) => others[one.name] !== undefined);
  const renamed = renameFields(tiers, { minimumStayDays: 'minimum_stay_days', graceDays: 'grace_days' });
  return {
    ...others,
    name,
    utc_offset: typeof utcOffsetMinutes === 'number' ? formatUtcOffset(utcOffsetMinutes) : utcOffsetMinutes,
    currency,
    events: toFileEvents(events),
    orders: renameFields(orders, { historyDays: 'history_days' }),
    ...Object.fromEntries(
      present.map((one) => [one.name, toFileSection(others[one.name], one.section.fields, toMajor)]),
    ),
    ...renamed,
    tiers: mapList(renamed['tiers'], withoutAbsentThresholds),
  };
}

function toFileEvents(events: unknown): unknown {
  const { earliestAt, ...others } = fieldsOf(events);
  const isDay = typeof earliestAt === 'number' && earliestAt % DAY_MS === 0 && Math.abs(earliestAt) <= TIME_MS_MAX;
  return { ...others, earliest: isDay ? formatDate(earliestAt) : earliestAt };
}

function withoutAbsentThresholds(tier: unknown): unknown {
  const fields = Object.entries(fieldsOf(tier));
  return Object.fromEntries(fields.filter(([, value]) => value !== NO_THRESHOLD));
}

function minorScaleOf(currency: unknown): number {
  return 10 ** ((typeof currency === 'string' ? minorDigitsOf(currency) : null) ?? 0);
}

function renameFields(value: unknown, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields = Object.entries(fieldsOf(value));
  return Object.fromEntries(fields.map(([name, field]) => [names[name] ?? name, field]));
}

function mapList(value: unknown, change: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(change) : value;
}
