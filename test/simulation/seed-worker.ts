// One of the threads that run seeds: takes one, answers with what came of it, takes the next.

import { parentPort, workerData } from 'node:worker_threads';
import { MUTANTS } from './mutants.ts';
import { clockOf, type SeedJob, type SeedResult } from './seeds.ts';
import { simulate } from './simulate.ts';

const without: keyof typeof MUTANTS | null = workerData.without;
const alterations = without === null ? {} : MUTANTS[without].alterations;

parentPort?.on('message', ({ seed, clock }: SeedJob) => {
  const startedAt = performance.now();
  const finish = (violations: readonly string[], counts: ReadonlyMap<string, number>) => {
    const result: SeedResult = { seed, clock, violations, counts: [...counts], tookMs: performance.now() - startedAt };
    parentPort?.postMessage(result);
  };
  simulate(seed, clock ?? clockOf(seed), alterations).then(
    ({ violations, happenings }) => finish(violations, happenings),
    (error: unknown) => finish([`the simulation threw: ${error instanceof Error ? error.stack : error}`], new Map()),
  );
});
