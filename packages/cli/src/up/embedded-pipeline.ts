import { embeddedSchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { Embedded } from '@tidemark/embedded';
import { startBehaviour } from '@tidemark/service-behaviour';
import { startChurn } from '@tidemark/service-churn';
import { startProfile } from '@tidemark/service-profile';
import { startRfm } from '@tidemark/service-rfm';
import { startTier } from '@tidemark/service-tier';
import { startUnify } from '@tidemark/service-unify';
import type { Clock, EventLog, Lane, LaneObserver, LaneStatus } from '@tidemark/stream';
import { observers as allObservers } from '@tidemark/telemetry';
import type { UnifyLaneStatus, UnifyObserver } from '@tidemark/unify';
import type { PipelineSettings } from './pipeline-settings.ts';
import { WatchedLog } from './watched-log.ts';

export interface EmbeddedPipeline {
  /** What producers write to. */
  readonly log: EventLog;
  /** How the lanes of each fold are doing, by service. */
  readonly folds: ReadonlyMap<string, () => readonly LaneStatus[]>;
  readonly unify: () => readonly UnifyLaneStatus[];
  /** Records in the log that still have to come through the whole pipeline. A round of look-ups. */
  backlog(): Promise<number>;
  /** The stream time that every lane has folded up to, through the last service. */
  streamTime(): TimeMs;
  /** Whether anything was folded since the start. */
  hasFolded(): boolean;
  /** Whether every lane is on the wall clock. */
  isLive(): boolean;
  /** Ends the services, upstream first, each after what it has under way. */
  stop(): Promise<void>;
}

export interface PipelineObservers {
  readonly folds: LaneObserver;
  readonly unify: UnifyObserver;
}

/**
 * All services in this process, on the log and the state of one data folder:
 *
 *   raw topics ─> unify ─> timeline ─┬─> rfm, behaviour, churn ─> their changes ─┐
 *                                    ├───────────────────────────────────────────┴─> tier ─> tier-changes
 *                                    └─> profile
 */
export async function startEmbeddedPipeline(
  { log, store }: Embedded,
  clock: Clock,
  settings: PipelineSettings,
  observers: PipelineObservers,
): Promise<EmbeddedPipeline> {
  const watched = await WatchedLog.open(log);
  const ports = { log: watched, store, clock };
  let chunksFolded = 0;
  const ofFolds = allObservers({ committed: () => void chunksFolded++ }, observers.folds);

  const unify = await startUnify({ ...ports, schemas: embeddedSchemaIds }, settings.unify, observers.unify);
  const rfm = await startRfm(ports, settings.fold, ofFolds);
  const behaviour = await startBehaviour(ports, settings.fold, ofFolds);
  const churn = await startChurn(ports, settings.fold, ofFolds);
  const profile = await startProfile(ports, settings.fold, ofFolds);
  const tier = await startTier(ports, settings.fold, ofFolds);

  const facets = [rfm, behaviour, churn, profile] as const;
  return {
    log: watched,
    folds: new Map(
      Object.entries({ rfm, behaviour, churn, profile, tier }).map(([name, { lanes }]) => [
        name,
        () => statusesOf(lanes),
      ]),
    ),
    unify: () => statusesOf(unify.lanes),
    async backlog() {
      // Of those that are joined tier comes last; the profile goes its own way.
      const folded = (lane: Lane) =>
        Math.min(tier.lanes.get(lane)?.status.next ?? 0, profile.lanes.get(lane)?.status.next ?? 0);
      return (await watched.rawBacklog('unify')) + watched.timelineBacklog(folded);
    },
    streamTime() {
      let least = Number.POSITIVE_INFINITY;
      for (let lane = 0; lane < log.lanes; lane++) least = Math.min(least, tier.lanes.get(lane)?.meta.streamTime ?? 0);
      return least as TimeMs;
    },
    hasFolded: () => chunksFolded > 0,
    isLive: () => unify.lanes.size === log.lanes && statusesOf(unify.lanes).every(({ clock }) => clock === 'live'),
    async stop() {
      await unify.stop();
      await Promise.all(facets.map((facet) => facet.stop()));
      await tier.stop();
    },
  };
}

function statusesOf<Status>(lanes: ReadonlyMap<Lane, { readonly status: Status }>): readonly Status[] {
  return Array.from(lanes.values(), ({ status }) => status);
}
