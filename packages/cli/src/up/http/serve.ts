import { type QueryPorts, type RunningQuery, StartError, startQuery } from '@tidemark/service-query';
import type { Telemetry } from '@tidemark/telemetry';
import type { Logger } from 'pino';
import { Failure } from '../../terminal/failure.ts';
import type { Run } from '../run-up.ts';
import type { UpSettings } from '../up-settings.ts';
import { HttpThread, type HttpThreadPorts } from './http-thread.ts';

type Served = Pick<Run, 'backend' | 'environment' | 'pipeline' | 'options'> &
  Pick<HttpThreadPorts, 'watch'> & {
    readonly telemetry: Telemetry;
    readonly logger: Logger;
  };

/** Serves what log and store have, and takes events once its lanes are on the wall clock. Throws a `Failure`. */
export function serve(served: Served, settings: UpSettings): Promise<RunningQuery> {
  // Who waits for servers leaves the thread to others; SQLite does not.
  if (settings.remote !== null) return serveHere(served, settings);
  const { environment, options } = served;
  const { server, log } = settings;
  return HttpThread.start({ ...served, variables: environment.variables }, { folder: options.data, server, log });
}

async function serveHere(
  { backend, environment, pipeline, telemetry, logger }: Served,
  { server }: UpSettings,
): Promise<RunningQuery> {
  const { clock } = environment;
  const ports: QueryPorts = {
    reading: { log: backend.log, store: backend.store, clock },
    raw: { log: pipeline.log, state: async () => (pipeline.isLive() ? 'live' : 'replaying') },
    schemaIds: backend.schemaIds,
    telemetry,
    logger,
    clock,
  };
  return startQuery(ports, server).catch((error: unknown) => {
    throw error instanceof StartError ? new Failure(error.message) : error;
  });
}
