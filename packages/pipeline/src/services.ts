import type { View } from '@tidemark/domain';
import {
  type FoldWiring,
  type InputBounds,
  type LaneObserver,
  type LaneOptions,
  type ScoreFacet,
  type ServicePorts,
  startFoldService,
  tierFold,
  type ViewChange,
} from '@tidemark/stream';
import { readScoreRecord, tierEncoding } from './score-encoding.ts';
import { type FacetEntry, profileEntry, type ScoreName, scoreNames, scores } from './scores.ts';
import { timelineReader } from './timeline-reader.ts';

/** Bounds and pauses of a fold service; the same for all. */
export interface FoldOptions extends LaneOptions {
  readonly input: InputBounds;
}

/** A facet's wiring: the timeline in, its changes out if it tells them. */
export function scoreWiring<State, Parameters, V extends View>(
  entry: Pick<FacetEntry<State, Parameters, V>, 'fold'>,
): FoldWiring<ScoreFacet<State, V>, Parameters, ViewChange<V>> {
  return { fold: entry.fold, timeline: 'timeline', reader: timelineReader, joins: null };
}

/** Tier's wiring: the timeline joined with every score of the registry in, tier changes out. */
export function tierWiring() {
  const topics = new Map(scoreNames.map((name) => [scores[name].changeTopic as string, name as string]));
  const recordTypes = new Map(scoreNames.map((name) => [name as string, scores[name].recordType]));
  return {
    fold: tierFold(tierEncoding),
    timeline: 'timeline',
    reader: timelineReader,
    joins: { scores: topics, reader: readScoreRecord(recordTypes) },
  };
}

/** What the state of each service that folds is called in the store, and its consumer group in the log. */
export const stateNames = {
  ...(Object.fromEntries(scoreNames.map((name) => [name, scores[name].fold.stateName])) as Record<ScoreName, string>),
  profile: profileEntry.fold.stateName,
  tier: tierWiring().fold.stateName,
} as const;

/** Starts a facet's service; its consumer group has the name of its state. */
export function startScore<State, Parameters, V extends View>(
  entry: FacetEntry<State, Parameters, V>,
  ports: ServicePorts,
  options: FoldOptions,
  observer: LaneObserver,
) {
  return startFoldService(scoreWiring(entry), ports, { ...options, group: entry.fold.stateName }, observer);
}

/** Starts tier; its consumer group has the name of its state. */
export function startTier(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  const wiring = tierWiring();
  return startFoldService(wiring, ports, { ...options, group: wiring.fold.stateName }, observer);
}
