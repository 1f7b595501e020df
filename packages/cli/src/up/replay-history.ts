import type { Policy } from '@tidemark/domain';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import { type Dataset, openDataset, type ReplayProgress } from '@tidemark/service-simulate';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { formatCount, formatDay } from '../terminal/format.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import { describeBadLines, describeDataset } from './describe-dataset.ts';
import type { HistoryOptions } from './history-options.ts';
import { startProgressBar } from './progress-bar.ts';
import { type ReplayOutcome, runReplay } from './run-replay.ts';
import type { Run } from './run-up.ts';
import { collectSummary } from './summary/collect-summary.ts';
import { formatSummary } from './summary/format-summary.ts';
import { suggestCommands } from './summary/suggest-commands.ts';
import { summaryJson } from './summary/summary-json.ts';
import { waitForAbort } from './wait-for-abort.ts';

/** What is replayed, under which policy. */
export interface History {
  readonly policy: Policy;
  readonly dataset: Dataset;
}

/** Reads what the options name, and says which lines of a file are left out. */
export async function readHistory(options: HistoryOptions, environment: Environment): Promise<History> {
  const policy = options.policy === undefined ? defaultPolicy() : await readPolicy(options.policy, environment);
  const dataset = await openDataset({
    source:
      options.orders === undefined
        ? { kind: options.sample ? 'cdnow-sample' : 'cdnow' }
        : { kind: 'csv', path: options.orders },
    simulated: options.simulated,
    baseCurrency: policy.currency.base,
  });
  if (options.until !== undefined && options.until < dataset.firstDay) {
    throw new Failure(
      `expected an --until on or after ${formatDay(dataset.firstDay)}, the day of the first event, found ` +
        `${formatDay(options.until)}. Give a later day.`,
    );
  }
  for (const line of describeBadLines(options.orders ?? '', dataset.badLines)) await environment.stderr.line(line);
  return { policy, dataset };
}

/** Replays the orders through all services, shows the whole state, and stays until it is stopped if it serves. */
export async function replayHistory(run: Run, history: History): Promise<number> {
  const { options, environment, url } = run;
  const { stdout, stderr } = environment;
  const people = options.json ? stderr : stdout;
  await people.line(describeDataset(history.dataset, run.backend.place, options));
  const outcome = await replayAll(run, history);
  const signal = stopSignalOf(environment);
  if (signal !== null || !outcome.isComplete) {
    await stderr.line(describeInterruption(outcome));
    return signal === null ? EXIT.failed : exitCodeOf(signal);
  }
  await showSummary(run, outcome, history.policy);
  if (url === null) return EXIT.ok;
  await people.line('');
  await people.line(`Serving ${url} (a page to try it: ${url}/docs). Ctrl-C stops.`);
  await waitForAbort(run.signal);
  return EXIT.ok;
}

async function replayAll(
  { backend, pipeline, options, environment, signal }: Run,
  history: History,
): Promise<ReplayOutcome> {
  const progress = startProgressBar(options.json ? null : environment.stdout, environment.clock);
  try {
    return await backend.persist(() =>
      runReplay(pipeline, environment.clock, {
        dataset: history.dataset,
        policyDocument: policyDocument(history.policy),
        until: options.until ?? null,
        schemaIds: backend.schemaIds,
        recordsAheadMax: backend.recordsAheadMax,
        signal,
        onProgress: progress.update,
      }),
    );
  } finally {
    progress.end();
  }
}

async function showSummary({ backend, options, environment, url }: Run, outcome: ReplayOutcome, policy: Policy) {
  const { stdout, stderr, peakMemoryBytes } = environment;
  const summary = await backend.persist(() => collectSummary(backend, policy));
  const people = options.json ? stderr : stdout;
  for (const line of formatSummary(summary, outcome, policy)) await people.line(line);
  for (const line of suggestCommands(summary, options)) await people.line(line);
  if (options.json) await stdout.line(summaryJson(summary, outcome, { peakMemoryBytes: peakMemoryBytes(), url }));
}

/** How far a replay got that was stopped. */
export function describeInterruption({ events, eventsTotal, day }: ReplayProgress): string {
  return (
    `Stopped at stream date ${formatDay(day)}: ${formatCount(events)} of ${formatCount(eventsTotal)} events are in the log. ` +
    'The same command goes on from there.'
  );
}
