import type { Cuts, Policy, TierRule } from '@tidemark/domain';
import { minorDigitsOf } from './currencies.ts';
import type { PolicyFile } from './file-schema.ts';

/**
 * Both thresholds of the lowest tier, which has none: below any points that a policy can give. JSON has no -Infinity.
 */
export const NO_THRESHOLD = Number.MIN_SAFE_INTEGER;

/** A checked file in the units of the domain: amounts in minor units, thresholds for every tier. */
export function toPolicy(file: PolicyFile): Policy {
  const { currency, rfm, behaviour, churn } = file;
  const scale = minorScaleOf(currency.base);
  const toMinor = (amount: number) => Math.round(amount * scale);
  return {
    name: file.name,
    currency: { base: currency.base, rates: currency.rates ?? {} },
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
    },
    tiers: {
      points: file.points,
      tiers: file.tiers.map(toTierRule),
      minimumStayDays: file.minimum_stay_days,
      graceDays: file.grace_days,
    },
  };
}

function toTierRule({ name, enter, leave }: PolicyFile['tiers'][number]): TierRule {
  return { name, enter: enter ?? NO_THRESHOLD, leave: leave ?? NO_THRESHOLD };
}

/**
 * The content of a file that says `policy`, to check it by a file's rules: `toPolicy` gives the same policy again. A
 * value of unknown origin is carried over as far as it is like a policy; the check then finds what is wrong.
 */
export function toFileContent(policy: unknown): unknown {
  const { name, currency, rfm, behaviour, churn, tiers, ...others } = fieldsOf(policy);
  const scale = minorScaleOf(fieldsOf(currency)['base']);
  const toMajor = (minor: unknown) => (typeof minor === 'number' ? minor / scale : minor);
  const renamed = renameFields(tiers, { minimumStayDays: 'minimum_stay_days', graceDays: 'grace_days' });
  const { monetary, spend_bands, ...rest } = renameFields(rfm, RFM_NAMES);
  return {
    ...others,
    name,
    currency,
    rfm: { ...rest, monetary: mapList(monetary, toMajor), spend_bands: mapList(spend_bands, toMajor) },
    behaviour: renameFields(behaviour, { halfLifeDays: 'half_life_days' }),
    churn: renameFields(churn, { horizonDays: 'horizon_days', overdueIntervals: 'overdue_intervals' }),
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
