import type { View } from '@tidemark/domain';
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
import { type ScoreReader, scoreFold, type TimelineReader } from '@tidemark/stream';
import type { StoreGuards } from '@tidemark/testkit';

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
  readonly scoreReader?: (own: ScoreReader) => ScoreReader;
  /** Another score under a score's name, for lanes and oracle. */
  readonly score?: (own: AnyScore) => AnyScore;
}

const PROFILE = profileEntry as unknown as AnyFacetEntry;

/** The services of the pipeline as production wires them, but for the alterations. */
export class Wiring {
  readonly #alterations: Alterations;
  readonly #entries: ReadonlyMap<ScoreName, AnyScoreEntry>;

  constructor(alterations: Alterations) {
    this.#alterations = alterations;
    this.#entries = new Map(scoreNames.map((name) => [name, this.#entryOf(scores[name] as AnyScoreEntry)]));
  }

  facet(name: FacetName) {
    const own = scoreWiring(name === 'profile' ? PROFILE : (this.#entries.get(name) as AnyScoreEntry));
    return { ...own, reader: this.#alterations.reader ?? own.reader };
  }

  tier() {
    const own = tierWiring();
    const { reader, scoreReader } = this.#alterations;
    const joins = { ...own.joins, reader: scoreReader?.(own.joins.reader) ?? own.joins.reader };
    return { ...own, reader: reader ?? own.reader, joins };
  }

  plain(lane: number): PlainFoldWiring {
    return {
      lane,
      reader: timelineReader,
      scores: [...this.#entries.values(), PROFILE],
      tier: tierEncoding,
    };
  }

  #entryOf(own: AnyScoreEntry): AnyScoreEntry {
    const score = this.#alterations.score?.(own.score) ?? own.score;
    if (score === own.score) return own;
    return { ...own, score, fold: scoreFold(score, own.encoding) };
  }
}
