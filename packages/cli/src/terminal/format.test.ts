import { expect, test } from 'vitest';
import { formatCount, formatDay, formatMinute, formatShare, formatTable, quoteForShell } from './format.ts';

test('counts are grouped by thousands', () => {
  expect(formatCount(0)).toBe('0');
  expect(formatCount(1_234_567.6)).toBe('1,234,568');
});

test('a share of nothing is zero, not NaN', () => {
  expect(formatShare(1, 3)).toBe('33.3 %');
  expect(formatShare(0, 0)).toBe('0.0 %');
});

test('days and minutes are in UTC', () => {
  const time = Date.UTC(1998, 5, 30, 23, 59, 59, 999);
  expect(formatDay(time)).toBe('1998-06-30');
  expect(formatMinute(time)).toBe('1998-06-30 23:59 UTC');
});

test('a table aligns its first column left and numbers right', () => {
  expect(
    formatTable([
      ['gold', '7'],
      ['member', '12,000'],
    ]),
  ).toEqual(['  gold         7', '  member  12,000']);
});

test('a table of words is aligned left and has no blanks at the end', () => {
  expect(
    formatTable(
      [
        ['a', 'first', ''],
        ['bb', 'x', 'y'],
      ],
      'left',
    ),
  ).toEqual(['  a   first', '  bb  x      y']);
});

test('a word is quoted for a shell only where it must be', () => {
  expect(quoteForShell('data/.tidemark-2')).toBe('data/.tidemark-2');
  expect(quoteForShell("my data's")).toBe("'my data'\\''s'");
  expect(quoteForShell('$(reboot)')).toBe("'$(reboot)'");
  expect(quoteForShell("a\nb's \\ \u202e")).toBe("$'a\\nb\\'s \\\\ \\u202e'");
});
