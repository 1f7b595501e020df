import { ascending, days, number, type SectionValue, section, weights } from '../section.ts';

/**
 * Weights and bands. With the longest half-life a score still falls by 2e-13 of itself in a millisecond, a thousand times
 * its rounding, so that the moment of a crossing is found at once. Near the least doubles, where a number has few digits,
 * it would stand still for whole half-lives.
 */
const SCORES = { min: 1e-6, max: 1e6 };

export const behaviourPolicy = section(
  {
    halfLifeDays: days(),
    /** Of an event by `interaction.<action>`, `marketing.<kind>` or `order.<status>`; absent is 0. */
    weights: weights(number({ ...SCORES, what: 'a weight' }), 'events to weights'),
    /** A score at or above the bound has the band; below `cool` it is silent. */
    bands: ascending(['cool', 'warm', 'hot'], number(SCORES)),
  },
  { describe: ({ halfLifeDays }) => `behaviour halves every ${halfLifeDays} days` },
);

export type BehaviourPolicy = SectionValue<typeof behaviourPolicy>;
