/** The thread of `startHttpThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type EmbeddedReader, openEmbeddedReader } from '@tidemark/embedded';
import { systemClock } from '@tidemark/runtime';
import { type QueryPorts, type RunningQuery, StartError, startQuery } from '@tidemark/service-query';
import { createLogger } from '@tidemark/telemetry';
import { createBirpc } from 'birpc';
import { appendedOf, type HttpSide, type HttpThreadData, type PipelineSide } from './sides.ts';

const { folder, server, log } = workerData as HttpThreadData;

let reader: EmbeddedReader | null = null;
let running: RunningQuery | null = null;

const httpSide: HttpSide = {
  async start() {
    reader = openEmbeddedReader(folder);
    try {
      running = await startQuery(portsOn(reader), server);
      return { url: running.url };
    } catch (error) {
      if (error instanceof StartError) return { refused: error.message };
      throw error;
    }
  },
  async stop() {
    await running?.stop();
    reader?.close();
  },
};

const pipeline = createBirpc<PipelineSide, HttpSide>(httpSide, {
  post: (message) => parentPort?.postMessage(message),
  on: (receive) => void parentPort?.on('message', receive),
  timeout: -1,
});

function portsOn({ log: folderLog, store }: EmbeddedReader): QueryPorts {
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
  return {
    reading: { log: folderLog, store, clock: systemClock },
    raw,
    telemetry: {
      metrics: () => pipeline.metrics(),
      live: () => pipeline.live(),
      ready: () => pipeline.ready(),
    },
    logger: createLogger({ ...log, destination: process.stderr }),
    clock: systemClock,
  };
}
