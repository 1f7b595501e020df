/** One figure of the bench: what was measured, beside a floor of the same run, and what it must reach. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Median of the runs. */
  readonly value: number;
  readonly runs: readonly number[];
  /** The same work without ours, in the same unit; null where there is nothing to compare with. */
  readonly floor: { readonly name: string; readonly value: number } | null;
  readonly mustReach: Bound | null;
}

/** An amount in the figure's unit, or how many times the floor. */
export type Bound =
  | { readonly atLeast: number }
  | { readonly below: number }
  | { readonly atLeastOfFloor: number }
  | { readonly atMostOfFloor: number };

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that at least that share of the values does not exceed; `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Operations a second of `body`, which does `operations` of them; once unmeasured to warm up, then `runs` times. */
export function rates(operations: number, runs: number, body: () => void): number[] {
  body();
  return Array.from({ length: runs }, () => {
    const start = performance.now();
    body();
    return (operations / (performance.now() - start)) * 1_000;
  });
}

export function reaches({ value, floor, mustReach }: Figure): boolean {
  if (mustReach === null) return true;
  if ('atLeast' in mustReach) return value >= mustReach.atLeast;
  if ('below' in mustReach) return value < mustReach.below;
  if (floor === null) return false;
  if ('atLeastOfFloor' in mustReach) return value >= mustReach.atLeastOfFloor * floor.value;
  return value <= mustReach.atMostOfFloor * floor.value;
}
