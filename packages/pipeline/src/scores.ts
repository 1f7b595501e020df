import type { ChangeTopic } from '@tidemark/contracts';
import { type ExplainedScore, facets, type Score, type View } from '@tidemark/domain';
import { type LaneFold, type ScoreEncoding, type ScoreFacet, scoreFold, type ViewChange } from '@tidemark/stream';
import { type ChangeRecordType, scoreEncoding, silentEncoding } from './score-encoding.ts';

/** A facet of the pipeline: what is folded, how its outputs are written, and both as the lane loop takes them. */
export interface FacetEntry<State, Parameters, V extends View> {
  readonly score: Score<State, Parameters, V>;
  readonly encoding: ScoreEncoding<V>;
  readonly fold: LaneFold<ScoreFacet<State, V>, Parameters, ViewChange<V>>;
}

/** A score: a facet whose changes go out, to a topic and as records of their own. */
export interface ScoreEntry<State, Parameters, V extends View> extends FacetEntry<State, Parameters, V> {
  readonly score: ExplainedScore<State, Parameters, V>;
  readonly changeTopic: ChangeTopic;
  readonly recordType: ChangeRecordType;
}

/** Of the facets that the first release had; a later one begins with 1. */
const FIRST_VERSION = 2;

/** The registry: a new score is a folder in the domain, a schema of its changes, and a line here. */
export const scores = {
  rfm: entry(facets.rfm.score, 'rfm-changes', 'rfm-change', FIRST_VERSION),
  behaviour: entry(facets.behaviour.score, 'behaviour-changes', 'behaviour-change', FIRST_VERSION),
  churn: entry(facets.churn.score, 'churn-changes', 'churn-change', FIRST_VERSION),
} as const;

/** Folded like a score, for people and tools alone: tier does not wait for it, and it publishes no changes. */
export const profileEntry = facetEntry(facets.profile.score, silentEncoding, FIRST_VERSION);

export type ScoreName = keyof typeof scores;

export const scoreNames = Object.keys(scores) as readonly ScoreName[];

function entry<State, Parameters, V extends View>(
  score: ExplainedScore<State, Parameters, V>,
  changeTopic: ChangeTopic,
  recordType: ChangeRecordType,
  firstVersion: number,
): ScoreEntry<State, Parameters, V> {
  return {
    ...facetEntry(score, scoreEncoding<V>(changeTopic, recordType), firstVersion),
    score,
    changeTopic,
    recordType,
  };
}

function facetEntry<State, Parameters, V extends View>(
  score: Score<State, Parameters, V>,
  encoding: ScoreEncoding<V>,
  firstVersion: number,
): FacetEntry<State, Parameters, V> {
  return { score, encoding, fold: scoreFold(score, encoding, firstVersion) };
}
