import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from '../../policy.ts';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { measureFaults } from '../explained-score.testing.ts';
import { type BehaviourState, behaviour as facet } from './behaviour.ts';

const { score: behaviour } = facet;

const NOW = (10_000 * DAY_MS) as TimeMs;
const parameters = parametersOf(14, { hot: 25, warm: 12, cool: 4 });

function parametersOf(halfLifeDays: number, bands: { hot: number; warm: number; cool: number }) {
  return behaviour.parametersOf({
    behaviour: { halfLifeDays, weights: {}, bands },
    orders: { historyDays: 400 },
  } as unknown as Policy);
}

const scoring = (score: number): BehaviourState => [score, NOW, ''];

test('the band lies between its bounds, the lower in it', () => {
  expect(behaviour.measures(scoring(17.3), NOW, parameters)).toEqual([
    {
      attribute: 'band',
      value: 'warm',
      inputs: [{ name: 'score', value: 17.3, unit: 'points' }],
      band: { input: 'score', from: 12, to: 25, includes: 'from', below: 'cool', above: 'hot' },
    },
  ]);
  const [silent] = behaviour.measures(scoring(3.9), NOW, parameters);
  expect(silent).toMatchObject({ value: 'silent', band: { from: null, to: 4, below: null, above: 'cool' } });
  const [hot] = behaviour.measures(scoring(25), NOW, parameters);
  expect(hot).toMatchObject({ value: 'hot', band: { from: 25, to: null, below: 'warm', above: null } });
});

test('there is no measure while there is no view', () => {
  expect(behaviour.measures(behaviour.initial, NOW, parameters)).toEqual([]);
});

const anyParameters = fc
  .record({
    halfLifeDays: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    bounds: fc.uniqueArray(fc.double({ min: 1e-6, max: 1_000, noNaN: true }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ halfLifeDays, bounds }) => {
    const [cool = 1, warm = 2, hot = 3] = bounds.toSorted((a, b) => a - b);
    return parametersOf(halfLifeDays, { hot, warm, cool });
  });
/** The double before `value`. */
const justBelow = (value: number) => value * (1 - Number.EPSILON / 2);

const anyScore = fc.oneof(fc.constant(0), fc.double({ min: 1e-7, max: 2_000, noNaN: true }));

test('the measure agrees with the view, and a score just beyond the band has the value named there', () => {
  fc.assert(
    fc.property(anyScore, fc.nat(3_000 * DAY_MS), anyParameters, (score, silenceMs, chosen) => {
      const at = (NOW + silenceMs) as TimeMs;
      expect(measureFaults(behaviour, scoring(score), at, chosen)).toEqual([]);
      for (const { band } of behaviour.measures(scoring(score), at, chosen)) {
        if (band?.to != null) expect(bandAtScore(band.to)).toBe(band.above);
        if (band?.from != null) expect(bandAtScore(justBelow(band.from))).toBe(band.below);
      }

      function bandAtScore(moved: number) {
        expect(measureFaults(behaviour, scoring(moved), NOW, chosen)).toEqual([]);
        return behaviour.view(scoring(moved), NOW, chosen)?.band;
      }
    }),
    { numRuns: 1_000 },
  );
});
