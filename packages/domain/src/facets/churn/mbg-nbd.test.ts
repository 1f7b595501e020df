import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, type TimeMs } from '../../time.ts';
import { type ChurnModel, churnRisk, type Occasions, probabilityAlive, riskReachesAt } from './mbg-nbd.ts';

const FIRST_AT = Date.UTC(1997, 0, 1) as TimeMs;
const CENTURY_MS = 36_525 * DAY_MS;

/** The fit to CDNOW at the end of 1997; cdnow.test.ts checks all its customers. */
const cdnow: ChurnModel = { r: 0.5308, alpha: 6.789, a: 0.6879, b: 1.3423, horizonWeeks: 90 / 7 };

const models = fc.record({
  r: fc.double({ min: 0.05, max: 5, noNaN: true }),
  alpha: fc.double({ min: 0.5, max: 50, noNaN: true }),
  a: fc.double({ min: 0.05, max: 5, noNaN: true }),
  b: fc.double({ min: 0.1, max: 10, noNaN: true }),
  horizonWeeks: fc.integer({ min: 7, max: 365 }).map((days) => days / 7),
});
const histories = fc.oneof(
  fc.constant(occasionsAfter(0, 0)),
  fc
    .tuple(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 500 }))
    .map(([days, repeats]) => occasionsAfter(days, Math.min(days, repeats))),
);
const levels = fc.double({ min: 0.05, max: 0.99, noNaN: true });

test('a crossing is exact: the risk is at the level there and below it one millisecond before', () => {
  fc.assert(
    fc.property(models, histories, levels, (model, occasions, level) => {
      const at = riskReachesAt(model, occasions, level);
      if (at === null) {
        expect(churnRisk(model, occasions, later(occasions.firstAt, CENTURY_MS))).toBeLessThan(level);
        return;
      }
      expect(Number.isInteger(at)).toBe(true);
      expect(churnRisk(model, occasions, at)).toBeGreaterThanOrEqual(level);
      if (at > occasions.lastAt) expect(churnRisk(model, occasions, later(at, -1))).toBeLessThan(level);
    }),
    { numRuns: 3_000 },
  );
});

test('the risk never falls while silence lasts', () => {
  const silences = fc.tuple(fc.nat(400 * DAY_MS), fc.integer({ min: 1, max: 400 * DAY_MS }));
  fc.assert(
    fc.property(models, histories, silences, (model, occasions, [silenceMs, moreMs]) => {
      const before = later(occasions.lastAt, silenceMs);
      const after = later(before, moreMs);
      // Half a unit in the last place of 1 in either.
      expect(churnRisk(model, occasions, after)).toBeGreaterThanOrEqual(churnRisk(model, occasions, before) - 1e-15);
    }),
  );
});

test('a risk reached at the last order already is reached at the last order', () => {
  const once = occasionsAfter(0, 0);
  expect(churnRisk(cdnow, once, FIRST_AT)).toBeGreaterThan(0.6);
  expect(riskReachesAt(cdnow, once, 0.6)).toBe(FIRST_AT);
});

test('a risk that a century of silence does not reach is never reached', () => {
  const model: ChurnModel = { r: 5, alpha: 10_000, a: 1e-30, b: 1, horizonWeeks: 52 };
  const regular = occasionsAfter(700, 100);
  expect(riskReachesAt(model, regular, 0.9)).toBeNull();
});

test('a level reached only after decades is found to the millisecond', () => {
  const model: ChurnModel = { r: 1, alpha: 10, a: 0.01, b: 1, horizonWeeks: 52 };
  const once = occasionsAfter(0, 0);
  const at = riskReachesAt(model, once, 0.99);
  expect(at).toBeGreaterThan(FIRST_AT + 10 * 365 * DAY_MS);
  expect(churnRisk(model, once, at as TimeMs)).toBeGreaterThanOrEqual(0.99);
  expect(churnRisk(model, once, later(at as TimeMs, -1))).toBeLessThan(0.99);
});

test('before the last occasion the risk is that of the last occasion', () => {
  const occasions = occasionsAfter(100, 3);
  const early = later(occasions.lastAt, -DAY_MS);
  expect(churnRisk(cdnow, occasions, early)).toBe(churnRisk(cdnow, occasions, occasions.lastAt));
  expect(probabilityAlive(cdnow, occasions, early)).toBe(probabilityAlive(cdnow, occasions, occasions.lastAt));
});

function occasionsAfter(activeDays: number, repeats: number): Occasions {
  return { firstAt: FIRST_AT, lastAt: later(FIRST_AT, activeDays * DAY_MS), repeats };
}

function later(time: TimeMs, ms: number): TimeMs {
  return (time + ms) as TimeMs;
}

test('a century after the first occasion the risk stands still: no level is reached that was not due before', () => {
  const model = { r: 1, alpha: 0.0001, a: 5_031, b: 10_000, horizonWeeks: 5_217.857 };
  const occasions = { firstAt: FIRST_AT, lastAt: later(FIRST_AT, 3_000 * DAY_MS), repeats: 1 };
  const century = later(FIRST_AT, CENTURY_MS);
  expect(churnRisk(model, occasions, century)).toBeGreaterThan(churnRisk(model, occasions, later(century, -DAY_MS)));
  expect(churnRisk(model, occasions, later(century, 99 * CENTURY_MS))).toBe(churnRisk(model, occasions, century));
  expect(riskReachesAt(model, occasions, churnRisk(model, occasions, century))).toBeLessThanOrEqual(century);
});
