import { expect, test } from 'vitest';
import { placeholderIdOf } from './placeholder-ids.ts';

test.each([
  ...['', ' ', 'null', 'undefined', 'NaN', '[object Object]', '#N/A', '0', '-1', '1.23457E+11'],
  ...['none', 'guest', 'anonymous', 'unknown', 'id', 'true', 'false', '\\N', '<nil>', '#REF!', 'Jos\ufffd'],
  ...['1.2E+11', '1,23457E+11', '1.23457e+11', '2E+15'],
])('%j is no id: many who have none would share it', (text) => {
  expect(placeholderIdOf(text)).not.toBeNull();
});

test.each(['NULL', 'Null', 'nan', 'None', 'GUEST', 'Undefined', '[OBJECT OBJECT]', ' null', 'guest\n', '\t#n/a '])(
  '%j is none either: neither case nor white space makes an id of it',
  (text) => {
    expect(placeholderIdOf(text)).not.toBeNull();
  },
);

test.each(['00', '-', '--', '0-0', '00000000-0000-0000-0000-000000000000', '0'.repeat(300)])(
  '%j is none either: a number or UUID that was never set',
  (text) => {
    expect(placeholderIdOf(text)).not.toBeNull();
  },
);

test.each([
  ...['00123', '10', 'a0', '-2', '-10', 'nullable', 'N/A', 'NaNcy', 'object', '#1', '[object]', 'guest-17', 'id1'],
  ...['1E+5', '1.5E+113', '12E11', 'SKU1E+11', '1.23457E+11x', '0_0'],
])('%j may be an id', (text) => {
  expect(placeholderIdOf(text)).toBeNull();
});

test('why a text is no id never repeats it', () => {
  expect(placeholderIdOf('987654E+21')).not.toContain('987654');
});
