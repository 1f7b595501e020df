import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeText, hasHidden } from './escape-text.ts';

test.each([
  ['\x1b[2J', '\\u001b[2J'],
  ['\x1b]8;;http://evil\x07', '\\u001b]8;;http://evil\\u0007'],
  ['a\nTier: platinum', 'a\\nTier: platinum'],
  ['a\r\tb\b\x7f', 'a\\r\\tb\\u0008\\u007f'],
  ['\x9b31m\x85', '\\u009b31m\\u0085'],
  ['\u202eevil\u2066\u2069\u200e\u200f\u061c', '\\u202eevil\\u2066\\u2069\\u200e\\u200f\\u061c'],
  ['a\u2028b\u2029', 'a\\u2028b\\u2029'],
  ['\ud800 and \udc00', '\\ud800 and \\udc00'],
])('%j is shown as %s', (text, shown) => {
  expect(escapeText(text)).toBe(shown);
});

test.each(['José', 'Ωμέγα', 'עברית', '日本', '👩‍👩‍👧 and 𝒳', 'C:\\dir', 'می‌خواهم'])('%s stays as it is', (text) => {
  expect(hasHidden(text)).toBe(false);
  expect(escapeText(text)).toBe(text);
});

test('whatever a text holds, it becomes one line of visible characters, once and for all', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = escapeText(text);
      expect(hasHidden(shown)).toBe(false);
      expect(escapeText(shown)).toBe(shown);
    }),
  );
});

test('a line of JSON stays the same JSON', () => {
  const text = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(fc.dictionary(text, text), (value) => {
      expect(JSON.parse(escapeText(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});
