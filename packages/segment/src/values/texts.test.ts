import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutText, snakeCase, withoutQuery } from './texts.ts';

describe('a text that is cut', () => {
  test.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['a€', 3, 'a'],
    ['€€', 5, '€'],
    ['a😀b', 4, 'a'],
    ['😀', 3, ''],
  ])('%j to %d bytes is %j: no character is halved', (text, bytesMax, expected) => {
    expect(cutText(text, bytesMax)).toBe(expected);
  });

  test('is the beginning of it, within the bound, and as long as can be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, bytesMax) => {
        const cut = cutText(text, bytesMax);
        expect(text.startsWith(cut)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytesMax);
        const next = String.fromCodePoint(text.codePointAt(cut.length) ?? 0);
        if (cut !== text) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(bytesMax);
      }),
    );
  });
});

test.each([
  ['https://shop.example/a?b#c', 'https://shop.example/a'],
  ['https://shop.example/a#c?b', 'https://shop.example/a'],
  ['/a', '/a'],
])('%s without its query is %s', (url, expected) => {
  expect(withoutQuery(url)).toBe(expected);
});

test.each([
  ['Signed Up', 'signed_up'],
  ['--Signed--Up--', 'signed_up'],
  ['signedUp2Go', 'signed_up2_go'],
  ['', ''],
])('%j in snake case is %j', (name, expected) => {
  expect(snakeCase(name)).toBe(expected);
});
