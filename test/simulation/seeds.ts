import { simulate } from './simulate.ts';
import type { Alterations } from './wiring.ts';
import type { ClockKind } from './workload.ts';

/** Seeds of a whole run of the tests, both clocks together. */
const SEEDS_DEFAULT = 200;

/** How many seeds each clock gets; `SEEDS` says how many in all. */
export function seedsPerClock(): number {
  return Math.ceil(Number(process.env['SEEDS'] ?? SEEDS_DEFAULT) / 2);
}

/** The first seed; `SEED` replays one alone. */
export function seedsToRun(): readonly number[] {
  const only = process.env['SEED'];
  if (only !== undefined) return [Number(only)];
  const from = Number(process.env['FROM'] ?? 0);
  return Array.from({ length: seedsPerClock() }, (_, i) => from + i);
}

/** What went wrong with each seed, and how to see it again; empty if nothing did. */
export async function failuresOf(clock: ClockKind, seeds: readonly number[]): Promise<string> {
  const failures: string[] = [];
  for (const seed of seeds) {
    const { violations } = await simulate(seed, clock);
    if (violations.length === 0) continue;
    const shown = violations.slice(0, 3).map((violation) => `  ${violation}`);
    failures.push(
      `seed ${seed}, ${clock} clock: ${violations.length} violations\n${shown.join('\n')}\n` +
        `  again: SEED=${seed} npx vitest run test/simulation/${clock}-clock.test.ts`,
    );
  }
  return failures.join('\n');
}

/** The first of `count` seeds in which an altered pipeline is found out; null if none does. */
export async function firstSeedFinding(
  alterations: Alterations,
  clock: ClockKind,
  count: number,
): Promise<{ readonly seed: number; readonly violation: string } | null> {
  for (let seed = 0; seed < count; seed++) {
    const [violation] = (await simulate(seed, clock, alterations)).violations;
    if (violation !== undefined) return { seed, violation };
  }
  return null;
}
