import { LogIngest, type QueryPorts, type RunningQuery, StartError, startQuery } from '@tidemark/service-query';
import type { Telemetry } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import { Failure } from '../terminal/failure.ts';
import type { Run } from './run-up.ts';
import type { UpSettings } from './up-settings.ts';

type Served = Pick<Run, 'embedded' | 'environment' | 'pipeline'> & {
  readonly telemetry: Telemetry;
  readonly logger: Logger;
};

/** Serves what the folder has, and takes events once its lanes are on the wall clock. Throws a `Failure`. */
export async function serve(
  { embedded, environment, pipeline, telemetry, logger }: Served,
  settings: UpSettings,
): Promise<RunningQuery> {
  const { clock } = environment;
  const log = new LogIngest(pipeline.log);
  const ports: QueryPorts = {
    reading: { log: embedded.log, store: embedded.store, clock },
    ingest: { send: (topic, events) => log.send(topic, events), isLive: () => pipeline.isLive() },
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
