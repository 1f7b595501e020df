// `npm run simulate -- --seeds 1000 [--from SEED]` runs seeds on all cores; `--seed N` runs one and tells what happens in
// it. Exit code 0: nothing was violated, 1: something was, 2: the arguments are wrong.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { oneOf, readArguments, wholeNumber } from '../arguments.ts';
import { faultsOf, totalOf } from './fault-kinds.ts';
import { MUTANTS } from './mutants.ts';
import { CLOCKS, clockOf, describeFailure, type SeedJob, type SeedResult } from './seeds.ts';
import { simulate } from './simulate.ts';
import type { ClockKind } from './workload.ts';

const USAGE = `npm run simulate -- [--seeds COUNT] [--from SEED] [--workers COUNT]   seeds on all cores (1000 from 0)
npm run simulate -- --seed SEED                                       one seed, with what happens in it
  --clock ${CLOCKS.join('|')}   instead of the seed's own
  --without ${Object.keys(MUTANTS).join('|')}
                             with one guard turned off, to see that it is found out`;

const SEED_MAX = 2 ** 32 - 1;
const PROGRESS_EVERY_MS = 5_000;
const FAILURES_SHOWN_MAX = 20;

interface Settings {
  /** The only one; null: many. */
  readonly seed: number | null;
  readonly from: number;
  readonly count: number;
  readonly workers: number;
  readonly clock: ClockKind | null;
  readonly without: keyof typeof MUTANTS | null;
}

const settings = readSettings();
process.exitCode = (await (settings.seed === null ? runMany(settings) : runOne(settings.seed, settings))) ? 0 : 1;

async function runOne(seed: number, { clock, without }: Settings): Promise<boolean> {
  const alterations = without === null ? {} : MUTANTS[without].alterations;
  const { violations, happenings } = await simulate(seed, clock ?? clockOf(seed), alterations, (atMs, text) => {
    console.log(`${(atMs / 1_000).toFixed(3).padStart(12)} s  ${text}`);
  });
  printFaults(happenings, 1);
  for (const violation of violations) console.log(`violated: ${violation}`);
  console.log(`seed ${seed}, ${clock ?? clockOf(seed)} clock: ${violations.length} violations`);
  return violations.length === 0;
}

async function runMany({ from, count, workers, clock, without }: Settings): Promise<boolean> {
  const jobs: SeedJob[] = Array.from({ length: count }, (_, i) => ({ seed: from + i, clock })).reverse();
  const counts = new Map<string, number>();
  const startedAt = performance.now();
  let done = 0;
  let failed = 0;
  const report = (result: SeedResult) => {
    done++;
    for (const [what, times] of result.counts) counts.set(what, (counts.get(what) ?? 0) + times);
    if (result.violations.length === 0) return;
    failed++;
    if (failed <= FAILURES_SHOWN_MAX) console.log(describeFailure(result, result.violations));
  };
  const tell = () => {
    const minutes = (performance.now() - startedAt) / 60_000;
    const faults = totalOf(faultsOf(counts));
    const rate = Math.round(done / minutes);
    console.log(`${done} of ${count} seeds, ${failed} violated, ${faults} faults, ${rate} seeds a minute`);
  };
  const progress = setInterval(tell, PROGRESS_EVERY_MS);
  await Promise.all(Array.from({ length: Math.min(workers, count) }, () => work(jobs, without, report)));
  clearInterval(progress);
  printFaults(counts, count);
  tell();
  return failed === 0;
}

/** One thread, until no seed is left. */
function work(jobs: SeedJob[], without: Settings['without'], report: (result: SeedResult) => void): Promise<void> {
  const worker = new Worker(new URL('./seed-worker.ts', import.meta.url), { workerData: { without } });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const next = () => {
    const job = jobs.pop();
    if (job === undefined) void worker.terminate().then(() => resolve());
    else worker.postMessage(job);
  };
  worker.on('message', (result: SeedResult) => {
    report(result);
    next();
  });
  worker.on('error', reject);
  next();
  return promise;
}

function printFaults(counts: ReadonlyMap<string, number>, seeds: number): void {
  const faults = faultsOf(counts);
  console.log(`\nfaults by kind (${Math.round(totalOf(faults) / seeds)} a seed):`);
  for (const [kind, count] of faults) console.log(`${String(count).padStart(10)}  ${kind}`);
  console.log('');
}

function readSettings(): Settings {
  const text = { type: 'string' } as const;
  const options = { seed: text, seeds: text, from: text, workers: text, clock: text, without: text };
  return readArguments(USAGE, options, (values) => {
    if (values.seed !== undefined && (values.seeds ?? values.from ?? values.workers) !== undefined) {
      throw new Error(
        '--seed: expected it alone, since it runs one seed, found --seeds, --from or --workers beside it',
      );
    }
    const from = wholeNumber('from', values.from ?? '0', 0, SEED_MAX);
    return {
      seed: values.seed === undefined ? null : wholeNumber('seed', values.seed, 0, SEED_MAX),
      from,
      count: wholeNumber('seeds', values.seeds ?? '1000', 1, SEED_MAX - from),
      workers: wholeNumber('workers', values.workers ?? String(availableParallelism()), 1, 1_024),
      clock: values.clock === undefined ? null : oneOf('clock', values.clock, CLOCKS),
      without:
        values.without === undefined
          ? null
          : oneOf('without', values.without, Object.keys(MUTANTS) as (keyof typeof MUTANTS)[]),
    };
  });
}
