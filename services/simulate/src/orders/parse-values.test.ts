import { describe, expect, test } from 'vitest';
import { parseAmountMinor, parseTime } from './parse-values.ts';

describe('parseTime', () => {
  test.each([
    ['1997-01-01', '1997-01-01T00:00:00.000Z'],
    ['2024-02-29T23:59:59.999Z', '2024-02-29T23:59:59.999Z'],
    ['2024-03-31 18:05', '2024-03-31T18:05:00.000Z'],
    ['2024-03-31T18:05:00+02:00', '2024-03-31T16:05:00.000Z'],
    ['2024-03-31T18:05:00-0530', '2024-03-31T23:35:00.000Z'],
    ['2024-03-31T18:05:00.123456z', '2024-03-31T18:05:00.123Z'],
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
    '1969-12-31',
    '2100-01-01',
    '2024-1-1',
    '1970-01-01T00:00:00+01:00',
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
    ['10000000000.00', 2, 1e12],
  ])('reads %s with %i digits without rounding', (text, digits, minor) => {
    expect(parseAmountMinor(text, digits) ?? Number.NaN).toBe(minor);
  });

  test.each(['', '-1', '+1', '1e3', '1,5', '1,000.00', '.5', '5.', '12.345', 'NaN', '0x10', '$5', '10000000000.01'])(
    'refuses %j',
    (text) => {
      expect(parseAmountMinor(text, 2)).toBeNull();
    },
  );
});
