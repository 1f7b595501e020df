import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BASE_RATE, toBaseMinor } from './money.ts';

const AMOUNT_MAX = 1_000_000_000_000;
const amounts = fc.integer({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
const rates = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 17n }), fc.nat(20))
  .map(([digits, decimals]) => decimalText(digits, decimals));

describe('half a unit is rounded away from zero, by the rate as it is written', () => {
  test.each([
    // In doubles 1.005 * 100 is 100.49999999999999, and 35 * 1.1 is 38.50000000000001.
    [100, '1.005', 101],
    [35, '1.1', 39],
    [5, '0.1', 1],
    [4, '0.1', 0],
    [-5, '0.1', -1],
    [-4, '0.1', 0],
    [1, '0.5', 1],
    [3, '0.0000001', 0],
    [100, '0.61', 61],
    [AMOUNT_MAX, '123.45678901234567', 123_456_789_012_346],
  ])('%s at %s is %s', (amount, rate, expected) => {
    expect(toBaseMinor(amount, rate)).toBe(expected);
  });
});

test('the base currency is taken as it is', () => {
  fc.assert(fc.property(amounts, (amount) => toBaseMinor(amount, BASE_RATE) === amount));
});

test('any conversion is that of whole numbers without bound, whichever way it is computed', () => {
  fc.assert(
    fc.property(amounts, rates, (amount, rate) => {
      const [whole = '', fraction = ''] = rate.split('.');
      const denominator = 10n ** BigInt(fraction.length);
      const magnitude = BigInt(Math.abs(amount)) * BigInt(whole + fraction);
      const rounded = Number((2n * magnitude + denominator) / (2n * denominator));
      expect(toBaseMinor(amount, rate)).toBe(amount < 0 && rounded !== 0 ? -rounded : rounded);
    }),
  );
});

function decimalText(digits: bigint, decimals: number): string {
  const text = digits.toString().padStart(decimals + 1, '0');
  return decimals === 0 ? text : `${text.slice(0, -decimals)}.${text.slice(-decimals)}`;
}
