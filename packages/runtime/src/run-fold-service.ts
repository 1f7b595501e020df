import type { FoldOptions } from '@tidemark/pipeline';
import type { Lane, LaneObserver, LaneStatus, ServicePorts } from '@tidemark/stream';
import { observers } from '@tidemark/telemetry';
import { runService } from './run-service.ts';
import type { RunningPart } from './service.ts';

/** A fold's composition function. */
export type StartFold = (
  ports: ServicePorts,
  options: FoldOptions,
  observer: LaneObserver,
) => Promise<RunningPart & { readonly lanes: ReadonlyMap<Lane, { readonly status: LaneStatus }> }>;

/** Runs a fold as this process; never returns. */
export function runFoldService(name: string, startFold: StartFold): Promise<never> {
  return runService({
    name,
    needs: ['store'],
    async start({ log, store, clock, settings, telemetry, crashed }) {
      const observer = observers(telemetry.foldObserver, { crashed: (_service, _lane, error) => crashed(error) });
      const service = await startFold({ log, store, clock }, settings.fold, observer);
      telemetry.watchFolds(name, () => Array.from(service.lanes.values(), ({ status }) => status));
      return service;
    },
  });
}
