import { expect, test } from 'vitest';
import { birthVersions } from './birth-versions.ts';

test('a pipeline begins with the versions of its build, and names those that are not of the first release', () => {
  expect(
    birthVersions([
      { name: 'rfm', version: 3, firstVersion: 2 },
      { name: 'churn', version: 2, firstVersion: 2 },
      { name: 'visits', version: 1, firstVersion: 1 },
      { name: 'tier', version: 4, firstVersion: 2 },
    ]),
  ).toEqual({ rfm: 3, tier: 4 });
});
