import type { View } from '@tidemark/domain';
import {
  type FacetEntry,
  type FoldOptions,
  profileEntry,
  scoreNames,
  scores,
  startScore,
  startTier,
  tierWiring,
} from '@tidemark/pipeline';
import type { PlainScoreWiring } from '@tidemark/plain-fold';
import type { Lane, LaneMeta, LaneObserver, ServicePorts, Topic } from '@tidemark/stream';

/** A fold that is running, as far as commands look at it. */
export interface RunningFold {
  readonly lanes: ReadonlyMap<Lane, { readonly meta: LaneMeta }>;
  stop(): Promise<void>;
}

/** A service that keeps state in the store. */
export interface FoldService {
  readonly name: string;
  /** What its state is called in the store, and its consumer group in the log. */
  readonly stateName: string;
  readonly version: number;
  /** Where its changes go; null for one that publishes none. */
  readonly changeTopic: Topic | null;
  /** Change topics of scores that it reads. */
  readonly inputs: readonly Topic[];
  start(ports: ServicePorts, options: FoldOptions, observer: LaneObserver): Promise<RunningFold>;
}

type AnyFacet = FacetEntry<unknown, unknown, View>;

const tier = tierWiring();

/** Every service that folds the timeline; tier, which reads the others' changes, last. */
export const foldServices: readonly FoldService[] = [
  facetService(profileEntry as unknown as AnyFacet, null),
  ...scoreNames.map((name) => facetService(scores[name] as unknown as AnyFacet, scores[name].changeTopic)),
  {
    name: 'tier',
    stateName: tier.fold.stateName,
    version: tier.fold.version,
    changeTopic: tier.fold.changeTopic,
    inputs: [...tier.joins.scores.keys()],
    start: startTier,
  },
];

/** The facets of the pipeline as the plain fold takes them; tier is not among them. */
export const plainFacets: readonly PlainScoreWiring[] = [
  profileEntry as unknown as AnyFacet,
  ...scoreNames.map((name) => scores[name] as unknown as AnyFacet),
];

function facetService(entry: AnyFacet, changeTopic: Topic | null): FoldService {
  return {
    name: entry.score.name,
    stateName: entry.fold.stateName,
    version: entry.fold.version,
    changeTopic,
    inputs: [],
    start: (ports, options, observer) => startScore(entry, ports, options, observer),
  };
}
