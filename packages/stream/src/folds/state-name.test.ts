import { expect, test } from 'vitest';
import { stateNameOf } from './state-name.ts';

test('a version after the first has a name of its own, so that both can fold side by side', () => {
  expect([2, 3, 1].map((version) => stateNameOf('rfm', version, 2))).toEqual(['rfm', 'rfm-3', 'rfm-1']);
});
