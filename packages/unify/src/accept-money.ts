import type { CurrencyPolicy } from '@tidemark/domain';
import { minorDigitsOf } from '@tidemark/policy';

/**
 * Converts minor units of `currency` to minor units of the base currency: exactly, by the rate's shortest decimal form
 * (1.1 means eleven tenths, not the double nearest to it), then rounded half away from zero. Null for a currency that is
 * not in ISO 4217 or has no rate; the base needs none.
 */
export function toBaseMinor(amountMinor: number, currency: string, policy: CurrencyPolicy): number | null {
  if (currency === policy.base) return amountMinor;
  const rate = rateOf(currency, policy);
  if (rate === null) return null;
  const sign = amountMinor < 0 ? -1 : 1;
  const converted = roundedRatio(Math.abs(amountMinor), rate);
  return converted === 0 ? 0 : sign * converted;
}

/** Base minor units per minor unit, as a fraction of whole numbers. */
interface Rate {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** One policy holds for millions of events; its rates are worked out once each. */
const ratesByPolicy = new WeakMap<CurrencyPolicy, Map<string, Rate>>();

function rateOf(currency: string, policy: CurrencyPolicy): Rate | null {
  let rates = ratesByPolicy.get(policy);
  if (rates === undefined) {
    rates = new Map();
    ratesByPolicy.set(policy, rates);
  }
  const known = rates.get(currency);
  if (known !== undefined) return known;
  const rate = computeRate(currency, policy);
  // Only what the policy names is kept: what producers invent has no bound.
  if (rate !== null) rates.set(currency, rate);
  return rate;
}

function computeRate(currency: string, policy: CurrencyPolicy): Rate | null {
  const from = minorDigitsOf(currency);
  const to = minorDigitsOf(policy.base);
  if (from === null || to === null) return null;
  const rate = policy.rates[currency];
  if (rate === undefined) return null;
  const { digits, exponent } = decimalOf(rate);
  const shift = exponent + to - from;
  return shift >= 0
    ? { numerator: digits * 10n ** BigInt(shift), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-shift) };
}

/** The shortest decimal that names the number: digits * 10^exponent. */
function decimalOf(value: number): { digits: bigint; exponent: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function roundedRatio(amount: number, { numerator, denominator }: Rate): number {
  return Number((2n * BigInt(amount) * numerator + denominator) / (2n * denominator));
}
