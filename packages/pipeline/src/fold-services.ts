import { type FacetName, isOn, type Policy } from '@tidemark/domain';
import type {
  Lane,
  LaneMeta,
  LaneObserver,
  LaneStatus,
  LogRecord,
  ServicePorts,
  ToldOutput,
  Topic,
} from '@tidemark/stream';
import { facetEntries } from './facet-entries.ts';
import { type FoldOptions, startScore, startTier, tierWiring } from './services.ts';

/** A fold that is running, as far as commands look at it. */
export interface RunningFold {
  readonly lanes: ReadonlyMap<Lane, { readonly meta: LaneMeta; readonly status: LaneStatus }>;
  stop(): Promise<void>;
}

/** A service that keeps state in the store. */
export interface FoldService {
  readonly name: string;
  /** What its state is called in the store, and its consumer group in the log. */
  readonly stateName: string;
  readonly version: number;
  /** Its version in the first release that had it. */
  readonly firstVersion: number;
  /** Where its changes go; null for one that publishes none. */
  readonly changeTopic: Topic | null;
  /** Reads what stands there, whichever version wrote it; null where there is no such topic. */
  readonly readTold: ((record: LogRecord) => ToldOutput) | null;
  /** Change topics of scores that it reads. */
  readonly inputs: readonly Topic[];
  /** Whether it has something to fold under the policy; null: before a pipeline's first. */
  isOn(policy: Policy | null): boolean;
  start(ports: ServicePorts, options: FoldOptions, observer: LaneObserver): Promise<RunningFold>;
}

const tier = tierWiring();

/** Every service that folds the timeline; tier, which reads the others' changes, last. */
export const foldServices: readonly FoldService[] = [
  ...(Object.keys(facetEntries) as FacetName[]).map(facetService),
  {
    name: 'tier',
    stateName: tier.fold.stateName,
    version: tier.fold.version,
    firstVersion: tier.fold.firstVersion,
    changeTopic: tier.fold.changeTopic,
    readTold: tier.fold.takeover?.readTold ?? null,
    inputs: [...tier.joins.scores.keys()],
    isOn: () => true,
    start: startTier,
  },
];

function facetService(facet: FacetName): FoldService {
  const entry = facetEntries[facet];
  const { service: name, stateName, version, firstVersion, changeTopic, takeover } = entry.fold;
  return {
    name,
    stateName,
    version,
    firstVersion,
    changeTopic,
    readTold: takeover?.readTold ?? null,
    inputs: [],
    isOn: (policy) => isOn(facet, policy),
    start: (ports, options, observer) => startScore(entry, ports, options, observer),
  };
}
