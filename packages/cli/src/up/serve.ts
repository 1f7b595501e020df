import { LogIngest, type QueryPorts, type RunningQuery, StartError, startQuery } from '@tidemark/service-query';
import type { Telemetry } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import { Failure } from '../terminal/failure.ts';
import type { Run } from './run-up.ts';
import type { UpSettings } from './up-settings.ts';

type Served = Pick<Run, 'backend' | 'environment' | 'pipeline'> & {
  readonly telemetry: Telemetry;
  readonly logger: Logger;
};

/** Serves what log and store have, and takes events once its lanes are on the wall clock. Throws a `Failure`. */
export async function serve(
  { backend, environment, pipeline, telemetry, logger }: Served,
  settings: UpSettings,
): Promise<RunningQuery> {
  const { clock } = environment;
  const log = new LogIngest(pipeline.log);
  const ports: QueryPorts = {
    reading: { log: backend.log, store: backend.store, clock },
    schemaIds: backend.schemaIds,
    ingest: {
      send: (topic, events) => log.send(topic, events),
      state: () => (pipeline.isLive() ? 'live' : 'replaying'),
    },
    telemetry,
    logger,
    clock,
  };
  const server = await startQuery(ports, settings.server).catch((error: unknown) => {
    throw error instanceof StartError ? new Failure(error.message) : error;
  });
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await log.close();
    },
  };
}
