import { expect, test } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { firstSeedFinding } from './seeds.ts';

const TIMEOUT_MS = 600_000;
/** Within so many seeds each has to be found out. */
const SEEDS_MAX = 200;

/** A seed that finds it quickly; another is looked for only where that no longer does. */
const FOUND_BY = {
  commits: 0,
  loads: 5,
  atomicity: 0,
  losses: 17,
  origin: 1,
  alignment: 0,
  logClock: 0,
  foldVersion: 0,
  readBack: 549,
  denseNumbers: 29,
  waitsForOff: 37,
  ignoresOn: 2,
  ownLane: 0,
  eventKeys: 6,
  orderKeys: 1,
  heldMark: 0,
  heldSteps: 0,
  format: 3,
  versions: 28,
  silence: 2,
  ending: 28,
  look: 0,
  chain: 20,
  stay: 2,
  tick: 2,
  savedVersion: 18,
} as const satisfies Readonly<Record<keyof typeof MUTANTS, number>>;

const names = Object.keys(MUTANTS) as (keyof typeof MUTANTS)[];

test.each(names.map((name) => ({ name, without: MUTANTS[name].without })))(
  'a pipeline without $without is found out',
  { timeout: TIMEOUT_MS },
  async ({ name }) => {
    expect(await firstSeedFinding(MUTANTS[name].alterations, FOUND_BY[name], SEEDS_MAX)).not.toBeNull();
  },
);
