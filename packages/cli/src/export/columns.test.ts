import { expect, test } from 'vitest';
import { COLUMNS } from './columns.ts';

const names = COLUMNS.map(({ name }) => name);

test('columns keep their names and their order: scripts know them', () => {
  expect(names.slice(0, 30)).toEqual([
    'customer_id',
    'at',
    'tier',
    'points',
    'tier_since',
    'tier_below_since',
    'tier_changes',
    'next_tier',
    'next_tier_at',
    'rfm_recency',
    'rfm_frequency',
    'rfm_monetary',
    'rfm_segment',
    'rfm_spend_band',
    'rfm_days_since_last_order',
    'rfm_orders',
    'rfm_monetary_minor',
    'rfm_next_change_at',
    'behaviour_band',
    'behaviour_score',
    'behaviour_next_change_at',
    'churn_risk_band',
    'churn_pace',
    'churn_risk',
    'churn_p_alive',
    'churn_repeat_occasions',
    'churn_silence_days',
    'churn_purchase_interval_days',
    'churn_overdue_days',
    'churn_next_change_at',
  ]);
});

test('no two columns have one name', () => {
  expect(new Set(names).size).toBe(names.length);
});
