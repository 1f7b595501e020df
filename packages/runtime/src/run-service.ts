import { ConfigError } from '@tidemark/config';
import { OperatingError } from '@tidemark/stream';
import { createLogger, runbook, safeError } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import type { Need, ServiceDefinition } from './service.ts';
import { readServiceSettings, type ServiceSettings } from './settings.ts';
import { StartRefused } from './start-refused.ts';
import { systemClock } from './system-clock.ts';

const EXIT = { ok: 0, failed: 1, bug: 70 } as const;
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Supervisors wait for 5 s or more before they kill. */
const STOP_WITHIN_MS = 4_500;

/**
 * Runs a service as this process: the only reader of environment and signals. Ends it with 0 after SIGTERM or
 * SIGINT, and where a later version of its fold has taken over; with 1 where an operator has to do something before it can start (the log's last line says what), with 70 after
 * a bug of ours. A lane's fault does not end it.
 */
export async function runService<Needed extends Need>(definition: ServiceDefinition<Needed>): Promise<never> {
  const settings = readSettings(definition);
  const logger = createLogger({ ...settings.log, service: definition.name });
  const failed = Promise.withResolvers<never>();
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, failed.reject);
  const stop = stopOnSignals(logger);
  // Whoever only imports a service's composition does not load the clients of Kafka and Redis.
  const { serve } = await import('./serve.ts');
  try {
    const ended = await Promise.race([
      serve(definition, { settings, logger, clock: systemClock, stop, crashed: failed.reject }),
      failed.promise,
    ]);
    logger.info({}, ended ?? 'stopped');
    process.exit(EXIT.ok);
  } catch (error) {
    process.exit(tellEnd(error, logger));
  }
}

function readSettings({ name, needs }: Pick<ServiceDefinition<Need>, 'name' | 'needs'>): ServiceSettings {
  try {
    return readServiceSettings(process.env, { registry: needs.includes('schemaIds') });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exit(EXIT.failed);
  }
}

/** The second signal, or the end of patience, ends the process at once: what was acknowledged is safe. */
function stopOnSignals(logger: Logger): AbortSignal {
  const stop = new AbortController();
  const force = (): never => {
    logger.warn({}, 'stopped without leaving the group; nothing is lost, other members wait for the session to end');
    process.exit(EXIT.failed);
  };
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      if (stop.signal.aborted) force();
      logger.info({ signal }, 'stopping');
      stop.abort();
      setTimeout(force, STOP_WITHIN_MS).unref();
    });
  }
  return stop.signal;
}

function tellEnd(error: unknown, logger: Logger): number {
  if (error instanceof OperatingError && !error.retriable) {
    logger.fatal({ code: error.code, runbook: runbook.outage(error.code) }, `not running: ${error.message}`);
    return EXIT.failed;
  }
  if (error instanceof StartRefused) {
    logger.fatal({}, `not running: ${error.message}`);
    return EXIT.failed;
  }
  logger.fatal({ err: safeError(error) }, 'this is a bug in Tidemark; what was acknowledged is safe');
  return EXIT.bug;
}
