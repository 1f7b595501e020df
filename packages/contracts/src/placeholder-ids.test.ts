import { expect, test } from 'vitest';
import { placeholderIdOf } from './placeholder-ids.ts';

test.each([
  ...['', 'null', 'undefined', 'NaN', '[object Object]', '#N/A', '0', '1.23457E+11'],
  ...[
    'NULL',
    '\\N',
    'None',
    'nan',
    '<nil>',
    '00000000-0000-0000-0000-000000000000',
    '#REF!',
    '1,23457E+11',
    '2E+15',
    'Jos\ufffd',
  ],
])('%j is no id: many who have none would share it', (text) => {
  expect(placeholderIdOf(text)).not.toBeNull();
});

test.each([
  ...['00123', '00', '10', 'a0', '-1', 'Null', 'nullable', 'N/A', 'NaNcy', 'object', '#1', '[object]'],
  ...['1E+5', '1.5E+113', '1.23457e+11', '12E11', 'SKU1E+11', '1.23457E+11x'],
])('%j may be an id', (text) => {
  expect(placeholderIdOf(text)).toBeNull();
});

test('why a text is no id never repeats it', () => {
  expect(placeholderIdOf('987654E+21')).not.toContain('987654');
});
