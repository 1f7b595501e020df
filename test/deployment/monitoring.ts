import { readText, readYaml } from './repository.ts';

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
}

const file = readYaml<{ readonly groups: readonly { readonly rules: readonly Rule[] }[] }>(
  'infra/prometheus/rules.yml',
);
export const rules = file.groups.flatMap((group) => group.rules);

const dashboard = JSON.parse(readText('infra/grafana/dashboards/tidemark.json')) as {
  readonly panels: readonly Panel[];
};
/** Without the headings of rows. */
export const panels = dashboard.panels.filter(({ type }) => type !== 'row');

/** Whatever is asked of Prometheus, and by whom; Grafana's variables have a value. */
export const queries: readonly { readonly by: string; readonly expr: string }[] = [
  ...rules.map(({ alert, expr }) => ({ by: alert, expr })),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      by: `panel ${title}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$service', '.+'),
    })),
  ),
];
