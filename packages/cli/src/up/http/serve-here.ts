import { type QueryPorts, type RunningQuery, StartError, startQuery } from '@tidemark/service-query';
import type { Telemetry } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import { Failure } from '../../terminal/failure.ts';
import type { RunningUp } from '../run-up.ts';
import type { UpSettings } from '../up-settings.ts';

type Served = Pick<RunningUp, 'backend' | 'environment' | 'pipeline'> & {
  readonly telemetry: Telemetry;
  readonly logger: Logger;
};

/** Serves real servers from this thread, which whoever waits for them leaves to others. Throws a `Failure`. */
export async function serveHere(
  { backend, environment, pipeline, telemetry, logger }: Served,
  options: UpSettings['server'],
): Promise<RunningQuery> {
  const { clock } = environment;
  const ports: QueryPorts = {
    reading: { log: backend.log, store: backend.store, clock },
    raw: { log: pipeline.log, state: async () => pipeline.ingestState() },
    schemaIds: backend.schemaIds,
    telemetry,
    logger,
    clock,
  };
  return startQuery(ports, options).catch((error: unknown) => {
    throw error instanceof StartError ? new Failure(error.message) : error;
  });
}
