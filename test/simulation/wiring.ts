import { DAY_MS, type FacetName, facetNames, facets, type TimeMs } from '@tidemark/domain';
import {
  type FacetEntry,
  facetEntries,
  scoreWiring,
  tierEncoding,
  tierWiring,
  timelineReader,
} from '@tidemark/pipeline';
import type { PlainFoldWiring } from '@tidemark/plain-fold';
import { type Joins, type ScoreReader, type ServicePorts, scoreFold, type TimelineReader } from '@tidemark/stream';
import type { StoreGuards } from '@tidemark/testkit';
import type { UnifyRules } from '@tidemark/timeline';

export type AnyScore = FacetEntry['score'];

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
  /** What unify goes by. */
  readonly unifyRules?: UnifyRules;
  /** Another version of a fold says that it is this one. */
  readonly versionsAreHidden?: boolean;
}

/** The services of the pipeline as production wires them, but for the alterations. */
export class Wiring {
  readonly #alterations: Alterations;
  readonly #now: () => TimeMs;
  /** As the oracle folds them. */
  readonly #entries: ReadonlyMap<FacetName, FacetEntry>;
  readonly #scoreReader: ScoreReader;

  constructor(alterations: Alterations, lanes: number, now: () => TimeMs) {
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

  /** A score that is one version further, and sees two days ahead. */
  otherVersion(name: FacetName) {
    const own = this.#entryOf(name);
    const version = own.score.version + (this.#alterations.versionsAreHidden === true ? 0 : 1);
    return this.#facetWiring(withScore(own, (score) => ({ ...farSighted(score), version })));
  }

  tier() {
    const own = tierWiring();
    const { joinsOn = own.joins.isOn } = this.#alterations;
    const joins = { ...own.joins, reader: this.#scoreReader, isOn: joinsOn };
    return { ...own, reader: this.#alterations.reader ?? own.reader, joins };
  }

  ports(own: ServicePorts): ServicePorts {
    return this.#alterations.ports?.(own) ?? own;
  }

  get unifyRules(): UnifyRules | undefined {
    return this.#alterations.unifyRules;
  }

  plain(lane: number): PlainFoldWiring {
    return {
      lane,
      reader: timelineReader,
      scores: [...this.#entries.values()],
      tier: tierEncoding,
    };
  }

  #facetWiring(entry: FacetEntry) {
    const own = scoreWiring(entry);
    return { ...own, reader: this.#alterations.reader ?? own.reader };
  }

  #entryOf(name: FacetName): FacetEntry {
    return this.#entries.get(name) as FacetEntry;
  }
}

function withScore(own: FacetEntry, change?: (score: AnyScore) => AnyScore): FacetEntry {
  const score = change?.(own.score) ?? own.score;
  return score === own.score ? own : { ...own, score, fold: scoreFold(score, own.encoding) };
}

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
