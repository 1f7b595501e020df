import type { SchemaIds } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import { QueryError, readLaneState } from '@tidemark/reading';
import type { IngestState, LiveWatch } from '@tidemark/runtime';
import { startUnify } from '@tidemark/service-unify';
import {
  type Clock,
  type EventLog,
  LANE_AHEAD_MS_MAX,
  type Lane,
  type LaneObserver,
  type LaneStatus,
  laneAheadMs,
  type Offset,
  type ProfileReader,
  type ProfileStore,
} from '@tidemark/stream';
import { observers as allObservers } from '@tidemark/telemetry';
import type { UnifyLaneStatus, UnifyObserver } from '@tidemark/timeline';
import type { PipelineSettings } from './pipeline-settings.ts';
import { type FoldStarted, StartedFolds } from './started-folds.ts';
import { WatchedLog } from './watched-log.ts';

export interface PipelinePorts {
  readonly log: EventLog;
  readonly store: ProfileStore & Pick<ProfileReader, 'metas' | 'firstTimerAfter'>;
  readonly schemaIds: SchemaIds;
  /** Which clock the lanes are on, where other processes may have some of them. */
  readonly live?: Pick<LiveWatch, 'state' | 'isLive'>;
}

export interface Pipeline {
  /** What producers write to. */
  readonly log: EventLog;
  /** How the lanes of each fold that runs are doing, by service: more, once a policy switches one on. */
  readonly folds: ReadonlyMap<string, () => readonly LaneStatus[]>;
  readonly unify: () => readonly UnifyLaneStatus[];
  /** Records in the log that still have to come through the whole pipeline. Some rounds of look-ups. */
  backlog(): Promise<number>;
  /** The stream time that every lane has folded up to, through the last service. */
  streamTime(): Promise<TimeMs>;
  /** Whether anything was folded since the start. */
  hasFolded(): boolean;
  /** Whether every lane is on the wall clock. */
  isLive(): boolean;
  ingestState(): IngestState;
  /** Ends the services, upstream first, each after what it has under way. */
  stop(): Promise<void>;
}

export interface PipelineObservers {
  readonly folds: LaneObserver;
  readonly unify: UnifyObserver;
  readonly foldStarted?: FoldStarted;
}

/**
 * All services that are on in this process, on a data folder or on Kafka and Redis:
 *
 *   raw topics ─> unify ─> timeline ─┬─> scores ─> their changes ─┐
 *                                    ├────────────────────────────┴─> tier ─> tier-changes
 *                                    └─> profile
 */
export async function startPipeline(
  { log, store, schemaIds, live }: PipelinePorts,
  clock: Clock,
  settings: PipelineSettings,
  observers: PipelineObservers,
): Promise<Pipeline> {
  const watched = await WatchedLog.open(log);
  const ports = { log: watched, store, clock };
  let chunksFolded = 0;
  const ofFolds = allObservers({ committed: () => void chunksFolded++ }, observers.folds);

  const statuses = new Map<string, () => readonly LaneStatus[]>();
  const foldStarted: FoldStarted = (service, statusesOfLanes) => {
    statuses.set(service, statusesOfLanes);
    observers.foldStarted?.(service, statusesOfLanes);
  };
  const [unify, folds] = await Promise.all([
    startUnify({ ...ports, schemas: schemaIds, timers: store }, settings.unify, observers.unify),
    StartedFolds.start(ports, settings.fold, ofFolds, foldStarted),
  ]);

  /** How far a lane is folded by all: one that a service has not taken up yet, or that is at fault, is at its start. */
  const readPlace = async (lane: Lane): Promise<FoldedPlace> => {
    const next = Math.min(...folds.statusesIn(lane).map((status) => status?.next ?? Number.NaN));
    const streamTime = folds.running.get('tier')?.lanes.get(lane)?.status.streamTime;
    return Number.isNaN(next) || streamTime === undefined ? readStoredPlace(store, lane) : { next, streamTime };
  };
  const readPlaces = () => Promise.all(Array.from({ length: log.lanes }, (_, lane) => readPlace(lane)));
  const isLive = () =>
    live?.isLive ??
    (unify.lanes.size === log.lanes && statusesOf(unify.lanes).every(({ clock: own }) => own === 'live'));
  const countBacklog = async () => {
    const places = await readPlaces();
    return (await watched.rawBacklog('unify')) + watched.timelineBacklog((lane) => places[lane]?.next ?? 0);
  };
  return {
    log: watched,
    folds: statuses,
    unify: () => statusesOf(unify.lanes),
    async backlog() {
      const quick = await countBacklog();
      if (quick > 0) return quick;
      // Others may have written, too.
      await watched.refresh();
      return countBacklog();
    },
    async streamTime() {
      const places = await readPlaces();
      return Math.min(...places.map(({ streamTime }) => streamTime)) as TimeMs;
    },
    hasFolded: () => chunksFolded > 0,
    isLive,
    ingestState: () => live?.state ?? ingestStateOf(statusesOf(unify.lanes), isLive(), clock.now()),
    async stop() {
      await unify.stop();
      await folds.stop();
    },
  };
}

function ingestStateOf(lanes: readonly UnifyLaneStatus[], isLive: boolean, now: TimeMs): IngestState {
  const isAhead = lanes.some(({ clock, logTime }) => laneAheadMs(clock, logTime, now) > LANE_AHEAD_MS_MAX);
  const times = lanes.flatMap(({ earliestAt }) => earliestAt ?? []);
  return {
    lanes: !isLive ? 'replaying' : isAhead ? 'ahead' : 'live',
    earliestAt: times.length === 0 ? null : (Math.min(...times) as TimeMs),
    currency: lanes.find(({ currency }) => currency !== null)?.currency ?? null,
  };
}

interface FoldedPlace {
  readonly next: Offset;
  readonly streamTime: TimeMs;
}

/** Of a lane that another member of the group has, or nobody yet. */
async function readStoredPlace(store: Pick<ProfileReader, 'metas'>, lane: Lane): Promise<FoldedPlace> {
  const metas = await store.metas(lane);
  try {
    const { services } = readLaneState(lane, metas);
    const [tier, profile] = [services.get('tier'), services.get('profile')];
    return {
      next: Math.min(tier?.timelineOffset ?? 0, profile?.timelineOffset ?? 0),
      streamTime: tier?.streamTime ?? (0 as TimeMs),
    };
  } catch (error) {
    // Whoever folds the lane finds the same, stops it, and says what to do.
    if (error instanceof QueryError) return { next: 0, streamTime: 0 as TimeMs };
    throw error;
  }
}

function statusesOf<Status>(lanes: ReadonlyMap<Lane, { readonly status: Status }>): readonly Status[] {
  return Array.from(lanes.values(), ({ status }) => status);
}
