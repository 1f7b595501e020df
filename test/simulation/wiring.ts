import {
  DAY_MS,
  type FacetName,
  facetNames,
  facets,
  TIER_FIRST_VERSION,
  TIER_VERSION,
  type TierPolicy,
  type TimeMs,
} from '@tidemark/domain';
import {
  type FacetEntry,
  facetEntries,
  scoreWiring,
  tierEncoding,
  tierWiring,
  timelineReader,
  toldTopics,
} from '@tidemark/pipeline';
import type { PlainFoldWiring, PlainVersion } from '@tidemark/plain-fold';
import {
  type EventLog,
  type FoldWiring,
  type Joins,
  type LaneFold,
  type PolicyInForce,
  type ScoreReader,
  type ServicePorts,
  scoreFold,
  type TimelineReader,
  tierFold,
} from '@tidemark/stream';
import type { StoreGuards } from '@tidemark/testkit';
import type { UnifyRules } from '@tidemark/timeline';
import { type FoldName, stateNameOfUpgrade, type Upgrade, versionOf } from './upgrades.ts';

export type AnyScore = FacetEntry['score'];
export type AnyFold = LaneFold<unknown, unknown, unknown>;
type AnyWiring = FoldWiring<unknown, unknown, unknown>;

/** What a test replaces of the pipeline, or turns off, to see that the simulation notices; nothing in most runs. */
export interface Alterations {
  readonly guards?: Partial<StoreGuards>;
  /** What the lanes read the timeline with; the oracle reads with the pipeline's own. */
  readonly reader?: TimelineReader;
  /** What tier reads the scores' changes with; made anew for each run. */
  readonly scoreReader?: (own: ScoreReader, lanes: number) => ScoreReader;
  /** Another score under a score's name, for lanes and oracle. */
  readonly score?: (own: AnyScore) => AnyScore;
  /** Another score for the lanes alone; `now` is the world's clock. */
  readonly laneScore?: (own: AnyScore, now: () => TimeMs) => AnyScore;
  /** The ports of a process's folds. */
  readonly ports?: (own: ServicePorts) => ServicePorts;
  /** Which scores tier waits for. */
  readonly joinsOn?: Joins['isOn'];
  /** The log of a process's unify. */
  readonly unifyLog?: (own: EventLog) => EventLog;
  /** A fold of a later version, which takes over. */
  readonly laterFold?: (own: AnyFold) => AnyFold;
  /** What folds of the first version read the timeline with. */
  readonly firstReader?: TimelineReader;
  /** What unify goes by. */
  readonly unifyRules?: UnifyRules;
  /** Another version of a fold says that it is this one. */
  readonly versionsAreHidden?: boolean;
}

/** The services of the pipeline as production wires them, but for the alterations. */
export class Wiring {
  readonly #alterations: Alterations;
  readonly #upgrades: readonly Upgrade[];
  readonly #now: () => TimeMs;
  /** As the oracle folds them. */
  readonly #entries: ReadonlyMap<FacetName, FacetEntry>;
  readonly #scoreReader: ScoreReader;

  constructor(alterations: Alterations, lanes: number, now: () => TimeMs, upgrades: readonly Upgrade[] = []) {
    this.#upgrades = upgrades;
    this.#alterations = alterations;
    this.#now = now;
    this.#entries = new Map(
      facetNames.map((name) => [
        name,
        facets[name].publishes ? withScore(facetEntries[name], alterations.score) : facetEntries[name],
      ]),
    );
    const own = tierWiring().joins.reader;
    this.#scoreReader = alterations.scoreReader?.(own, lanes) ?? own;
  }

  facet(name: FacetName) {
    const { laneScore } = this.#alterations;
    const own = this.#entryOf(name);
    const isAltered = facets[name].publishes && laneScore !== undefined;
    return this.#facetWiring(isAltered ? withScore(own, (score) => laneScore(score, this.#now)) : own);
  }

  /** A score of a version before the one that every lane begins with, which sees two days ahead. */
  otherVersion(name: FacetName) {
    const own = this.#entryOf(name);
    const version = own.score.version - (this.#alterations.versionsAreHidden === true ? 0 : 1);
    return this.#facetWiring(withScore(own, (score) => ({ ...farSighted(score), version })));
  }

  tier() {
    const own = tierWiring();
    const { joinsOn = own.joins.isOn } = this.#alterations;
    const joins = { ...own.joins, reader: this.#scoreReader, isOn: joinsOn, toldTopics: LATER_TOPICS };
    return { ...own, reader: this.#alterations.reader ?? own.reader, joins };
  }

  ports(own: ServicePorts): ServicePorts {
    return this.#alterations.ports?.(own) ?? own;
  }

  get unifyRules(): UnifyRules | undefined {
    return this.#alterations.unifyRules;
  }

  /** A version that takes over in the run; null where the name is of no such. */
  later(stateName: string): { readonly wiring: AnyWiring; readonly fold: FoldName } | null {
    const upgrade = this.#upgrades.find((each) => stateNameOfUpgrade(each) === stateName);
    if (upgrade === undefined) return null;
    const { fold, version } = upgrade;
    const { laterFold = (own) => own } = this.#alterations;
    if (fold !== 'tier') {
      const entry = laterEntry(this.#entryOf(fold), version);
      const own = this.#facetWiring(entry);
      return { fold, wiring: { ...own, fold: laterFold(own.fold as AnyFold) } as AnyWiring };
    }
    const tier = { ...tierFold(tierEncoding, version), rulesOf: laterRules };
    return { fold, wiring: { ...this.tier(), fold: laterFold(tier as AnyFold) } as AnyWiring };
  }

  /** Of which fold and version a state is. */
  versionOf(stateName: string): Pick<Upgrade, 'fold' | 'version'> {
    const upgrade = this.#upgrades.find((each) => stateNameOfUpgrade(each) === stateName);
    const fold = stateName as FoldName;
    return upgrade ?? { fold, version: versionOf(fold) };
  }

  get unifyLog() {
    return this.#alterations.unifyLog ?? ((own: EventLog) => own);
  }

  /** `told`: what is known of each version's part in the lane, from its change topics. */
  plain(lane: number, told: (fold: FoldName, version: number) => PlainVersion): PlainFoldWiring {
    return {
      lane,
      reader: timelineReader,
      scores: facetNames.flatMap((name) =>
        this.#versionsOf(name).map((entry) => ({ ...entry, ...told(name, entry.score.version) })),
      ),
      tiers: [TIER_VERSION, ...this.#laterOf('tier')].map((version) => ({
        version,
        firstVersion: TIER_FIRST_VERSION,
        encoding: tierEncoding,
        ...(version === TIER_VERSION ? {} : { policyOf: laterPolicy }),
        ...told('tier', version),
      })),
    };
  }

  #versionsOf(name: FacetName): FacetEntry[] {
    const own = this.#entryOf(name);
    return [own, ...this.#laterOf(name).map((version) => laterEntry(own, version))];
  }

  #laterOf(fold: FoldName): number[] {
    return this.#upgrades.filter((each) => each.fold === fold).map(({ version }) => version);
  }

  #facetWiring(entry: FacetEntry) {
    const own = scoreWiring(entry);
    const isFirst = entry.fold.stateName === entry.fold.service;
    const reader = (isFirst ? this.#alterations.firstReader : undefined) ?? this.#alterations.reader ?? own.reader;
    return { ...own, reader };
  }

  #entryOf(name: FacetName): FacetEntry {
    return this.#entries.get(name) as FacetEntry;
  }
}

function withScore(own: FacetEntry, change?: (score: AnyScore) => AnyScore): FacetEntry {
  const score = change?.(own.score) ?? own.score;
  return score === own.score ? own : { ...own, score, fold: scoreFold(score, own.encoding) };
}

/** A version that sees further, with rules of its own; told from the first release's by its name. */
function laterEntry(own: FacetEntry, version: number): FacetEntry {
  const score: AnyScore = { ...farSighted(own.score), version };
  return { ...own, score, fold: scoreFold(score, own.encoding, own.firstVersion) };
}

function laterPolicy(policy: TierPolicy): TierPolicy {
  const tiers = policy.tiers.map((tier) => ({ ...tier, enter: tier.enter * 1.5, leave: tier.leave * 1.5 }));
  return { ...policy, tiers, minimumStayDays: policy.minimumStayDays + 0.5 };
}

function laterRules({ number, policy }: PolicyInForce) {
  return { policy: laterPolicy(policy.tiers), policyNumber: number };
}

/** As builds have them that know of later versions. */
const LATER_TOPICS = new Map([...toldTopics].map(([topic, told]) => [topic, { ...told, version: told.version + 2 }]));

const FAR_MS = 2 * DAY_MS;

function farSighted(own: AnyScore): AnyScore {
  const ahead = (at: TimeMs) => (at + FAR_MS) as TimeMs;
  return {
    ...own,
    view: (state, at, parameters) => own.view(state, ahead(at), parameters),
    nextDueAt(state, at, parameters) {
      const due = own.nextDueAt(state, ahead(at), parameters);
      return due === null ? null : ((due - FAR_MS) as TimeMs);
    },
  };
}
