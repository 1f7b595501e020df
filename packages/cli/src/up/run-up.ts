import { existsSync } from 'node:fs';
import { LANES_DEFAULT, topics } from '@tidemark/contracts';
import type { Policy } from '@tidemark/domain';
import { type Embedded, openEmbedded, openEmbeddedReader, removeEmbedded } from '@tidemark/embedded';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import { type Dataset, openDataset } from '@tidemark/service-simulate';
import { OperatingError } from '@tidemark/stream';
import { pino } from 'pino';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { Failure } from '../terminal/failure.ts';
import { formatCount, formatDay } from '../terminal/format.ts';
import { readPolicy } from '../terminal/read-policy.ts';
import type { UpOptions } from './command.ts';
import { describeBadLines, describeDataset } from './describe-dataset.ts';
import { type EmbeddedPipeline, startEmbeddedPipeline } from './embedded-pipeline.ts';
import { LaneWatch } from './lane-watch.ts';
import { type PipelineSettings, readPipelineSettings } from './pipeline-settings.ts';
import { startProgressBar } from './progress-bar.ts';
import { type ReplayOutcome, runReplay } from './run-replay.ts';
import { collectSummary } from './summary/collect-summary.ts';
import { formatSummary } from './summary/format-summary.ts';
import { suggestCommands } from './summary/suggest-commands.ts';
import { summaryJson } from './summary/summary-json.ts';

/** What a run works with. All of it was checked before anything is written. */
interface Inputs {
  readonly policy: Policy;
  readonly dataset: Dataset;
  readonly settings: PipelineSettings;
}

/** Replays the orders through all services in this process, then shows the whole state. */
export async function runUp(options: UpOptions, environment: Environment): Promise<number> {
  const { stdout, stderr, clock } = environment;
  const people = options.json ? stderr : stdout;
  const inputs = await readInputs(options, environment);
  for (const line of describeBadLines(options.orders ?? '', inputs.dataset.badLines)) await stderr.line(line);
  if (options.fresh) removeEmbedded(options.data);
  const watch = new LaneWatch(pino({ base: null }, pino.destination({ dest: 2, sync: true })));
  const embedded = openEmbedded({
    folder: options.data,
    lanes: options.lanes ?? lanesOf(options.data) ?? LANES_DEFAULT,
    topics: topics.map(({ name }) => name),
    clock,
    onFailure: (error) => watch.fail(error),
  });
  try {
    await people.line(describeDataset(inputs.dataset, options));
    const pipeline = await startEmbeddedPipeline(embedded, clock, inputs.settings, watch);
    const outcome = await replayAndStop(pipeline, inputs, options, environment, watch);
    const signal = stopSignalOf(environment);
    if (signal !== null) {
      await stderr.line(describeInterruption(outcome));
      return exitCodeOf(signal);
    }
    await showSummary(embedded, outcome, inputs.policy, options, environment);
    return EXIT.ok;
  } finally {
    embedded.close();
  }
}

async function readInputs(options: UpOptions, environment: Environment): Promise<Inputs> {
  const settings = readPipelineSettings(environment.variables);
  const policy = options.policy === undefined ? defaultPolicy() : await readPolicy(options.policy);
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
  return { policy, dataset, settings };
}

/** The lanes that the folder was made with, so that --lanes need not be repeated; null if it cannot be read yet. */
function lanesOf(folder: string): number | null {
  if (!existsSync(folder)) return null;
  try {
    const reader = openEmbeddedReader(folder);
    const { lanes } = reader.log;
    reader.close();
    return lanes;
  } catch (error) {
    // Whatever is wrong with the folder, opening it for writing says so.
    if (error instanceof OperatingError) return null;
    throw error;
  }
}

async function replayAndStop(
  pipeline: EmbeddedPipeline,
  { dataset, policy }: Inputs,
  { until, json }: UpOptions,
  environment: Environment,
  watch: LaneWatch,
): Promise<ReplayOutcome> {
  const progress = startProgressBar(json ? null : environment.stdout, environment.clock);
  try {
    return await runReplay(pipeline, environment.clock, {
      dataset,
      policyDocument: policyDocument(policy),
      until: until ?? null,
      signal: AbortSignal.any([environment.stop, watch.failed]),
      onProgress: progress.update,
    });
  } finally {
    progress.end();
    // After a bug nothing of ours should go on writing; what is acknowledged is safe.
    if (!watch.isBug) await pipeline.stop();
    watch.throwFailure();
  }
}

async function showSummary(
  embedded: Embedded,
  outcome: ReplayOutcome,
  policy: Policy,
  options: UpOptions,
  { stdout, stderr, peakMemoryBytes }: Environment,
): Promise<void> {
  const summary = await collectSummary(embedded, policy);
  const people = options.json ? stderr : stdout;
  for (const line of formatSummary(summary, outcome, policy)) await people.line(line);
  for (const line of suggestCommands(summary, options.data)) await people.line(line);
  if (options.json) await stdout.line(summaryJson(summary, outcome, peakMemoryBytes()));
}

function describeInterruption({ events, eventsTotal, day }: ReplayOutcome): string {
  return (
    `Stopped at stream date ${formatDay(day)}: ${formatCount(events)} of ${formatCount(eventsTotal)} events are in the log. ` +
    'The same command goes on from there.'
  );
}
