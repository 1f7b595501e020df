import { expect, test } from 'vitest';
import { formatCursor, parseCursor } from './cursor.ts';

test('a cursor gives its place back to the same request alone', () => {
  const cursor = formatCursor('tier', 'gold', [1, 'anna']);
  expect(parseCursor('tier', 'gold', cursor)).toEqual([1, 'anna']);
  expect(() => parseCursor('timeline', 'gold', cursor)).toThrow('found that of another request');
  expect(() => parseCursor('tier', 'silver', cursor)).toThrow('found that of another request');
});

test('a cursor of another version is refused as such', () => {
  const cursor = formatCursor('tier', 'gold', 1);
  const parts: unknown[] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  const newer = Buffer.from(JSON.stringify([99, ...parts.slice(1)])).toString('base64url');
  expect(() => parseCursor('tier', 'gold', newer)).toThrow('found one of another version');
});
