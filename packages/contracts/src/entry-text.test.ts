import { expect, test } from 'vitest';
import { entryText } from './entry-text.ts';

test.each([
  ['a', 'a'],
  ['', ''],
  [17, '17'],
  [-0, '0'],
  [1.5, '1.5'],
  [true, 'true'],
  [[1, 'x', null], '[1,"x",null]'],
  [{ a: [] }, '{"a":[]}'],
  ['x'.repeat(4_096), 'x'.repeat(4_096)],
])('%j is the text %j', (value, text) => {
  expect(entryText(value)).toBe(text);
});

test.each([
  ...[null, undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, [1n], () => 1, Symbol('x')],
  ...['x'.repeat(4_097), 'é'.repeat(2_049), 'a\ud800', ['x'.repeat(4_093)]],
  JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
])('%# is no text of an entry', (value) => {
  expect(entryText(value)).toBeUndefined();
});
