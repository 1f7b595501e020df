import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Environment as Variables } from '@tidemark/config';
import type { RunningQuery } from '@tidemark/service-query';
import { type EventLog, SharedWriter } from '@tidemark/stream';
import type { Telemetry } from '@tidemark/telemetry';
import { createBirpc } from 'birpc';
import { Failure } from '../../terminal/failure.ts';
import type { Pipeline } from '../pipeline.ts';
import type { RunWatch } from '../run-watch.ts';
import { type HttpSide, type HttpThreadData, outcomeOf, type PipelineSide } from './sides.ts';

export interface HttpThreadPorts {
  readonly variables: Variables;
  readonly pipeline: Pick<Pipeline, 'ingestState'> & { readonly log: Pick<EventLog, 'writer'> };
  readonly telemetry: Pick<Telemetry, 'metrics' | 'live' | 'ready' | 'doorObserver'>;
  /** Told when the thread fails. */
  readonly watch: Pick<RunWatch, 'fail'>;
}

export interface Serving extends RunningQuery {
  /** Of its door's source `default`; null where it has no door. */
  readonly writeKey: string | null;
}

/**
 * Serves a data folder from a thread of its own: folding, and collecting its garbage, keeps no request waiting. It reads
 * the folder itself, and asks this thread for all that is not in there: to append, and how the services are doing.
 * Throws a `Failure`.
 */
export async function startHttpThread(ports: HttpThreadPorts, data: HttpThreadData): Promise<Serving> {
  const { variables, pipeline, telemetry, watch } = ports;
  const worker = new Worker(new URL('serve-folder.ts', import.meta.url), { workerData: data, env: variables });
  worker.on('error', (error) => watch.fail(error));
  const writer = new SharedWriter(pipeline.log);
  const door = telemetry.doorObserver();
  const pipelineSide: PipelineSide = {
    append: (topic, lane, records) => outcomeOf(writer.send(topic, lane, records)),
    state: async () => pipeline.ingestState(),
    metrics: () => telemetry.metrics(),
    live: async () => telemetry.live(),
    ready: () => telemetry.ready(),
    doorAnswered: (request) => door.answered(request),
  };
  const http = createBirpc<HttpSide, PipelineSide>(pipelineSide, {
    post: (message) => worker.postMessage(message),
    on: (receive) => void worker.on('message', receive),
    timeout: -1,
  });
  // A thread that has failed answers no more.
  const ended = once(worker, 'exit').then(() => ({ refused: 'the HTTP thread ended before it served' }));
  const started = await Promise.race([http.start(), ended]);
  if ('refused' in started) {
    await worker.terminate();
    throw new Failure(started.refused);
  }
  return {
    url: started.url,
    writeKey: started.writeKey,
    async stop() {
      await Promise.race([http.stop(), ended]);
      await worker.terminate();
      await writer.close();
    },
  };
}
