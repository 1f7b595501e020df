import { BASE_RATE, type CurrencyPolicy, toBaseMinor } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rateOf } from './accept-money.ts';

const inEuro = (rates: Record<string, number>): CurrencyPolicy => ({ base: 'EUR', rates });

test('the base currency has the rate 1, whatever the rates say', () => {
  expect(rateOf('EUR', inEuro({ EUR: 2 }))).toBe(BASE_RATE);
});

describe('a rate is from minor unit to minor unit, whose digits differ by currency', () => {
  test.each([
    ['yen of 0.006 EUR', 'JPY', 0.006, '0.6', 1_000, 600],
    ['dinars of 3 EUR', 'KWD', 3, '0.3', 1_500, 450],
    ['dollars of 0.9 EUR', 'USD', 0.9, '0.9', 1_000, 900],
    ['dollars of 1 EUR', 'USD', 1, '1', 1_000, 1_000],
    ['dollars of 1e-7 EUR', 'USD', 1e-7, '0.0000001', 10_000_000, 1],
    ['dollars of 1e21 EUR', 'USD', 1e21, '1000000000000000000000', 2, 2e21],
    ['kuna of 0.1327 EUR', 'HRK', 0.1327, '0.1327', 75_000, 9_953],
    ['lire of 0.000516 EUR', 'ITL', 0.000516, '0.0516', 10_000, 516],
    ['yen of 12.5 EUR', 'JPY', 12.5, '1250', 3, 3_750],
  ])('%s', (_name, currency, rate, expected, amount, converted) => {
    const text = rateOf(currency, inEuro({ [currency]: rate }));
    expect(text).toBe(expected);
    expect(toBaseMinor(amount, text ?? '')).toBe(converted);
  });

  test('into a base without minor units', () => {
    expect(rateOf('EUR', { base: 'JPY', rates: { EUR: 160 } })).toBe('1.6');
  });
});

test('a rate is a decimal without exponent, and names the very number that the policy has', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (rate) => {
      const text = rateOf('USD', inEuro({ USD: rate })) ?? '';
      expect(text).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
      expect(Number(text)).toBe(rate);
    }),
  );
});

test('a currency without a rate, or that is none, has none', () => {
  expect(rateOf('USD', inEuro({}))).toBeNull();
  expect(rateOf('XXZ', inEuro({ XXZ: 1 }))).toBeNull();
  expect(rateOf('constructor', inEuro({}))).toBeNull();
});

test.each(['GBP', 'XYZ', 'usd', '', 'toString', '__proto__'])('%o has no rate', (currency) => {
  expect(rateOf(currency, inEuro({ USD: 1 }))).toBeNull();
});

test('each policy converts by its own rates', () => {
  expect(rateOf('USD', inEuro({ USD: 2 }))).toBe('2');
  expect(rateOf('USD', inEuro({ USD: 3 }))).toBe('3');
});
