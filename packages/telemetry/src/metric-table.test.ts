import { expect, test } from 'vitest';
import { describeMetrics } from './describe-metrics.ts';
import { metrics } from './metric-table.ts';

test.each(metrics)('%s is named as Prometheus expects, in base units', (name, { type, help }) => {
  expect(name).toMatch(/^tidemark_[a-z]+(_[a-z]+)*$/);
  expect(name).not.toMatch(/(_ms|_milliseconds|_minutes|_percent|_kib|_mib)\b/);
  expect(name.endsWith('_total')).toBe(type === 'counter');
  expect(help).toMatch(/^[A-Z'1].*[^.]$/);
});

test.each(metrics)('%s has ascending buckets if it is a histogram, and none otherwise', (_name, { type, buckets }) => {
  expect(buckets !== undefined).toBe(type === 'histogram');
  expect(buckets ?? []).toEqual([...(buckets ?? [])].sort((a, b) => a - b));
});

test.each(metrics)('what %s queries in the documentation are metrics of the table', (_name, { query = '' }) => {
  const known = new Set(metrics.map(([each]) => each as string));
  const named = (query.match(/tidemark_[a-z_]+/g) ?? []).map((each) => each.replace(/_(bucket|sum|count)$/, ''));
  expect(named.filter((each) => !known.has(each))).toEqual([]);
});

test('the documentation has a heading, the help and the meaning of every metric', () => {
  const page = describeMetrics();
  for (const [name, { help, meaning }] of metrics) {
    expect(page).toContain(`### \`${name}\`\n`);
    expect(page).toContain(help);
    expect(page).toContain(meaning);
  }
});
