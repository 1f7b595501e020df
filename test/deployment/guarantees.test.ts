import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readText } from './repository.ts';

const GUARANTEES = 'docs/guarantees.md';

/** Links to tests; the text of each is a test's name as its file has it. */
const shown = [...readText(GUARANTEES).matchAll(/\[([^\]]+)\]\(([^)]+\.test\.ts)\)/g)].map(
  ([, name = '', path = '']) => ({
    name,
    path: join('docs', path),
  }),
);

test.each(shown)('$path has the test that is named: $name', ({ name, path }) => {
  expect(readText(path)).toContain(name);
});

test('each promise names a test that shows it', () => {
  const promises = readText(GUARANTEES).match(/^\| \*\*.*$/gm) ?? [];
  expect(promises.length).toBeGreaterThan(30);
  expect(promises.filter((promise) => !/\.test\.ts\)[^|]* \|$/.test(promise))).toEqual([]);
});
