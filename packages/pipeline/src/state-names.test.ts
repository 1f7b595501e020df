import { expect, test } from 'vitest';
import { stateNames } from './services.ts';

test('state and groups of the first versions are called as stores and brokers have them', () => {
  expect(stateNames).toMatchObject({
    rfm: 'rfm',
    behaviour: 'behaviour',
    churn: 'churn',
    profile: 'profile',
    tier: 'tier',
  });
});
