import { changeTopicOf } from '@tidemark/contracts';
import { type FacetName, facetNames, isOn, type Policy, type ScoreName, scoreNames, type View } from '@tidemark/domain';
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
import { type FacetEntry, facetEntries } from './facet-entries.ts';
import { readScoreRecord, tierEncoding } from './score-encoding.ts';
import { timelineReader } from './timeline-reader.ts';
import { toldTopics } from './told-topics.ts';

/** Bounds and pauses of a fold service; the same for all. */
export interface FoldOptions extends LaneOptions {
  readonly input: InputBounds;
}

/** A facet's wiring: the timeline in, its changes out if it tells them. */
export function scoreWiring(
  entry: Pick<FacetEntry, 'fold'>,
): FoldWiring<ScoreFacet<unknown, View>, unknown, ViewChange<View>> {
  return { fold: entry.fold, timeline: 'timeline', reader: timelineReader, joins: null };
}

/** Tier's wiring: the timeline joined with every score of the registry that is on in, tier changes out. */
export function tierWiring() {
  const topics = new Map(scoreNames.map((name): [string, string] => [changeTopicOf(name), name]));
  return {
    fold: tierFold(tierEncoding),
    timeline: 'timeline',
    reader: timelineReader,
    joins: {
      scores: topics,
      reader: readScoreRecord,
      toldTopics,
      isOn: (score: string, policy: Policy | null) => isOn(score as ScoreName, policy),
    },
  };
}

/** What the state of each service that folds is called in the store, and its consumer group in the log. */
export const stateNames = {
  ...(Object.fromEntries(facetNames.map((name) => [name, facetEntries[name].fold.stateName])) as Record<
    FacetName,
    string
  >),
  tier: tierWiring().fold.stateName,
} as const;

/** Starts a facet's service; its consumer group has the name of its state. */
export function startScore(entry: FacetEntry, ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  const { pace, fold } = entry;
  const paced =
    pace === null
      ? options
      : {
          ...options,
          lingerMs: pace.lingerMs,
          chunk: { ...options.chunk, stepsMax: Math.max(options.chunk.stepsMax, pace.stepsMin) },
        };
  return startFoldService(scoreWiring(entry), ports, { ...paced, group: fold.stateName }, observer);
}

/** Starts tier; its consumer group has the name of its state. */
export function startTier(ports: ServicePorts, options: FoldOptions, observer: LaneObserver) {
  const wiring = tierWiring();
  return startFoldService(wiring, ports, { ...options, group: wiring.fold.stateName }, observer);
}
