/** The thread of `startHttpThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { embeddedSchemaIds } from '@tidemark/contracts';
import { type EmbeddedReader, openEmbeddedReader } from '@tidemark/embedded';
import { systemClock } from '@tidemark/runtime';
import {
  createDoor,
  type Door,
  defaultSources,
  defaultWriteKey,
  SourcesError,
  type WatchedSources,
  watchSources,
} from '@tidemark/service-door';
import { isLoopback, type QueryPorts, type RunningQuery, StartError, startQuery } from '@tidemark/service-query';
import { createLogger } from '@tidemark/telemetry';
import { createBirpc } from 'birpc';
import type { Logger } from 'pino';
import { appendedOf, type HttpSide, type HttpThreadData, type PipelineSide } from './sides.ts';

const { folder, server, sourcesFile, log } = workerData as HttpThreadData;

let reader: EmbeddedReader | null = null;
let running: RunningQuery | null = null;
let door: Door | null = null;
let sources: WatchedSources | null = null;

const httpSide: HttpSide = {
  async start() {
    reader = openEmbeddedReader(folder);
    try {
      // Only what is bound to this machine takes events by a key that nobody has set.
      const writeKey = isLoopback(server.host) ? defaultWriteKey(folder) : null;
      running = await startQuery(portsOn(reader, writeKey), server);
      return { url: running.url, writeKey };
    } catch (error) {
      if (error instanceof StartError) return { refused: error.message };
      if (error instanceof SourcesError) return { refused: `${sourcesFile}: ${error.message}` };
      throw error;
    }
  },
  async stop() {
    await running?.stop();
    sources?.stop();
    await door?.close();
    reader?.close();
  },
};

const pipeline = createBirpc<PipelineSide, HttpSide>(httpSide, {
  post: (message) => parentPort?.postMessage(message),
  on: (receive) => void parentPort?.on('message', receive),
  timeout: -1,
});

function portsOn({ log: folderLog, store }: EmbeddedReader, writeKey: string | null): QueryPorts {
  const raw: QueryPorts['raw'] = {
    log: {
      lanes: folderLog.lanes,
      writer: async () => ({
        send: async (topic, lane, records) => appendedOf(await pipeline.append(topic, lane, records)),
        close: async () => undefined,
      }),
    },
    state: () => pipeline.state(),
  };
  const logger = createLogger({ ...log, destination: process.stderr });
  sources = sourcesFor(writeKey, logger);
  if (sources !== null) {
    door = createDoor(
      {
        ...raw,
        schemaIds: embeddedSchemaIds,
        sources,
        observer: { answered: (request) => void pipeline.doorAnswered.asEvent(request) },
        logger,
        clock: systemClock,
      },
      { isLocal: writeKey !== null },
    );
  }
  return {
    reading: { log: folderLog, store, clock: systemClock },
    raw,
    ...(door !== null && { beside: door }),
    telemetry: {
      metrics: () => pipeline.metrics(),
      live: () => pipeline.live(),
      ready: () => pipeline.ready(),
    },
    logger,
    clock: systemClock,
  };
}

/** The folder's own source, and those of a file; null for neither. */
function sourcesFor(writeKey: string | null, logger: Logger): WatchedSources | null {
  const own = writeKey === null ? null : defaultSources(writeKey);
  if (sourcesFile !== null) return watchSources(sourcesFile, { clock: systemClock, logger }, own);
  return own === null ? null : { current: own, stop: () => undefined };
}
