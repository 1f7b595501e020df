import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { parseDate, parseEncoding, parseMoment, parseWholeNumber } from './parse-options.ts';

test('a date is the start of its UTC day', () => {
  expect(parseDate('1998-03-31')).toBe(Date.UTC(1998, 2, 31));
});

test.each(['', 'yesterday', '1998-02-30', '1998-13-01', '98-03-31', '1998-03-31T00:00', '2100-01-01', '1969-12-31'])(
  'the date %j is refused',
  (text) => {
    expect(() => parseDate(text)).toThrow(InvalidArgumentError);
  },
);

test('a moment is taken to the ms, and a day alone is its end', () => {
  expect(parseMoment('1998-03-31T18:00:00Z')).toBe(Date.UTC(1998, 2, 31, 18));
  expect(parseMoment('1998-03-31T18:00:00.250Z')).toBe(Date.UTC(1998, 2, 31, 18, 0, 0, 250));
  expect(parseMoment('1998-03-31')).toBe(Date.UTC(1998, 3, 1) - 1);
});

test.each(['1998-02-30T00:00:00Z', '1998-03-31T25:00:00Z', '1998-03-31T18:00:00', 'now'])(
  'the moment %j is refused',
  (text) => {
    expect(() => parseMoment(text)).toThrow(InvalidArgumentError);
  },
);

test.each(['0', '1025', '1.5', '-1', '1e2', '', 'twelve', ' 12'])('%j is not a whole number from 1 to 1024', (text) => {
  expect(() => parseWholeNumber(1, 1_024)(text)).toThrow('Expected a whole number from 1 to 1024.');
});

test('whole numbers within the bounds are taken, the bounds included', () => {
  expect(['1', '12', '1024'].map(parseWholeNumber(1, 1_024))).toEqual([1, 12, 1_024]);
});

test('an encoding is one that the Encoding Standard names, by any of its names', () => {
  expect(['latin1', 'UTF-16LE', 'shift_jis'].map(parseEncoding)).toEqual(['windows-1252', 'utf-16le', 'shift_jis']);
  for (const text of ['', 'ebcdic', 'replacement']) expect(() => parseEncoding(text)).toThrow(InvalidArgumentError);
});
