import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ledgerRules, orderEvent, orderHistories } from '../../orders/order-histories.testing.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { measureFaults } from '../explained-score.testing.ts';
import { Rejection, stateOf } from '../score.ts';
import type { Cuts } from '../section.ts';
import { rfm as facet, type RfmParameters, type RfmState, type RfmView } from './rfm.ts';

const { score: rfm } = facet;

const DAYS = 100;
const WINDOW_MS = DAYS * DAY_MS;
const NOW = (1_000 * DAY_MS) as TimeMs;

const parameters: RfmParameters = {
  ledger: ledgerRules(WINDOW_MS),
  windowMs: WINDOW_MS,
  recencyDays: [10, 20, 30, 50],
  frequencyOrders: [0, 1, 2, 3],
  monetaryMinor: [100, 200, 300, 400],
  spendBandsMinor: [150, 250],
};

/** A customer whose orders all lie `ageMs` back, or beyond the window if they shall have none in it. */
function customerOf({ ageMs = 0, orders = 1, sumMinor = 0 }): RfmState {
  const at = orders === 0 ? NOW - WINDOW_MS : NOW - ageMs;
  let state = rfm.initial;
  for (let number = 0; number < Math.max(orders, 1); number++) {
    const data = orderEvent(`o${number}`, 'paid', at, number === 0 ? sumMinor : 0);
    const next = stateOf(rfm.evolve(state, { type: 'order', data }, at as TimeMs, parameters));
    if (!(next instanceof Rejection)) state = next;
  }
  return state;
}

test('each score has its input and the cuts around it; the segment has the two scores', () => {
  const state = customerOf({ ageMs: 15.5 * DAY_MS, orders: 2, sumMinor: 200 });
  const minor = { name: 'monetaryMinor', value: 200, unit: 'minor' };
  expect(rfm.measures(state, NOW, parameters)).toEqual([
    {
      attribute: 'recency',
      value: 4,
      inputs: [{ name: 'daysSinceLastOrder', value: 15.5, unit: 'days' }],
      band: { input: 'daysSinceLastOrder', from: 10, to: 20, includes: 'to', below: 5, above: 3 },
    },
    {
      attribute: 'frequency',
      value: 3,
      inputs: [{ name: 'orders', value: 2, unit: 'orders' }],
      band: { input: 'orders', from: 1, to: 2, includes: 'to', below: 2, above: 4 },
    },
    {
      attribute: 'monetary',
      value: 2,
      inputs: [minor],
      band: { input: 'monetaryMinor', from: 100, to: 200, includes: 'to', below: 1, above: 3 },
    },
    {
      attribute: 'segment',
      value: 'potential_loyalist',
      inputs: [
        { name: 'recency', value: 4, unit: 'score' },
        { name: 'frequency', value: 3, unit: 'score' },
      ],
      band: null,
    },
    {
      attribute: 'spend',
      value: 1,
      inputs: [minor],
      band: { input: 'monetaryMinor', from: 150, to: 250, includes: 'from', below: 0, above: 2 },
    },
  ]);
});

test('there is no measure while there is no view', () => {
  expect(rfm.measures(rfm.initial, NOW, parameters)).toEqual([]);
});

const ascendingCuts = (values: fc.Arbitrary<number>): fc.Arbitrary<Cuts> =>
  fc.tuple(values, values, values, values).map((cuts) => {
    const [a, b, c, d] = cuts.toSorted((x, y) => x - y);
    return [a ?? 0, b ?? 0, c ?? 0, d ?? 0];
  });

/** Whole numbers, so that "just beyond" a cut is one millisecond, order or minor unit away. Ties are common. */
const anyParameters: fc.Arbitrary<RfmParameters> = fc.record({
  ledger: fc.constant(ledgerRules(WINDOW_MS)),
  windowMs: fc.constant(WINDOW_MS),
  recencyDays: ascendingCuts(fc.nat(DAYS - 1)),
  frequencyOrders: ascendingCuts(fc.nat(6)),
  monetaryMinor: ascendingCuts(fc.oneof(fc.nat(5), fc.nat(2_000))),
  spendBandsMinor: fc
    .uniqueArray(fc.integer({ min: 1, max: 2_000 }), { maxLength: 4 })
    .map((bounds) => bounds.toSorted((a, b) => a - b)),
});

test('the measures agree with the view of any history, at any time', () => {
  const histories = orderHistories(fc, WINDOW_MS, 2 * WINDOW_MS);
  fc.assert(
    fc.property(histories, fc.nat(WINDOW_MS + 1), anyParameters, (arrivals, moreMs, chosen) => {
      let state = rfm.initial;
      for (const { event, at } of arrivals) {
        const next = stateOf(rfm.evolve(state, { type: 'order', data: event }, at, chosen));
        if (!(next instanceof Rejection)) state = next;
      }
      const at = ((arrivals.at(-1)?.at ?? NOW) + moreMs) as TimeMs;
      expect(measureFaults(rfm, state, at, chosen)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

/** A customer at `edge` of the attribute's input, and one on the other side of it. Each as close as can be. */
const CUSTOMERS_AT: Readonly<Record<string, (edge: number) => readonly [below: RfmState, above: RfmState]>> = {
  recency: (days) => [customerOf({ ageMs: days * DAY_MS }), customerOf({ ageMs: days * DAY_MS + 1 })],
  frequency: (orders) => [customerOf({ orders }), customerOf({ orders: orders + 1 })],
  monetary: (sumMinor) => [customerOf({ sumMinor }), customerOf({ sumMinor: sumMinor + 1 })],
  spend: (sumMinor) => [customerOf({ sumMinor: sumMinor - 1 }), customerOf({ sumMinor })],
};

test('an input just beyond its band has the value named there', () => {
  const customers = fc.record({
    ageMs: fc.nat(WINDOW_MS - 1),
    orders: fc.nat(8),
    sumMinor: fc.oneof(fc.nat(8), fc.nat(2_500)),
  });
  fc.assert(
    fc.property(customers, anyParameters, (customer, chosen) => {
      const measures = rfm.measures(customerOf(customer), NOW, chosen);
      expect(measures.flatMap(({ attribute, band }) => (band === null ? [] : [attribute]))).toEqual(
        Object.keys(CUSTOMERS_AT),
      );
      for (const { attribute, value, band } of measures) {
        if (band?.from != null) expect(valuesAround(attribute, band.from, chosen)).toEqual([band.below, value]);
        if (band?.to != null) expect(valuesAround(attribute, band.to, chosen)).toEqual([value, band.above]);
      }
    }),
    { numRuns: 500 },
  );
});

function valuesAround(attribute: string, edge: number, chosen: RfmParameters): readonly unknown[] {
  const customers = CUSTOMERS_AT[attribute]?.(edge) ?? [];
  for (const state of customers) expect(measureFaults(rfm, state, NOW, chosen)).toEqual([]);
  return customers.map((state) => rfm.view(state, NOW, chosen)?.[attribute as keyof RfmView]);
}
