import { expect, test } from 'vitest';
import { describeEnd } from './run-fold-service.ts';

const lanes = (...endedBy: readonly (number | null)[]) => endedBy.map((version) => ({ endedBy: version }));

test('a process of a fold is at its end once a later version tells in every lane that it has', () => {
  expect(describeEnd('rfm', lanes(3, 3))).toContain('version 3 of rfm tells from here on');
  expect(describeEnd('rfm', lanes(3, null))).toBeNull();
  expect(describeEnd('rfm', lanes())).toBeNull();
});
