import type { ExplainedAttribute } from '@tidemark/reading';
import { expect, test } from 'vitest';
import { describeAttribute } from './describe-attribute.ts';

function attribute(fields: Partial<ExplainedAttribute>): ExplainedAttribute {
  return { score: 'churn', attribute: 'risk', value: 'high', points: -5, inputs: [], band: null, ...fields };
}

test('an attribute is told with its points, what was measured, and the thresholds on both sides', () => {
  const inputs = [
    { name: 'churnRisk', value: 0.61234, unit: 'probability' },
    { name: 'silenceDays', value: 45.04, unit: 'days' },
  ];
  const band = { input: 'churnRisk', from: 0.5, to: 0.8, includes: 'from', below: 'low', above: 'high' };
  expect(describeAttribute(attribute({ value: 'medium', inputs, band }))).toEqual([
    'churn risk medium',
    '-5',
    'churn risk 0.612, silence 45 days; low below 0.5, high from 0.8',
  ]);
});

test('a bound that belongs to the band itself is told as such', () => {
  const inputs = [{ name: 'daysSinceLastOrder', value: 12.5, unit: 'days' }];
  const band = { input: 'daysSinceLastOrder', from: 10, to: 30, includes: 'to', below: 5, above: 3 };
  const [label, points, why] = describeAttribute(
    attribute({ score: 'rfm', attribute: 'recency', value: 4, points: 10, inputs, band }),
  );
  expect([label, points]).toEqual(['recency 4', '+10']);
  expect(why).toBe('12.5 days since last order; 5 up to 10 days, 3 above 30 days');
});

test('amounts are told in whole units, and an end without a threshold is left out', () => {
  const inputs = [{ name: 'monetaryMinor', value: 123_456, unit: 'minor' }];
  const band = { input: 'monetaryMinor', from: 100_000, to: null, includes: 'from', below: 1, above: null };
  const [, points, why] = describeAttribute(
    attribute({ score: 'rfm', attribute: 'spend', value: 2, points: 0, inputs, band }),
  );
  expect(points).toBe('0');
  expect(why).toBe('monetary 1234.56; 1 below 1000.00');
});

test('counts are told by what is counted', () => {
  const inputs = [
    { name: 'orders', value: 1, unit: 'orders' },
    { name: 'repeatOccasions', value: 2, unit: 'occasions' },
  ];
  expect(describeAttribute(attribute({ inputs }))[2]).toBe('1 order, 2 repeat occasions');
});
