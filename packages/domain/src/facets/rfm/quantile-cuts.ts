import type { Cuts } from '../section.ts';

/**
 * The 20, 40, 60 and 80 % quantiles of a population, linearly interpolated between neighbours (definition 7 of Hyndman
 * and Fan 1996, numpy's default). The cuts with which a fifth of the population has each score, but for ties.
 *
 * @param values at least one finite number, in any order
 */
export function quantileCuts(values: readonly number[]): Cuts {
  const sorted = Float64Array.from(values).sort();
  return [quantile(sorted, 0.2), quantile(sorted, 0.4), quantile(sorted, 0.6), quantile(sorted, 0.8)];
}

function quantile(sorted: Float64Array, share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError('quantiles of no values are not defined');
  return below + (above - below) * (place - Math.floor(place));
}
