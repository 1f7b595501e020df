import { AMOUNT_MINOR_MAX } from '@tidemark/contracts';
import { describe, expect, test } from 'vitest';
import { amountExpected, parseAmountMinor, parseTime, timeExpected } from './parse-values.ts';

describe('parseTime', () => {
  test.each([
    ['1997-01-01', '1997-01-01T00:00:00.000Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['2024-03-31 18:05', '2024-03-31T18:05:00.000Z'],
    ['2024-03-31T18:05:00+02:00', '2024-03-31T16:05:00.000Z'],
    ['2024-03-31T18:05:00-0530', '2024-03-31T23:35:00.000Z'],
    ['2024-03-31T18:05:00.123456z', '2024-03-31T18:05:00.123Z'],
    ['1970-01-01T00:00:00+01:00', '1969-12-31T23:00:00.000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31', '9999-12-31T00:00:00.000Z'],
  ])('reads %s, in UTC where no zone is given', (text, iso) => {
    expect(new Date(parseTime(text) ?? Number.NaN).toISOString()).toBe(iso);
  });

  test.each([
    '',
    'yesterday',
    '19970101',
    '2023-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-01-01T24:00:00',
    '2024-01-01T10:60',
    '2024-01-01T10:00:00+15:00',
    '31.03.2024',
    '03/31/2024',
    '2024-1-1',
  ])('refuses %j', (text) => {
    expect(parseTime(text)).toBeNull();
  });
});

describe('parseAmountMinor', () => {
  test.each<[string, number, number]>([
    ['0', 2, 0],
    ['12', 2, 1_200],
    ['12.5', 2, 1_250],
    ['19.99', 2, 1_999],
    ['1.10', 0, Number.NaN],
    ['100.00', 0, 100],
    ['0.125', 3, 125],
    ['12.500000', 2, 1_250],
    ['-4.65', 2, -465],
    ['-0.00', 2, 0],
    [`${AMOUNT_MINOR_MAX / 100}.00`, 2, AMOUNT_MINOR_MAX],
  ])('reads %s with %i digits without rounding', (text, digits, minor) => {
    expect(parseAmountMinor(text, digits) ?? Number.NaN).toBe(minor);
  });

  const tooMuch = `${AMOUNT_MINOR_MAX / 100}.01`;
  test.each([
    '',
    '--1',
    '+1',
    '1e3',
    '1,5',
    '1,000.00',
    '.5',
    '5.',
    '12.345',
    'NaN',
    '0x10',
    '$5',
    tooMuch,
    `-${tooMuch}`,
  ])('refuses %j', (text) => {
    expect(parseAmountMinor(text, 2)).toBeNull();
  });
});

test.each([
  ['12,50', 'a point, not a comma'],
  ['1.234,50', 'a point, not a comma'],
  ['1,234.50', 'no separators of thousands'],
  ['1 234', 'no separators of thousands'],
  ['$5.00', 'no currency'],
  ['5.00 EUR', 'no currency'],
  ['1.5E+3', 'no exponent'],
  ['', 'such as 1234.50'],
])('what to write instead of %j as an amount is said', (text, words) => {
  expect(amountExpected(text, 2, 'USD')).toContain(words);
});

test.each([
  ['45292', "not a spreadsheet's number for a day"],
  ['1704067200', 'not seconds since 1970'],
  ['1704067200000', 'not milliseconds since 1970'],
  ['yesterday', 'ISO 8601'],
])('what to write instead of %j as a time is said', (text, words) => {
  expect(timeExpected(text)).toContain(words);
});
