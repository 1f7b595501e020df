import { type Cuts, DAY_MS, type Policy, TIME_MS_MAX, type TierRule, type TimeMs } from '@tidemark/domain';
import { minorDigitsOf } from './currencies.ts';
import type { PolicyFile } from './file-schema.ts';
import { formatUtcOffset, parseUtcOffset } from './formats/index.ts';

/**
 * Both thresholds of the lowest tier, which has none: below any points that a policy can give. JSON has no -Infinity.
 */
export const NO_THRESHOLD = Number.MIN_SAFE_INTEGER;

/** In force where a file does not say otherwise. Orders are kept for longer where the window is. */
const DEFAULTS = { earliest: '1990-01-01', historyDays: 400, occasionGapHours: 12 };

/** A checked file in the units of the domain: amounts in minor units, thresholds for every tier. */
export function toPolicy(file: PolicyFile): Policy {
  const { currency, events, orders, rfm, behaviour, churn } = file;
  const scale = minorScaleOf(currency.base);
  const toMinor = (amount: number) => Math.round(amount * scale);
  return {
    name: file.name,
    ...(file.review === undefined ? {} : { review: file.review }),
    ...(file.utc_offset === undefined ? {} : { utcOffsetMinutes: parseUtcOffset(file.utc_offset) ?? 0 }),
    currency: { base: currency.base, rates: currency.rates ?? {} },
    events: { earliestAt: parseDate(events?.earliest ?? DEFAULTS.earliest) as TimeMs },
    orders: { historyDays: orders?.history_days ?? Math.max(DEFAULTS.historyDays, rfm.window_days) },
    rfm: {
      windowDays: rfm.window_days,
      recencyDays: rfm.recency_days,
      frequencyOrders: rfm.frequency,
      monetaryMinor: rfm.monetary.map(toMinor) as unknown as Cuts,
      spendBandsMinor: (rfm.spend_bands ?? []).map(toMinor),
    },
    behaviour: { halfLifeDays: behaviour.half_life_days, weights: behaviour.weights, bands: behaviour.bands },
    churn: {
      horizonDays: churn.horizon_days,
      parameters: churn.parameters,
      bands: churn.bands,
      overdueIntervals: churn.overdue_intervals,
      occasionGapHours: churn.occasion_gap_hours ?? DEFAULTS.occasionGapHours,
    },
    tiers: {
      points: file.points,
      tiers: file.tiers.map(toTierRule),
      minimumStayDays: file.minimum_stay_days,
      graceDays: file.grace_days,
    },
  };
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
  const { name, utcOffsetMinutes, currency, events, orders, rfm, behaviour, churn, tiers, ...others } =
    fieldsOf(policy);
  const scale = minorScaleOf(fieldsOf(currency)['base']);
  const toMajor = (minor: unknown) => (typeof minor === 'number' ? minor / scale : minor);
  const renamed = renameFields(tiers, { minimumStayDays: 'minimum_stay_days', graceDays: 'grace_days' });
  const { monetary, spend_bands, ...rest } = renameFields(rfm, RFM_NAMES);
  return {
    ...others,
    name,
    utc_offset: typeof utcOffsetMinutes === 'number' ? formatUtcOffset(utcOffsetMinutes) : utcOffsetMinutes,
    currency,
    events: toFileEvents(events),
    orders: renameFields(orders, { historyDays: 'history_days' }),
    rfm: { ...rest, monetary: mapList(monetary, toMajor), spend_bands: mapList(spend_bands, toMajor) },
    behaviour: renameFields(behaviour, { halfLifeDays: 'half_life_days' }),
    churn: renameFields(churn, CHURN_NAMES),
    ...renamed,
    tiers: mapList(renamed['tiers'], withoutAbsentThresholds),
  };
}

const RFM_NAMES: Readonly<Record<string, string>> = {
  windowDays: 'window_days',
  recencyDays: 'recency_days',
  frequencyOrders: 'frequency',
  monetaryMinor: 'monetary',
  spendBandsMinor: 'spend_bands',
};

const CHURN_NAMES: Readonly<Record<string, string>> = {
  horizonDays: 'horizon_days',
  overdueIntervals: 'overdue_intervals',
  occasionGapHours: 'occasion_gap_hours',
};

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

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function renameFields(value: unknown, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const fields = Object.entries(fieldsOf(value));
  return Object.fromEntries(fields.map(([name, field]) => [names[name] ?? name, field]));
}

function mapList(value: unknown, change: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(change) : value;
}
