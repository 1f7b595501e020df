import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import type { CurrencyPolicy } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toBaseMinor } from './accept-money.ts';

const inEuro = (rates: Record<string, number>): CurrencyPolicy => ({ base: 'EUR', rates });

test('the base currency is taken as it is, whatever the rates say', () => {
  fc.assert(
    fc.property(fc.integer({ min: -AMOUNT_MINOR_MAX, max: AMOUNT_MINOR_MAX }), (amount) => {
      expect(toBaseMinor(amount, 'EUR', inEuro({ EUR: 2 }))).toBe(amount);
    }),
  );
});

describe('minor units differ by currency', () => {
  test.each([
    ['1,000 yen of 0.006 EUR', 1_000, 'JPY', 0.006, 600],
    ['1.500 dinars of 3 EUR', 1_500, 'KWD', 3, 450],
    ['10.00 dollars of 0.9 EUR', 1_000, 'USD', 0.9, 900],
  ])('%s', (_name, amount, currency, rate, expected) => {
    expect(toBaseMinor(amount, currency, inEuro({ [currency]: rate }))).toBe(expected);
  });

  test('into a base without minor units', () => {
    expect(toBaseMinor(1_000, 'EUR', { base: 'JPY', rates: { EUR: 160 } })).toBe(1_600);
  });
});

describe('half a unit is rounded away from zero, by the rate as it is written', () => {
  test.each([
    // In doubles 1.005 * 100 is 100.49999999999999, and 35 * 1.1 is 38.50000000000001.
    [100, 1.005, 101],
    [35, 1.1, 39],
    [5, 0.1, 1],
    [4, 0.1, 0],
    [-5, 0.1, -1],
    [-4, 0.1, 0],
    [1, 5e-1, 1],
    [3, 1e-7, 0],
    [2, 1e21, 2e21],
  ])('%s at %s is %s', (amount, rate, expected) => {
    expect(toBaseMinor(amount, 'USD', inEuro({ USD: rate }))).toBe(expected);
  });
});

test('conversion is odd, ascending, and within half a unit of the product', () => {
  const amounts = fc.integer({ min: 0, max: AMOUNT_MINOR_MAX });
  const rates = fc.double({ min: 1e-4, max: 100, noNaN: true });
  fc.assert(
    fc.property(amounts, amounts, rates, (a, b, rate) => {
      const policy = inEuro({ USD: rate });
      const [low, high] = [toBaseMinor(Math.min(a, b), 'USD', policy), toBaseMinor(Math.max(a, b), 'USD', policy)];
      expect(low).toBeLessThanOrEqual(high ?? Number.NaN);
      expect(toBaseMinor(-a, 'USD', policy)).toBe(0 - (toBaseMinor(a, 'USD', policy) ?? Number.NaN));
      const product = a * rate;
      expect(Math.abs((toBaseMinor(a, 'USD', policy) ?? Number.NaN) - product)).toBeLessThanOrEqual(
        0.5 + product * 1e-15,
      );
    }),
  );
});

test.each(['GBP', 'XYZ', 'usd', '', 'toString', '__proto__'])('%o has no rate', (currency) => {
  expect(toBaseMinor(100, currency, inEuro({ USD: 1 }))).toBeNull();
});

test('a code that is not in ISO 4217 is refused even where the policy has a rate for it', () => {
  expect(toBaseMinor(100, 'BTC', inEuro({ BTC: 50_000 }))).toBeNull();
});

test('each policy converts by its own rates', () => {
  expect(toBaseMinor(100, 'USD', inEuro({ USD: 2 }))).toBe(200);
  expect(toBaseMinor(100, 'USD', inEuro({ USD: 3 }))).toBe(300);
});
