import { embeddedSchemaIds, type SchemaIds } from '@tidemark/contracts';
import { encodeEvent } from '@tidemark/producer';
import type { Reading } from '@tidemark/query';
import { LiveWatch, runService, StartRefused } from '@tidemark/service';
import { createReader } from './create-reader.ts';
import { LogIngest } from './log-ingest.ts';
import type { Ingest, ServerPorts } from './ports.ts';
import type { QueryOptions, RunningQuery } from './query-options.ts';
import { StartError } from './start-error.ts';
import { startServer } from './start-server.ts';

export type { Role, Tokens } from './auth/tokens.ts';
export { LogIngest } from './log-ingest.ts';
export type { HealthReport, Ingest, OperationsPort, RecordPosition } from './ports.ts';
export type { QueryOptions, RunningQuery } from './query-options.ts';
export { StartError, type StartErrorCode } from './start-error.ts';

export interface QueryPorts extends Omit<ServerPorts, 'reader' | 'ingest'> {
  readonly reading: Reading;
  /** Null: this process takes no events. */
  readonly ingest: Ingest | null;
  /** The ids of the raw records' schemas; by default those of embedded mode. */
  readonly schemaIds?: SchemaIds;
}

/** log, store ─> query ─> HTTP; events over HTTP ─> query ─> interactions, orders, marketing, identities */
export function startQuery(ports: QueryPorts, options: QueryOptions): Promise<RunningQuery> {
  const { reading, ingest, schemaIds = embeddedSchemaIds, ...others } = ports;
  const eventIngest =
    ingest &&
    ({
      encode: (topic, event) => encodeEvent(topic, event, schemaIds),
      send: (topic, records) => ingest.send(topic, records),
      state: () => ingest.state(),
    } satisfies ServerPorts['ingest']);
  return startServer({ ...others, reader: createReader(reading, ports.clock), ingest: eventIngest }, options);
}

if (import.meta.main) {
  await runService({
    name: 'query',
    needs: ['store', 'schemaIds'],
    async start({ log, store, schemaIds, clock, settings, telemetry, logger }) {
      const ingest = new LogIngest(log);
      const live = LiveWatch.start(store, log.lanes, clock);
      const ports: QueryPorts = {
        reading: { log, store, clock },
        ingest: { send: (topic, records) => ingest.send(topic, records), state: () => live.state },
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
          await ingest.close();
        },
      };
    },
  });
}
