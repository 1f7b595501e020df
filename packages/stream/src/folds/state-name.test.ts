import { expect, test } from 'vitest';
import { foldOf, stateNameOf, versionOf } from './state-name.ts';

test('a version after the first has a name of its own, so that both can fold side by side', () => {
  expect([2, 3, 1].map((version) => stateNameOf('rfm', version, 2))).toEqual(['rfm', 'rfm-3', 'rfm-1']);
});

test('a state is of the fold that it is called by, whatever its version', () => {
  expect(['rfm', 'rfm-3', 'tier-12'].map(foldOf)).toEqual(['rfm', 'rfm', 'tier']);
});

test('a name says the version; what is called otherwise is another fold’s', () => {
  expect(['rfm', 'rfm-3', 'rfm-12'].map((name) => versionOf(name, 'rfm', 2))).toEqual([2, 3, 12]);
  expect(['rfmx', 'rfmx-3', 'rfm-x', 'tier-3'].map((name) => versionOf(name, 'rfm', 2))).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
