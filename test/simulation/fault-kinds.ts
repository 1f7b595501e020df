import { DEEDS } from './nemesis.ts';

/** What goes wrong in a run, of all that is counted. */
const FAULT_KINDS: ReadonlySet<string> = new Set([
  ...DEEDS,
  'store went back to a place',
  'slept too long',
  'slow batch',
  'stale batch',
  'positions forgotten',
  'loss never told',
  'loss told late',
  'poisoned',
  'upgrades begun',
  'upgrades given up',
  'versions sent away',
  'event duplicate',
  'event late',
  'event refused',
  ...['lost', 'unknown', 'late', 'slow', 'repeated', 'crashBefore', 'crashAfter'].map((fate) => `call ${fate}`),
  ...['truncated', 'cut', 'emptied', 'rewritten'].map((how) => `log ${how}`),
]);

/** The faults among what was counted, most frequent first. */
export function faultsOf(counts: ReadonlyMap<string, number>): (readonly [kind: string, count: number])[] {
  return [...counts].filter(([kind]) => FAULT_KINDS.has(kind)).sort((a, b) => b[1] - a[1]);
}

export function totalOf(faults: readonly (readonly [kind: string, count: number])[]): number {
  return faults.reduce((sum, [, count]) => sum + count, 0);
}
