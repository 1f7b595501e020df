import { DAY_MS, type TimeMs, type View } from '@tidemark/domain';
import {
  type FacetEntry,
  profileEntry,
  type ScoreEntry,
  type ScoreName,
  scoreNames,
  scores,
  scoreWiring,
  tierEncoding,
  tierWiring,
  timelineReader,
} from '@tidemark/pipeline';
import type { PlainFoldWiring } from '@tidemark/plain-fold';
import { type ScoreReader, type ServicePorts, scoreFold, type TimelineReader } from '@tidemark/stream';
import type { StoreGuards } from '@tidemark/testkit';
import type { UnifyRules } from '@tidemark/unify';

export type AnyScore = ScoreEntry<unknown, unknown, View>['score'];
type AnyScoreEntry = ScoreEntry<unknown, unknown, View>;
type AnyFacetEntry = FacetEntry<unknown, unknown, View>;
/** What is folded from the timeline alone. */
export type FacetName = ScoreName | 'profile';

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
  /** What unify goes by. */
  readonly unifyRules?: UnifyRules;
  /** Another version of a fold says that it is this one. */
  readonly versionsAreHidden?: boolean;
}

const PROFILE = profileEntry as unknown as AnyFacetEntry;

/** The services of the pipeline as production wires them, but for the alterations. */
export class Wiring {
  readonly #alterations: Alterations;
  readonly #now: () => TimeMs;
  /** As the oracle folds them. */
  readonly #entries: ReadonlyMap<ScoreName, AnyScoreEntry>;
  readonly #scoreReader: ScoreReader;

  constructor(alterations: Alterations, lanes: number, now: () => TimeMs) {
    this.#alterations = alterations;
    this.#now = now;
    this.#entries = new Map(
      scoreNames.map((name) => [name, withScore(scores[name] as AnyScoreEntry, alterations.score)]),
    );
    const own = tierWiring().joins.reader;
    this.#scoreReader = alterations.scoreReader?.(own, lanes) ?? own;
  }

  facet(name: FacetName) {
    const { laneScore } = this.#alterations;
    return this.#facetWiring(
      name === 'profile' ? PROFILE : withScore(this.#entryOf(name), laneScore && ((own) => laneScore(own, this.#now))),
    );
  }

  /** A score that is one version further, and sees two days ahead. */
  otherVersion(name: FacetName) {
    const own = name === 'profile' ? PROFILE : this.#entryOf(name);
    const version = own.score.version + (this.#alterations.versionsAreHidden === true ? 0 : 1);
    return this.#facetWiring(withScore(own, (score) => ({ ...farSighted(score), version })));
  }

  tier() {
    const own = tierWiring();
    const joins = { ...own.joins, reader: this.#scoreReader };
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
      scores: [...this.#entries.values(), PROFILE],
      tier: tierEncoding,
    };
  }

  #facetWiring(entry: AnyFacetEntry) {
    const own = scoreWiring(entry);
    return { ...own, reader: this.#alterations.reader ?? own.reader };
  }

  #entryOf(name: ScoreName): AnyScoreEntry {
    return this.#entries.get(name) as AnyScoreEntry;
  }
}

function withScore<Entry extends AnyFacetEntry>(
  own: Entry,
  change?: (score: Entry['score']) => AnyFacetEntry['score'],
): Entry {
  const score = change?.(own.score) ?? own.score;
  return score === own.score ? own : { ...own, score, fold: scoreFold(score, own.encoding) };
}

const FAR_MS = 2 * DAY_MS;

function farSighted<Seen extends AnyFacetEntry['score']>(own: Seen): Seen {
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
