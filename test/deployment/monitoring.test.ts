import { collectDefaultMetrics, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { metrics } from '../../packages/telemetry/src/metric-table.ts';
import { runbook } from '../../packages/telemetry/src/runbook.ts';
import { panels, queries, rules } from './monitoring.ts';
import { readYaml } from './repository.ts';

/** Label names of every series that a process of Tidemark, or Prometheus itself, has. */
const labelsOfSeries = new Map<string, readonly string[]>([
  ['up', []],
  ['ALERTS', ['alertname', 'alertstate']],
  ...metrics.flatMap(([name, { type, labels }]) => seriesOf(name, type, labels)),
  ...defaultMetrics(),
]);
/** What Prometheus adds when it scrapes. */
const TARGET_LABELS = ['job', 'instance'];

function defaultMetrics() {
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register.getMetricsAsArray().flatMap(({ name, type }) => seriesOf(name, String(type), []));
}

function seriesOf(name: string, type: string, labels: readonly string[]): [string, readonly string[]][] {
  if (type !== 'histogram') return [[name, labels]];
  return [
    [`${name}_bucket`, [...labels, 'le']],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
}

const GROUPING = /\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g;
const MATCHERS = /\{([^}]*)\}/g;
const OPERATORS = ['and', 'or', 'unless', 'offset', 'bool'];

/** The names of series in an expression. */
function seriesIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"|'[^']*'/g, '')
    .replaceAll(GROUPING, ' ')
    .replaceAll(MATCHERS, ' ');
  const names = bare.match(/(?<![\w.])[A-Za-z_]\w*\b(?!\s*\()/g) ?? [];
  return names.filter((name) => !OPERATORS.includes(name));
}

/** The names of labels that an expression groups, joins or selects by. */
function labelsIn(expr: string): string[] {
  const grouped = [...expr.matchAll(GROUPING)].flatMap(([, list = '']) => list.split(','));
  const selected = [...expr.matchAll(MATCHERS)].flatMap(([, list = '']) => list.match(/\w+(?=\s*(?:=|!))/g) ?? []);
  return [...grouped, ...selected].map((label) => label.trim()).filter((label) => label !== '');
}

test('the names in an expression are found', () => {
  const expr = 'sum by (le, lane) (rate(a_bucket{service="tier", type!="x y"}[5m])) > 1e3 and on (lane) b offset 5m';
  expect(seriesIn(expr)).toEqual(['a_bucket', 'b']);
  expect(labelsIn(expr)).toEqual(['le', 'lane', 'lane', 'service', 'type']);
});

test.each(queries)('$by asks for series and labels that there are', ({ expr }) => {
  const series = seriesIn(expr);
  expect(series.filter((name) => !labelsOfSeries.has(name))).toEqual([]);
  const labels = new Set([...TARGET_LABELS, ...series.flatMap((name) => labelsOfSeries.get(name) ?? [])]);
  expect(labelsIn(expr).filter((label) => !labels.has(label))).toEqual([]);
});

test.each(metrics.filter(([, { alert }]) => alert !== undefined))('the alert that %s asks for is there', (name) => {
  expect(rules.some(({ expr }) => seriesIn(expr).some((series) => series.startsWith(name)))).toBe(true);
});

test.each(rules)(
  '$alert says how urgent it is, what there is, and where to read on',
  ({ alert, labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels['severity']);
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook']);
    expect(annotations['runbook']).toBe(runbook.alert(alert));
  },
);

test('every alert has a test in which it fires and one in which it keeps silent', () => {
  const { tests } = readYaml<{
    readonly tests: readonly {
      readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
    }[];
  }>('infra/prometheus/rules.test.yml');
  const cases = tests.flatMap(({ alert_rule_test: list }) => list);
  for (const { alert } of rules) {
    const fires = cases
      .filter(({ alertname }) => alertname === alert)
      .map(({ exp_alerts: alerts }) => alerts.length > 0);
    expect([fires.includes(true), fires.includes(false)], alert).toEqual([true, true]);
  }
});

test.each(panels)('panel $title has a unit, a description and something to show', (panel) => {
  expect(panel.description).toMatch(/\.$/);
  expect(panel.fieldConfig?.defaults.unit).toMatch(/^\w+$/);
  expect(panel.targets?.length).toBeGreaterThan(0);
});

test('no two panels have the same title or id', () => {
  for (const key of ['title', 'id'] as const)
    expect(new Set(panels.map((panel) => panel[key])).size).toBe(panels.length);
});
