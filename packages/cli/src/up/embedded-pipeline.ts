import { embeddedSchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { Embedded } from '@tidemark/embedded';
import { startBehaviour } from '@tidemark/service-behaviour';
import { startChurn } from '@tidemark/service-churn';
import { startRfm } from '@tidemark/service-rfm';
import { startTier } from '@tidemark/service-tier';
import { startUnify } from '@tidemark/service-unify';
import type { Clock, EventLog } from '@tidemark/stream';
import type { LaneWatch } from './lane-watch.ts';
import type { PipelineSettings } from './pipeline-settings.ts';
import { WatchedLog } from './watched-log.ts';

export interface EmbeddedPipeline {
  /** What producers write to. */
  readonly log: EventLog;
  /** Records in the log that still have to come through the whole pipeline. A round of look-ups. */
  backlog(): Promise<number>;
  /** The stream time that every lane has folded up to, through the last service. */
  streamTime(): TimeMs;
  /** Whether anything was folded since the start. */
  hasFolded(): boolean;
  /** Ends the services, upstream first, each after what it has under way. */
  stop(): Promise<void>;
}

/**
 * All services in this process, on the log and the state of one data folder:
 *
 *   raw topics ─> unify ─> timeline ─┬─> rfm, behaviour, churn ─> their changes ─┐
 *                                    └───────────────────────────────────────────┴─> tier ─> tier-changes
 */
export async function startEmbeddedPipeline(
  { log, store }: Embedded,
  clock: Clock,
  settings: PipelineSettings,
  watch: LaneWatch,
): Promise<EmbeddedPipeline> {
  const watched = await WatchedLog.open(log);
  const ports = { log: watched, store, clock };

  const unify = await startUnify({ ...ports, schemas: embeddedSchemaIds }, settings.unify, watch.ofUnify);
  const rfm = await startRfm(ports, settings.fold, watch.ofFolds);
  const behaviour = await startBehaviour(ports, settings.fold, watch.ofFolds);
  const churn = await startChurn(ports, settings.fold, watch.ofFolds);
  const tier = await startTier(ports, settings.fold, watch.ofFolds);

  return {
    log: watched,
    async backlog() {
      // Tier comes last: at no time is it beyond the scores that it joins.
      return (await watched.rawBacklog('unify')) + watched.timelineBacklog((lane) => tier.lanes.get(lane)?.meta.place);
    },
    streamTime() {
      let least = Number.POSITIVE_INFINITY;
      for (let lane = 0; lane < log.lanes; lane++) least = Math.min(least, tier.lanes.get(lane)?.meta.streamTime ?? 0);
      return least as TimeMs;
    },
    hasFolded: () => watch.chunksFolded > 0,
    async stop() {
      await unify.stop();
      await Promise.all([rfm, behaviour, churn].map((score) => score.stop()));
      await tier.stop();
    },
  };
}
