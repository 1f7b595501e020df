import { expect, test } from 'vitest';
import { currencyExpectedFor, minorDigitsOf } from './currencies.ts';

test.each([
  ['USD', 2],
  ['JPY', 0],
  ['KWD', 3],
  ['CLF', 4],
  ['HRK', 2],
  ['DEM', 2],
  ['ITL', 0],
  ['ESP', 0],
  ['BEF', 0],
  ['GRD', 0],
  ['TRL', 0],
  ['BYR', 0],
  ['SLL', 2],
  ['YDD', 3],
  ['ZWL', 2],
])('%s has %i digits', (code, digits) => {
  expect(minorDigitsOf(code)).toBe(digits);
});

test.each(['XAU', 'XXX', 'XTS', 'BTC', 'usd', 'EURO', '', '__proto__'])(
  '%j is no currency that orders are paid in',
  (code) => {
    expect(minorDigitsOf(code)).toBeNull();
  },
);

test.each([
  ['usd', '(did you mean USD?)'],
  ['NO', '(did you mean NOK?)'],
  ['us', '(did you mean USD or USN?)'],
])('%s names what was probably meant', (found, hint) => {
  expect(currencyExpectedFor(found)).toContain(hint);
});

test.each(['DE', 'ON', 'XQZ', '', 7, null])('%j is not likely to mean any currency in use', (found) => {
  expect(currencyExpectedFor(found)).not.toContain('did you mean');
});
