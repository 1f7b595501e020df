import { type Policy, startOfDay, type TimeMs } from '@tidemark/domain';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import {
  type Dataset,
  type LoadedOrders,
  loadOrders,
  type OrdersSource,
  type ReplayProgress,
  readReplayEnd,
} from '@tidemark/service-simulate';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { formatCount, formatDay } from '../terminal/format.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import type { Backend } from './backend.ts';
import { describeDataset, describeLeftOut } from './describe-dataset.ts';
import type { HistoryOptions } from './history-options.ts';
import { openLeftOutFile } from './left-out-file.ts';
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
  /** Fixes what is replayed, once: what lies before `end`. Says what is left out. */
  datasetUpTo(end: TimeMs): Promise<Dataset>;
}

/** Reads what the options name, and checks of it what needs no log. Throws `DatasetError` and `Failure`. */
export async function readHistory(options: HistoryOptions, environment: Environment): Promise<History> {
  const { stderr, clock } = environment;
  checkOptions(options);
  const policy = options.policy === undefined ? defaultPolicy() : await readPolicy(options.policy, environment);
  const leftOutFile = openLeftOutFile(options.leftOut);
  const loaded = await loadOrders({
    source: sourceOf(options),
    baseCurrency: policy.currency.base,
    onLeftOut: leftOutFile.add,
  });
  checkTimes(loaded, options, clock.now());
  return {
    policy,
    async datasetUpTo(end) {
      const dataset = loaded.dataset({ simulated: options.simulated, end });
      leftOutFile.close();
      const file = options.orders ?? '';
      for (const line of describeLeftOut(file, loaded.leftOut, options.leftOut)) await stderr.line(line);
      return dataset;
    },
  };
}

function sourceOf({ orders, sample, encoding, credits }: HistoryOptions): OrdersSource {
  if (orders !== undefined) return { kind: 'csv', path: orders, credits, ...(encoding === undefined ? {} : { encoding }) };
  return { kind: sample ? 'cdnow-sample' : 'cdnow' };
}

function checkOptions({ orders, encoding, leftOut }: HistoryOptions): void {
  const lonely = encoding !== undefined ? '--encoding' : leftOut !== undefined ? '--left-out' : null;
  if (orders === undefined && lonely !== null) throw new Failure(`expected --orders with ${lonely}`, EXIT.usage);
}

/** What would be refused by the replay itself, but only after --fresh has removed what was there. */
function checkTimes({ name, firstAt }: LoadedOrders, { until }: HistoryOptions, now: TimeMs): void {
  if (firstAt >= now) {
    throw new Failure(
      `expected orders of the past in ${name}, found that the first is of ${new Date(firstAt).toISOString()}, and now is ` +
        `${new Date(now).toISOString()}. Mend the times, or this machine's clock.`,
    );
  }
  if (until !== undefined && until < startOfDay(firstAt)) {
    throw new Failure(
      `expected an --until on or after ${formatDay(firstAt)}, the day of the first event, found ${formatDay(until)}. ` +
        'Give a later day.',
    );
  }
}

/** The history of a log: up to where its replay ends if it has one, else up to now. */
export async function datasetFor(
  history: History,
  { log, persist }: Pick<Backend, 'log' | 'persist'>,
  now: TimeMs,
): Promise<{ readonly dataset: Dataset; readonly end: TimeMs }> {
  const end = (await persist(() => readReplayEnd(log))) ?? now;
  return { dataset: await history.datasetUpTo(end), end };
}

/** Replays the orders through all services, shows the whole state, and stays until it is stopped if it serves. */
export async function replayHistory(run: Run, history: History): Promise<number> {
  const { options, environment, url } = run;
  const { stdout, stderr } = environment;
  const people = options.json ? stderr : stdout;
  const { dataset, end } = await datasetFor(history, run.backend, environment.clock.now());
  await people.line(describeDataset(dataset, run.backend.place, { ...options, end }));
  const outcome = await replayAll(run, history.policy, dataset, end);
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
  policy: Policy,
  dataset: Dataset,
  end: TimeMs,
): Promise<ReplayOutcome> {
  const progress = startProgressBar(options.json ? null : environment.stdout, environment.clock);
  try {
    return await backend.persist(() =>
      runReplay(pipeline, environment.clock, {
        dataset,
        policyDocument: policyDocument(policy),
        until: options.until ?? null,
        end,
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
