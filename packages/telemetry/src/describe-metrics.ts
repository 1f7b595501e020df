import { type MetricSpec, metrics } from './metric-table.ts';

/** docs/metrics.md, from the table. */
export function describeMetrics(): string {
  const sections = Map.groupBy(metrics, ([, { about }]) => about);
  return `${[
    '# Metrics',
    'Generated from `packages/telemetry/src/metric-table.ts` by `node packages/telemetry/src/generate-docs.ts`: change the ' +
      'table, not this page.',
    '`/metrics` speaks the text format of Prometheus. Every metric of Tidemark begins with `tidemark_` and is in base units: ' +
      'seconds, records, ratios from 0 to 1. Counters end in `_total` and begin at 0 with the process. Labels are `service`, ' +
      '`lane`, `topic`, `type`, `reason` and `code`, each with few values that the program knows; none ever holds an id or ' +
      'anything else of a customer.',
    "Beside them are the usual metrics of a process (`process_*`) and of Node (`nodejs_*`), under prom-client's own names so " +
      'that ordinary dashboards find them: CPU, memory, event loop lag, garbage collection. Where one process does everything ' +
      'on a data folder, HTTP has a thread of its own, and lag and collection are those of the thread that folds.',
    ...[...sections].map(([about, rows]) =>
      [`## ${about}`, ...rows.map(([name, spec]) => describeMetric(name, spec))].join('\n\n'),
    ),
  ].join('\n\n')}\n`;
}

function describeMetric(name: string, { type, help, labels, buckets, meaning, alert, query }: MetricSpec): string {
  const facts = [
    type,
    labels.length === 0 ? 'no labels' : labels.map((label) => `\`${label}\``).join(', '),
    ...(buckets === undefined ? [] : [`buckets ${buckets.join(', ')}`]),
  ];
  return [
    `### \`${name}\``,
    `${facts.join(' · ')}`,
    `${help}.`,
    meaning,
    ...(alert === undefined ? [] : [`**Alert:** ${alert}`]),
    ...(query === undefined ? [] : [`\`\`\`promql\n${query}\n\`\`\``]),
  ].join('\n\n');
}
