/** One figure of the bench: what was measured, beside a floor of the same run, and what it must reach. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** Median of the runs. */
  readonly value: number;
  readonly runs: readonly number[];
  /** The same work without ours, in the same unit; null where there is nothing to compare with. */
  readonly floor: { readonly name: string; readonly value: number } | null;
  readonly mustReach: { readonly atLeast: number } | { readonly below: number } | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
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

export function reaches({ value, mustReach }: Figure): boolean {
  if (mustReach === null) return true;
  return 'atLeast' in mustReach ? value >= mustReach.atLeast : value < mustReach.below;
}
