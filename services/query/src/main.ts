import { embeddedSchemaIds, type SchemaIds } from '@tidemark/contracts';
import { encodeEvent } from '@tidemark/producer';
import type { Reading } from '@tidemark/reading';
import { type IngestState, LiveWatch, LogIngest, type RawLog, runService, StartRefused } from '@tidemark/runtime';
import { createReader } from './create-reader.ts';
import type { ServerPorts } from './ports.ts';
import type { QueryOptions, RunningQuery } from './query-options.ts';
import { StartError } from './start-error.ts';
import { startServer } from './start-server.ts';

export { isLoopback } from './auth/loopback.ts';
export type { Role, Tokens } from './auth/tokens.ts';
export type { Beside, HealthReport, OperationsPort } from './ports.ts';
export type { QueryOptions, RunningQuery } from './query-options.ts';
export { StartError, type StartErrorCode } from './start-error.ts';

export interface QueryPorts extends Omit<ServerPorts, 'reader' | 'ingest'> {
  readonly reading: Reading;
  /** Where events are taken to, and whether they have a place there. */
  readonly raw: { readonly log: RawLog; state(): Promise<IngestState> };
  /** The ids of the raw records' schemas; by default those of embedded mode. */
  readonly schemaIds?: SchemaIds;
}

/** log, store ─> query ─> HTTP; events over HTTP ─> query ─> interactions, orders, marketing, identities */
export async function startQuery(ports: QueryPorts, options: QueryOptions): Promise<RunningQuery> {
  const { reading, raw, schemaIds = embeddedSchemaIds, ...others } = ports;
  const log = new LogIngest(raw.log);
  const ingest: ServerPorts['ingest'] = {
    encode: (topic, event, earliestAt) => encodeEvent(topic, event, schemaIds, earliestAt ?? undefined),
    send: (topic, records) => log.send(topic, records),
    state: () => raw.state(),
  };
  const server = await startServer({ ...others, reader: createReader(reading, ports.clock), ingest }, options);
  return {
    url: server.url,
    async stop() {
      await server.stop();
      await log.close();
    },
  };
}

if (import.meta.main) {
  await runService({
    name: 'query',
    needs: ['store', 'schemaIds'],
    async start({ log, store, schemaIds, clock, settings, telemetry, logger }) {
      const live = LiveWatch.start(store, log.lanes, clock);
      const ports: QueryPorts = {
        reading: { log, store, clock },
        raw: { log, state: async () => live.state },
        schemaIds,
        telemetry,
        logger,
        clock,
      };
      const server = await startQuery(ports, settings.query).catch((error: unknown) => {
        throw error instanceof StartError ? new StartRefused(error.message) : error;
      });
      return {
        async stop() {
          live.stop();
          await server.stop();
        },
      };
    },
  });
}
