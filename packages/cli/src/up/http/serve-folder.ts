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
import { appendedOf, type HttpSide, type HttpThreadData, type PipelineSide } from './sides.ts';

const { folder, server, sourcesFile, log } = workerData as HttpThreadData;

const logger = createLogger({ ...log, destination: process.stderr });

let reader: EmbeddedReader | null = null;
let running: RunningQuery | null = null;
let door: Door | null = null;
let sources: WatchedSources | null = null;

const httpSide: HttpSide = {
  async start() {
    reader = openEmbeddedReader(folder);
    try {
      // Only what is bound to this machine takes events by a key that nobody has set.
      const writeKey = isLoopback(server.host) ? ownWriteKey() : null;
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

/** Null where the folder cannot be written to: who only reads it need not send. */
function ownWriteKey(): string | null {
  try {
    return defaultWriteKey(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'another failure';
    logger.warn({}, `no events of SDKs: expected to keep a write key in the data folder, found ${code}`);
    return null;
  }
}

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
  sources = sourcesFor(writeKey);
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
function sourcesFor(writeKey: string | null): WatchedSources | null {
  const own = writeKey === null ? null : defaultSources(writeKey);
  if (sourcesFile !== null) return watchSources(sourcesFile, { clock: systemClock, logger }, own);
  return own === null ? null : { current: own, stop: () => undefined };
}
