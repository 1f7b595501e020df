/** The rate of the base currency to itself. */
export const BASE_RATE = '1';

/**
 * An amount, in its own currency and in the base currency. Ten billion units of a two-digit currency: a double adds up
 * the orders of a ledger exactly, nine times over.
 */
export const AMOUNT_MINOR_MAX = 1_000_000_000_000;

/**
 * Converts minor units of a currency to minor units of the base currency: exactly, by the rate as it is written, rounded
 * half away from zero.
 *
 * @param amountMinor a whole number, either side of 0
 * @param rate minor units of the base that one minor unit is worth: a decimal above 0 without an exponent, such as `0.0061`
 */
export function toBaseMinor(amountMinor: number, rate: string): number {
  if (rate === BASE_RATE || amountMinor === 0) return amountMinor;
  const magnitude = roundedProduct(Math.abs(amountMinor), rate);
  return amountMinor > 0 || magnitude === 0 ? magnitude : -magnitude;
}

/** Products below this are exact in doubles, which are some ten times as fast as whole numbers without bound. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER / 4;

function roundedProduct(amount: number, rate: string): number {
  const point = rate.indexOf('.');
  const decimals = point === -1 ? 0 : rate.length - point - 1;
  const digits = point === -1 ? rate : rate.slice(0, point) + rate.slice(point + 1);
  const denominator = 10 ** decimals;
  const product = amount * Number(digits);
  if (product <= EXACT_MAX && denominator <= EXACT_MAX) {
    const doubled = 2 * product + denominator;
    return (doubled - (doubled % (2 * denominator))) / (2 * denominator);
  }
  const exactDenominator = 10n ** BigInt(decimals);
  return Number((2n * BigInt(amount) * BigInt(digits) + exactDenominator) / (2n * exactDenominator));
}
