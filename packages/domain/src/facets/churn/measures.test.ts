import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, type TimeMs } from '../../time.ts';
import { measureFaults } from '../explained-score.testing.ts';
import { type ChurnParametersInForce, type ChurnState, type ChurnView, churn as facet } from './churn.ts';

const { score: churn } = facet;

const START = Date.UTC(2026, 0, 1) as TimeMs;
const parameters: ChurnParametersInForce = {
  model: { r: 0.53, alpha: 6.79, a: 0.69, b: 1.34, horizonWeeks: 90 / 7 },
  mediumRisk: 0.6,
  highRisk: 0.8,
  overdueIntervals: 2,
  ledger: { historyMs: 30 * DAY_MS, baseCurrency: 'USD' },
  occasionGapMs: 12 * HOUR_MS,
};

/** A customer whose occasions, `repeats` after the first, span `activeDays` days from `START` on. */
function customerOf(activeDays: number, repeats: number): ChurnState {
  const settled = [START, day(activeDays), repeats + 1, day(activeDays)] as const;
  return { ...churn.initial, settled };
}

function day(days: number): TimeMs {
  return (START + Math.round(days * DAY_MS)) as TimeMs;
}

describe('the measures', () => {
  test('are the risk among its bounds and the silence in intervals, with the history that both come from', () => {
    const state = customerOf(20, 2);
    const at = day(45);
    const history = [
      { name: 'repeatOccasions', value: 2, unit: 'occasions' },
      { name: 'silenceDays', value: 25, unit: 'days' },
      { name: 'purchaseIntervalDays', value: 10, unit: 'days' },
    ];
    const churnRisk = churn.exact(state, at, parameters)['churnRisk'] ?? Number.NaN;
    const around = { ...parameters, mediumRisk: churnRisk - 0.01, highRisk: churnRisk + 0.01 };
    expect(churn.measures(state, at, around)).toEqual([
      {
        attribute: 'risk',
        value: 'medium',
        inputs: [{ name: 'churnRisk', value: churnRisk, unit: 'probability' }, ...history],
        band: {
          input: 'churnRisk',
          from: around.mediumRisk,
          to: around.highRisk,
          includes: 'from',
          below: 'low',
          above: 'high',
        },
      },
      {
        attribute: 'pace',
        value: 'overdue',
        inputs: [{ name: 'silenceIntervals', value: 2.5, unit: 'intervals' }, ...history],
        band: { input: 'silenceIntervals', from: 2, to: null, includes: 'to', below: 'on_time', above: null },
      },
    ]);
  });

  test('of an unknown pace are no band, and no repeat occasion as its reason', () => {
    expect(churn.measures(customerOf(0, 0), day(3), parameters)[1]).toEqual({
      attribute: 'pace',
      value: 'unknown',
      inputs: [
        { name: 'repeatOccasions', value: 0, unit: 'occasions' },
        { name: 'silenceDays', value: 3, unit: 'days' },
      ],
      band: null,
    });
  });

  test('are none while there is no view', () => {
    expect(churn.measures(churn.initial, START, parameters)).toEqual([]);
  });

  test('leave no band by a rounding: the quotient says 7.000000000000001 of 7 intervals, and the view on time', () => {
    const [state, at] = [customerOf(6, 5), day(6 + 8.4)];
    const seven = { ...parameters, overdueIntervals: 7 };
    expect(8.4 / (6 / 5)).toBeGreaterThan(7);
    expect(churn.measures(state, at, seven)[1]).toMatchObject({ value: 'on_time', inputs: [{ value: 7 }, {}, {}, {}] });
    expect(measureFaults(churn, state, at, seven)).toEqual([]);
  });

  test('enter no band by a rounding: the quotient says 2.3 of 2.3 intervals, and the view overdue', () => {
    const [state, at] = [customerOf(1, 1), day(1 + 2.3)];
    const chosen = { ...parameters, overdueIntervals: 2.3 };
    expect(churn.measures(state, at, chosen)[1]).toMatchObject({ value: 'overdue', band: { from: 2.3 } });
    expect(measureFaults(churn, state, at, chosen)).toEqual([]);
  });
});

/** At most an occasion a day; one customer of ten has had but one. */
const customers = fc.oneof(
  { weight: 1, arbitrary: fc.constant(customerOf(0, 0)) },
  {
    weight: 9,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 50 }))
      .map(([activeDays, repeats]) => customerOf(activeDays, Math.min(activeDays, repeats))),
  },
);

const anyParameters = fc
  .record({
    risksPermille: fc.uniqueArray(fc.integer({ min: 300, max: 990 }), { minLength: 2, maxLength: 2 }),
    overdueIntervals: fc.oneof(
      fc.integer({ min: 1, max: 50 }).map((tenths) => tenths / 10),
      fc.double({ min: 0.1, max: 5, noNaN: true }),
    ),
  })
  .map(({ risksPermille, overdueIntervals }) => {
    const [mediumRisk = 0.6, highRisk = 0.8] = risksPermille.toSorted((a, b) => a - b).map((risk) => risk / 1_000);
    return { ...parameters, mediumRisk, highRisk, overdueIntervals };
  });

test('the measures agree with the view at any time, and at either side of every change that silence brings', () => {
  fc.assert(
    fc.property(customers, fc.nat(700 * DAY_MS), anyParameters, (state, silenceMs, chosen) => {
      let at = ((state.settled?.[1] ?? START) + silenceMs) as TimeMs;
      expect(measureFaults(churn, state, at, chosen)).toEqual([]);
      for (let dueAt = churn.nextDueAt(state, at, chosen); dueAt !== null; ) {
        at = dueAt;
        expect(measureFaults(churn, state, (at - 1) as TimeMs, chosen)).toEqual([]);
        expect(measureFaults(churn, state, at, chosen)).toEqual([]);
        dueAt = churn.nextDueAt(state, at, chosen);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('where silence carries an input across its bound, the value becomes the one named above', () => {
  fc.assert(
    fc.property(customers, anyParameters, (state, chosen) => {
      let at = state.settled?.[1] ?? START;
      for (let dueAt = churn.nextDueAt(state, at, chosen); dueAt !== null; ) {
        const before = churn.measures(state, (dueAt - 1) as TimeMs, chosen);
        const after = churn.measures(state, dueAt, chosen);
        const changed = before.flatMap((measure, place) => {
          const later = after[place];
          return later === undefined || later.value === measure.value ? [] : [{ measure, later }];
        });
        expect(changed).not.toEqual([]);
        for (const { measure, later } of changed) {
          expect(later.value).toBe(measure.band?.above);
          expect(measure.value).toBe(later.band?.below);
        }
        at = dueAt;
        dueAt = churn.nextDueAt(state, at, chosen);
      }
    }),
    { numRuns: 500 },
  );
});

test('silence of exactly the allowed intervals, whatever they are, lies in the band that the view says', () => {
  fc.assert(
    fc.property(customers, fc.integer({ min: 1, max: 2_000 * DAY_MS }), (state, silenceMs) => {
      const at = ((state.settled?.[1] ?? START) + silenceMs) as TimeMs;
      const { silenceDays, purchaseIntervalDays } = churn.exact(state, at, parameters);
      const overdueIntervals = (silenceDays ?? 1) / (purchaseIntervalDays ?? 1);
      for (const moved of [overdueIntervals, overdueIntervals * (1 + Number.EPSILON)]) {
        expect(measureFaults(churn, state, at, { ...parameters, overdueIntervals: moved })).toEqual([]);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a risk at a bound is of the band above it, and of the one below just under the bound', () => {
  fc.assert(
    fc.property(customers, fc.nat(700 * DAY_MS), (state, silenceMs) => {
      const at = ((state.settled?.[1] ?? START) + silenceMs) as TimeMs;
      const risk = churn.exact(state, at, parameters)['churnRisk'] ?? Number.NaN;
      const beyond = risk * (1 + Number.EPSILON);
      for (const bounds of [
        { mediumRisk: risk, highRisk: 2 },
        { mediumRisk: beyond, highRisk: 2 },
        { mediumRisk: 0, highRisk: risk },
        { mediumRisk: 0, highRisk: beyond },
      ]) {
        const chosen = { ...parameters, ...bounds };
        expect(measureFaults(churn, state, at, chosen)).toEqual([]);
        expect(churn.measures(state, at, chosen)[0]?.value).toBe(expectedRisk(bounds, risk));
      }
    }),
  );
});

function expectedRisk(bounds: { mediumRisk: number; highRisk: number }, risk: number): ChurnView['risk'] {
  return bounds.highRisk === risk ? 'high' : bounds.mediumRisk <= risk ? 'medium' : 'low';
}
