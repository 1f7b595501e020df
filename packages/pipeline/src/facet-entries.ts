import { type ChangeTopic, changeTopicOf } from '@tidemark/contracts';
import {
  type AnyFacet,
  type FacetName,
  facetNames,
  facets,
  type ScoreName,
  scoreNames,
  type View,
} from '@tidemark/domain';
import { type LaneFold, type ScoreEncoding, type ScoreFacet, scoreFold, type ViewChange } from '@tidemark/stream';
import { scoreEncoding, silentEncoding } from './score-encoding.ts';

/** A facet of the pipeline: what is folded, how its outputs are written, and both as the lane loop takes them. */
export interface FacetEntry {
  readonly score: AnyFacet['score'];
  /** Of the score in the first release that had it. */
  readonly firstVersion: number;
  readonly pace: AnyFacet['pace'];
  readonly encoding: ScoreEncoding<View>;
  readonly fold: LaneFold<ScoreFacet<unknown, View>, unknown, ViewChange<View>>;
}

/** A score: a facet whose changes go out, to a topic and as records of their own. Tier waits for it. */
export interface ScoreEntry extends FacetEntry {
  readonly changeTopic: ChangeTopic;
}

export const scores = Object.fromEntries(
  scoreNames.map((name): [string, ScoreEntry] => {
    return [name, { ...entryOf(name, scoreEncoding(name)), changeTopic: changeTopicOf(name) }];
  }),
) as Readonly<Record<ScoreName, ScoreEntry>>;

/** All that is folded from the timeline alone: what publishes nothing first, then the scores. */
export const facetEntries: Readonly<Record<FacetName, FacetEntry>> = {
  ...(Object.fromEntries(
    facetNames.filter((name) => !facets[name].publishes).map((name) => [name, entryOf(name, silentEncoding)]),
  ) as Record<Exclude<FacetName, ScoreName>, FacetEntry>),
  ...scores,
};

function entryOf(name: FacetName, encoding: ScoreEncoding<View>): FacetEntry {
  const { score, pace, firstVersion } = facets[name];
  return { score, firstVersion, pace, encoding, fold: scoreFold(score, encoding, firstVersion) };
}
