import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, type TimeMs } from '../../time.ts';
import { Rejection, stateOf } from '../score.ts';
import { type ChurnParametersInForce, type ChurnState, churn as facet, occasionsOf } from './churn.ts';
import { type ChurnModel, churnRisk, probabilityAlive, riskReachesAt } from './mbg-nbd.ts';

const { score: churn } = facet;

type Row = ReadonlyMap<string, string>;

const ordersOf = Map.groupBy(readCsv('cdnow_sample.csv.gz'), (row) => row.get('customer_id'));

describe.each(['1997-06-30', '1997-12-31'])('every customer of CDNOW at %s', (date) => {
  const model = fitOf(date);
  const customers = readCsv(`cdnow_sample_${date}.csv.gz`);

  test('has P(alive) and P(no order in 90 days) within 1e-12 of the reference', () => {
    expect(customers.length).toBe(2357);
    for (const row of customers) {
      const occasions = occasionsIn(row);
      const at = timeAfterDays(numberIn(row, 'T_days'));
      expect(Math.abs(probabilityAlive(model, occasions, at) - numberIn(row, 'mbg_palive'))).toBeLessThan(1e-12);
      expect(Math.abs(churnRisk(model, occasions, at) - numberIn(row, 'mbg_p_none_90d'))).toBeLessThan(1e-12);
    }
  });

  test.each([60, 80, 90])('reaches a risk of 0.%i in the very millisecond of the reference', (percent) => {
    for (const row of customers) {
      const referenceMs = numberIn(row, `days_since_first_when_p_none_reaches_${percent}`) * DAY_MS;
      // A day's crossing is exact in the file only up to the last place of a double, some nanoseconds.
      const isWhole = Math.abs(referenceMs - Math.round(referenceMs)) < 1e-4;
      const expected = isWhole ? Math.round(referenceMs) : Math.ceil(referenceMs);
      expect(riskReachesAt(model, occasionsIn(row), percent / 100)).toBe(expected);
    }
  });

  test.each([365, 60])(
    'folded from the orders, kept for %i days, has the occasions and risk of the reference',
    (days) => {
      const parameters: ChurnParametersInForce = {
        model,
        mediumRisk: 0.8,
        highRisk: 0.9,
        overdueIntervals: 2,
        ledger: { historyMs: days * DAY_MS, baseCurrency: 'USD' },
        occasionGapMs: 12 * HOUR_MS,
      };
      const at = Date.parse(date) as TimeMs;
      for (const row of customers) {
        const state = foldOrders(ordersOf.get(row.get('customer_id')) ?? [], at, parameters);
        const occasions = occasionsOf(state, parameters);
        expect(occasions?.repeats).toBe(numberIn(row, 'x'));
        expect(((occasions?.lastAt ?? 0) - (occasions?.firstAt ?? 0)) / DAY_MS).toBe(numberIn(row, 't_x_days'));
        const { churnRisk: risk, pAlive } = churn.exact(state, at, parameters);
        expect(Math.abs((risk ?? 2) - numberIn(row, 'mbg_p_none_90d'))).toBeLessThan(1e-12);
        expect(Math.abs((pAlive ?? 2) - numberIn(row, 'mbg_palive'))).toBeLessThan(1e-12);
      }
    },
  );
});

function foldOrders(orders: readonly Row[], until: TimeMs, parameters: ChurnParametersInForce): ChurnState {
  let state = churn.initial;
  orders.forEach((row, index) => {
    const occurredAt = Date.parse(row.get('date') ?? '') as TimeMs;
    if (occurredAt > until) return;
    const id = `order-${index}`;
    const amountMinor = Math.round(numberIn(row, 'spent') * 100);
    const paid = { status: 'paid' as const, amountMinor, currency: 'USD', rate: '1', refundId: null };
    const data = { eventId: id, occurredAt, orderId: id, ...paid };
    const next = stateOf(churn.evolve(state, { type: 'order', data }, occurredAt, parameters));
    if (next instanceof Rejection) throw new Error(`unexpected rejection: ${next.reason}`);
    state = next;
  });
  return state;
}

/** As if every customer's first order had come at the epoch. */
function occasionsIn(row: Row) {
  return { firstAt: 0 as TimeMs, lastAt: timeAfterDays(numberIn(row, 't_x_days')), repeats: numberIn(row, 'x') };
}

function timeAfterDays(days: number): TimeMs {
  return (days * DAY_MS) as TimeMs;
}

function fitOf(date: string): ChurnModel {
  const fit = readCsv('fits.csv').find((row) => row.get('date') === date) ?? new Map();
  return {
    r: numberIn(fit, 'mbg_r'),
    alpha: numberIn(fit, 'mbg_alpha'),
    a: numberIn(fit, 'mbg_a'),
    b: numberIn(fit, 'mbg_b'),
    horizonWeeks: 90 / 7,
  };
}

function readCsv(file: string): readonly Row[] {
  const bytes = readFileSync(new URL(`../../../golden/${file}`, import.meta.url));
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [header = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return rows.map((row) => new Map(row.map((value, i) => [header[i] ?? '', value])));
}

function numberIn(row: Row, column: string): number {
  const value = Number.parseFloat(row.get(column) ?? '');
  if (Number.isNaN(value)) throw new Error(`expected a number in column ${column}, found "${row.get(column)}"`);
  return value;
}
