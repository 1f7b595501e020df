import type { Policy } from '@tidemark/domain';
import { policyDocument } from '@tidemark/policy';
import type { ReplayProgress } from '@tidemark/replay';
import { stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { formatCount, formatDay } from '../terminal/format.ts';
import { type History, type OpenedHistory, openHistory } from './history/history.ts';
import { startProgressBar } from './progress-bar.ts';
import { type ReplayOutcome, runReplay } from './run-replay.ts';
import type { RunningUp } from './run-up.ts';
import { collectSummary } from './summary/collect-summary.ts';
import { formatSummary } from './summary/format-summary.ts';
import { suggestCommands } from './summary/suggest-commands.ts';
import { summaryJson } from './summary/summary-json.ts';
import { waitForAbort } from './wait-for-abort.ts';

/** Replays history through all services, shows the whole state, and stays until it is stopped if it serves. */
export async function replayHistory(run: RunningUp, history: History): Promise<number> {
  const { options, environment, url } = run;
  const { stdout, stderr } = environment;
  const people = options.json ? stderr : stdout;
  const opened = await openHistory(history, run.backend, environment.clock.now());
  await people.line(opened.describe(run.backend.location));
  const outcome = await replayAll(run, opened).finally(() => opened.close());
  const signal = stopSignalOf(environment);
  if (signal !== null || !outcome.isComplete) {
    await stderr.line(describeInterruption(outcome));
    return signal === null ? EXIT.failed : exitCodeOf(signal);
  }
  await showSummary(run, outcome, opened.policy);
  if (url === null) return EXIT.ok;
  await people.line('');
  await people.line(`Serving ${url} (a page to try it: ${url}/docs). Ctrl-C stops.`);
  await waitForAbort(run.signal);
  return EXIT.ok;
}

async function replayAll(
  { backend, pipeline, options, environment, signal }: RunningUp,
  { policy, source, end }: OpenedHistory,
): Promise<ReplayOutcome> {
  const progress = startProgressBar(options.json ? null : environment.stdout, environment.clock);
  try {
    return await backend.persist(() =>
      runReplay(pipeline, environment.clock, {
        dataset: source,
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

async function showSummary({ backend, options, environment, url }: RunningUp, outcome: ReplayOutcome, policy: Policy) {
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
