import type { Cuts } from '../section.ts';
import type { Quintile } from './segments.ts';

/** 1 + the number of cuts strictly below the value: a value that equals a cut stays under it, so ties share a score. */
export function quintileOf(value: number, cuts: Cuts): Quintile {
  if (value <= cuts[0]) return 1;
  if (value <= cuts[1]) return 2;
  if (value <= cuts[2]) return 3;
  return value <= cuts[3] ? 4 : 5;
}
