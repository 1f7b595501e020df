import type { Environment as Variables } from '@tidemark/config';
import { policyDocument } from '@tidemark/policy';
import { type ReplayResult, replay } from '@tidemark/replay';
import { createAnnouncer, readServiceSettings, type ServiceSettings, WaitStopped } from '@tidemark/runtime';
import { createLogger } from '@tidemark/telemetry';
import { type Environment, stopSignalOf } from '../terminal/environment.ts';
import { EXIT, exitCodeOf } from '../terminal/exit-codes.ts';
import { formatCount, formatDay } from '../terminal/format.ts';
import { type Backend, openFolder } from '../up/backend.ts';
import { goLive } from '../up/go-live.ts';
import { type History, type OpenedHistory, openHistory, readHistory } from '../up/history/history.ts';
import { startProgressBar } from '../up/progress-bar.ts';
import { describeInterruption } from '../up/replay-history.ts';
import { CountingWriter } from '../up/run-replay.ts';
import type { ReplayCommandOptions } from './command.ts';

/** On servers, or in a data folder. */
type LogToWrite = Pick<Backend, 'log' | 'schemaIds' | 'location' | 'committed' | 'persist'>;

interface Written extends ReplayResult {
  /** Events that this run wrote; the others were there. */
  readonly eventsWritten: number;
  readonly seconds: number;
}

/** Writes history to a log as far as it is not there yet; resolves to the exit code once all is acknowledged. */
export async function replayToLog(options: ReplayCommandOptions, environment: Environment): Promise<number> {
  const { data = null } = options;
  const servers = data === null ? readSettings(options, environment.variables) : null;
  const history = await readHistory(options, { data, servers }, environment);
  try {
    return servers === null
      ? await replayToFolder(data ?? '', history, options, environment)
      : await replayToServers(servers, history, options, environment);
  } catch (error) {
    const signal = stopSignalOf(environment);
    if (error instanceof WaitStopped && signal !== null) return exitCodeOf(signal);
    throw error;
  }
}

async function replayToServers(
  settings: ServiceSettings,
  history: History,
  options: ReplayCommandOptions,
  environment: Environment,
): Promise<number> {
  const { clock, stop } = environment;
  const logger = loggerOf(environment);
  // Other commands load this file, too, and do without the clients of Kafka and Redis.
  const { openServerLog } = await import('../up/open-server-backend.ts');
  const server = await openServerLog(settings, { clock, logger, signal: stop });
  try {
    return await replayTo(server, history, options, environment);
  } finally {
    await server.close();
  }
}

async function replayToFolder(
  data: string,
  history: History,
  options: ReplayCommandOptions,
  environment: Environment,
): Promise<number> {
  const { clock, stop } = environment;
  const failed = new AbortController();
  const announcer = createAnnouncer(loggerOf(environment), clock);
  const waiting = { clock, announcer, signal: AbortSignal.any([stop, failed.signal]) };
  const folder = openFolder({ data, fresh: false }, waiting, (error) => failed.abort(error));
  try {
    const code = await replayTo(folder, history, options, environment);
    failed.signal.throwIfAborted();
    return code;
  } finally {
    await folder.close();
  }
}

function loggerOf({ stderr }: Environment) {
  return createLogger({ level: 'warn', format: 'pretty', destination: stderr.stream });
}

/** The options win over the environment. Throws `ConfigError`. */
function readSettings({ kafka, registry }: ReplayCommandOptions, variables: Variables): ServiceSettings {
  const asked = {
    ...(kafka === undefined ? {} : { TIDEMARK_KAFKA_BROKERS: kafka }),
    ...(registry === undefined ? {} : { TIDEMARK_REGISTRY_URL: registry }),
  };
  return readServiceSettings({ ...variables, ...asked }, { registry: true });
}

async function replayTo(
  server: LogToWrite,
  history: History,
  options: ReplayCommandOptions,
  environment: Environment,
): Promise<number> {
  const { stdout, stderr, clock } = environment;
  const people = options.json ? stderr : stdout;
  const opened = await openHistory(history, server, clock.now());
  await people.line(opened.describe(server.location));
  const written = await write(server, opened, options, environment).finally(() => opened.close());
  const signal = stopSignalOf(environment);
  if (!written.isComplete) {
    await stderr.line(describeInterruption(written));
    return signal === null ? EXIT.failed : exitCodeOf(signal);
  }
  await people.line(describeWritten(written));
  if (options.live) {
    await server.persist(() => goLive(server, clock, null));
    await people.line(
      `The replay is over for good: the switch to the wall clock is in the log, in each of ${server.log.lanes} lanes. They are ` +
        'live once unify has taken it; `npx tidemark policy apply` waits for that and says so.',
    );
  }
  if (options.json) await stdout.line(resultJson(written, options));
  return EXIT.ok;
}

async function write(
  server: LogToWrite,
  { source, policy, end }: OpenedHistory,
  { until, json }: ReplayCommandOptions,
  { stdout, clock, stop }: Environment,
): Promise<Written> {
  const startedAt = clock.now();
  const progress = startProgressBar(json ? null : stdout, clock);
  let eventsWritten = 0;
  try {
    // After a send that failed another writer goes on from what the log has.
    const result = await server.persist(async () => {
      const writer = await CountingWriter.open(server.log);
      try {
        return await replay({
          dataset: source,
          log: server.log,
          writer,
          schemaIds: server.schemaIds,
          policyDocument: policyDocument(policy),
          until: until ?? null,
          end,
          signal: stop,
          onProgress: progress.update,
        });
      } finally {
        eventsWritten += writer.events;
        await writer.close();
      }
    });
    return { ...result, eventsWritten, seconds: (clock.now() - startedAt) / 1_000 };
  } finally {
    progress.end();
  }
}

function describeWritten({ events, eventsWritten, day, seconds }: Written): string {
  return (
    `All ${formatCount(events)} events up to the end of ${formatDay(day)} are in the log; ` +
    `${formatCount(eventsWritten)} of them were written now, in ${seconds.toFixed(1)} s.`
  );
}

function resultJson({ events, eventsWritten, day, seconds }: Written, { live }: ReplayCommandOptions): string {
  return JSON.stringify({ events, eventsWritten, until: formatDay(day), seconds, live });
}
