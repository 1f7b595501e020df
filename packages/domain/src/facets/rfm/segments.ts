/** The named groups of customers, from the best to the least. */
export const SEGMENTS = [
  'champions',
  'loyal',
  'potential_loyalist',
  'new',
  'promising',
  'need_attention',
  'about_to_sleep',
  'cant_lose',
  'at_risk',
  'hibernating',
] as const;
export type Segment = (typeof SEGMENTS)[number];

/** A score of recency, frequency or money: 5 is best. */
export type Quintile = 1 | 2 | 3 | 4 | 5;

/**
 * The segment of a recency and a frequency score: rows are recency 1 to 5, columns frequency 1 to 5. Every cell has
 * one segment and every segment a cell, which the tables published by several vendors do not achieve.
 */
const GRID: Readonly<Record<Quintile, Readonly<Record<Quintile, Segment>>>> = {
  1: { 1: 'hibernating', 2: 'hibernating', 3: 'at_risk', 4: 'at_risk', 5: 'cant_lose' },
  2: { 1: 'hibernating', 2: 'hibernating', 3: 'at_risk', 4: 'at_risk', 5: 'cant_lose' },
  3: { 1: 'about_to_sleep', 2: 'about_to_sleep', 3: 'need_attention', 4: 'loyal', 5: 'loyal' },
  4: { 1: 'promising', 2: 'potential_loyalist', 3: 'potential_loyalist', 4: 'loyal', 5: 'loyal' },
  5: { 1: 'new', 2: 'potential_loyalist', 3: 'potential_loyalist', 4: 'champions', 5: 'champions' },
};

/** The one segment of a customer with these scores. */
export function segmentOf(recency: Quintile, frequency: Quintile): Segment {
  return GRID[recency][frequency];
}
