import type { ScoreName, TimeMs } from '@tidemark/domain';
import type { CustomerNow, TierNow } from '@tidemark/query';

export type Cell = string | number | null;

export interface Column {
  readonly name: string;
  cellOf(customer: CustomerNow): Cell;
}

/** A score's columns: attributes of its view, then exact values, by the name that each has in the export. */
interface ScoreColumns {
  readonly view: Readonly<Record<string, string>>;
  readonly exact: Readonly<Record<string, string>>;
}

/** Every score has its columns here; names and their order stay, since people's scripts know them. */
const SCORE_COLUMNS: Readonly<Record<ScoreName, ScoreColumns>> = {
  rfm: {
    view: {
      rfm_recency: 'recency',
      rfm_frequency: 'frequency',
      rfm_monetary: 'monetary',
      rfm_segment: 'segment',
      rfm_spend_band: 'spend',
    },
    exact: {
      rfm_days_since_last_order: 'daysSinceLastOrder',
      rfm_orders: 'orders',
      rfm_monetary_minor: 'monetaryMinor',
    },
  },
  behaviour: { view: { behaviour_band: 'band' }, exact: { behaviour_score: 'score' } },
  churn: {
    view: { churn_risk_band: 'risk', churn_pace: 'pace' },
    exact: {
      churn_risk: 'churnRisk',
      churn_p_alive: 'pAlive',
      churn_repeat_occasions: 'repeatOccasions',
      churn_silence_days: 'silenceDays',
      churn_purchase_interval_days: 'purchaseIntervalDays',
      churn_overdue_days: 'overdueDays',
    },
  },
};

export const COLUMNS: readonly Column[] = [
  { name: 'customer_id', cellOf: ({ customerId }) => customerId },
  { name: 'at', cellOf: ({ at }) => isoOf(at) },
  tierColumn('tier', ({ tier }) => tier),
  tierColumn('points', ({ points }) => points),
  tierColumn('tier_since', ({ since }) => isoOf(since)),
  tierColumn('tier_below_since', ({ belowSince }) => isoOf(belowSince)),
  tierColumn('tier_changes', ({ changes }) => changes),
  tierColumn('next_tier', ({ next }) => next?.tier ?? null),
  tierColumn('next_tier_at', ({ next }) => isoOf(next?.at ?? null)),
  ...Object.entries(SCORE_COLUMNS).flatMap(([score, columns]) => scoreColumns(score as ScoreName, columns)),
];

function tierColumn(name: string, cellOf: (tier: TierNow) => Cell): Column {
  return { name, cellOf: ({ tier }) => (tier === null ? null : cellOf(tier)) };
}

function scoreColumns(score: ScoreName, { view, exact }: ScoreColumns): Column[] {
  const views = Object.entries(view).map(([name, attribute]): Column => {
    return { name, cellOf: ({ scores }) => scores[score]?.view?.[attribute] ?? null };
  });
  const values = Object.entries(exact).map(([name, value]): Column => {
    return { name, cellOf: ({ scores }) => scores[score]?.exact[value] ?? null };
  });
  const next: Column = {
    name: `${score}_next_change_at`,
    cellOf: ({ scores }) => isoOf(scores[score]?.next?.at ?? null),
  };
  return [...views, ...values, next];
}

function isoOf(time: TimeMs | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
