import type { FoldOptions } from '@tidemark/pipeline';
import type { Lane, LaneObserver, LaneStatus, ServicePorts } from '@tidemark/stream';
import { observers } from '@tidemark/telemetry';
import { runService } from './run-service.ts';
import type { RunningPart } from './service.ts';

interface RunningFold extends Pick<RunningPart, 'stop'> {
  readonly lanes: ReadonlyMap<Lane, { readonly status: LaneStatus }>;
}

/** A fold's composition function. */
export type StartFold = (ports: ServicePorts, options: FoldOptions, observer: LaneObserver) => Promise<RunningFold>;

/** Runs a fold as this process; never returns. */
export function runFoldService(name: string, startFold: StartFold): Promise<never> {
  return runService({
    name,
    needs: ['store'],
    async start({ log, store, clock, settings, telemetry, crashed }) {
      const observer = observers(telemetry.foldObserver, { crashed: (_service, _lane, error) => crashed(error) });
      const service = await startFold({ log, store, clock }, settings.fold, observer);
      telemetry.watchFolds(name, () => statusesOf(service));
      return { stop: () => service.stop(), endedBy: () => describeEnd(name, statusesOf(service)) };
    },
  });
}

function statusesOf({ lanes }: RunningFold): readonly LaneStatus[] {
  return Array.from(lanes.values(), ({ status }) => status);
}

/** A process ends once a later version tells in every lane that it has: whoever has others of the group's goes on. */
export function describeEnd(name: string, lanes: readonly Pick<LaneStatus, 'endedBy'>[]): string | null {
  const versions = lanes.flatMap(({ endedBy }) => endedBy ?? []);
  if (versions.length === 0 || versions.length < lanes.length) return null;
  return (
    `ended at the cutover: version ${Math.max(...versions)} of ${name} tells from here on, and this build folds an earlier one. ` +
    'What it told is in the log. Run the newer build'
  );
}
