import { simulate } from './simulate.ts';
import type { Alterations } from './wiring.ts';
import type { ClockKind } from './workload.ts';

export const CLOCKS = ['live', 'event', 'switch'] as const satisfies readonly ClockKind[];

export interface SeedJob {
  readonly seed: number;
  /** Null: the seed's own. */
  readonly clock: ClockKind | null;
}

export interface SeedResult extends SeedJob {
  readonly violations: readonly string[];
  readonly counts: readonly (readonly [what: string, count: number])[];
  readonly tookMs: number;
}

/** A seed decides about everything, its clock too. */
export function clockOf(seed: number): ClockKind {
  return CLOCKS[seed % CLOCKS.length] as ClockKind;
}

/** How to see a run again. */
export function replayOf({ seed, clock }: SeedJob): string {
  return `npm run simulate -- --seed ${seed}${clock === null || clock === clockOf(seed) ? '' : ` --clock ${clock}`}`;
}

/** Seeds of a whole run of the tests; `npm run simulate` runs a thousand. */
const SEEDS_DEFAULT = 60;

/** Those of the tests that are on this clock. `SEEDS` says how many there are in all, `FROM` with which they begin. */
export function seedsOn(clock: ClockKind): readonly number[] {
  const from = Number(process.env['FROM'] ?? 0);
  const count = Number(process.env['SEEDS'] ?? SEEDS_DEFAULT);
  return Array.from({ length: count }, (_, i) => from + i).filter((seed) => clockOf(seed) === clock);
}

/** What went wrong with each seed, and how to see it again; empty if nothing did. */
export async function failuresOf(jobs: readonly SeedJob[]): Promise<string> {
  const failures: string[] = [];
  for (const job of jobs) {
    const { violations } = await simulate(job.seed, job.clock ?? clockOf(job.seed));
    if (violations.length > 0) failures.push(describeFailure(job, violations));
  }
  return failures.join('\n');
}

export function describeFailure(job: SeedJob, violations: readonly string[]): string {
  const shown = violations.slice(0, 3).map((violation) => `  ${violation.slice(0, VIOLATION_CHARACTERS_MAX)}`);
  const clock = job.clock ?? clockOf(job.seed);
  return `seed ${job.seed}, ${clock} clock: ${violations.length} violations\n${shown.join('\n')}\n  again: ${replayOf(job)}`;
}

const VIOLATION_CHARACTERS_MAX = 1_000;

/** The first seed in which an altered pipeline is found out: `first` if it still is, or one below `count`; null if none. */
export async function firstSeedFinding(
  alterations: Alterations,
  first: number,
  count: number,
): Promise<{ readonly seed: number; readonly violation: string } | null> {
  const others = Array.from({ length: count }, (_, seed) => seed).filter((seed) => seed !== first);
  for (const seed of [first, ...others]) {
    const [violation] = (await simulate(seed, clockOf(seed), alterations)).violations;
    if (violation !== undefined) return { seed, violation };
  }
  return null;
}
