import { days, group, number, type SectionProblem, type SectionValue, section, weights } from '../section.ts';

/**
 * Weights and bands. With the longest half-life a score still falls by 2e-13 of itself in a millisecond, a thousand times
 * its rounding, so that the moment of a crossing is found at once. Near the least doubles, where a number has few digits,
 * it would stand still for whole half-lives.
 */
const SCORES = { min: 1e-6, max: 1e6 };
const score = number(SCORES);

export const behaviourPolicy = section(
  {
    halfLifeDays: days(),
    /** Of an event by `interaction.<action>`, `marketing.<kind>` or `order.<status>`; absent is 0. */
    weights: weights(number({ ...SCORES, what: 'a weight' }), 'events to weights'),
    /** A score at or above the bound has the band; below `cool` it is silent. */
    bands: group({ hot: score, warm: score, cool: score }, { ascending: ['cool', 'warm', 'hot'] }),
  },
  {
    warnings: fleetingBands,
    describe: ({ halfLifeDays }) => `behaviour halves every ${halfLifeDays} days`,
  },
);

export type BehaviourPolicy = SectionValue<typeof behaviourPolicy>;

interface Weighed {
  readonly weights: Readonly<Record<string, number>>;
  readonly bands: Readonly<Record<string, number>>;
}

/** A score falls from the moment of its event on: one that just reaches a bound is below it a millisecond later. */
function fleetingBands({ weights: byEvent, bands }: Weighed): readonly SectionProblem[] {
  return Object.entries(bands).flatMap(([band, bound]) => {
    const [event] = Object.entries(byEvent).find(([, weight]) => weight === bound) ?? [];
    if (event === undefined) return [];
    const expected = `a bound below ${bound}, the weight of ${event}, which reaches it for a millisecond alone`;
    return [{ path: ['bands', band], expected }];
  });
}
