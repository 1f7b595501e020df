import { BASE_RATE, type CurrencyPolicy } from '@tidemark/domain';
import { minorDigitsOf } from '@tidemark/policy';

/**
 * Minor units of the base currency that one minor unit of `currency` is worth, as a decimal without exponent: exactly the
 * policy's rate in its shortest decimal form (1.1 means eleven tenths, not the double nearest to it). Null for a currency
 * that is not in ISO 4217 or has no rate; the base needs none.
 */
export function rateOf(currency: string, policy: CurrencyPolicy): string | null {
  if (currency === policy.base) return BASE_RATE;
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

/** One policy holds for millions of events; its rates are worked out once each. */
const ratesByPolicy = new WeakMap<CurrencyPolicy, Map<string, string>>();

function computeRate(currency: string, policy: CurrencyPolicy): string | null {
  const from = minorDigitsOf(currency);
  const to = minorDigitsOf(policy.base);
  const rate = policy.rates[currency];
  if (from === null || to === null || rate === undefined) return null;
  const { digits, exponent } = decimalOf(rate);
  return decimalText(digits, exponent + to - from);
}

/** The shortest decimal that names the number: digits * 10^exponent. */
function decimalOf(value: number): { digits: string; exponent: number } {
  const [mantissa = '0', exponent = '0'] = value.toExponential().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: whole + fraction, exponent: Number(exponent) - fraction.length };
}

function decimalText(digits: string, exponent: number): string {
  if (exponent >= 0) return digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  const fraction = padded.slice(exponent).replace(/0+$/, '');
  const whole = padded.slice(0, exponent);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
