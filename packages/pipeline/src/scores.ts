import type { ChangeTopic } from '@tidemark/contracts';
import { behaviour, churn, rfm, type Score, type View } from '@tidemark/domain';
import { type LaneFold, type ScoreFacet, scoreFold, type ViewChange } from '@tidemark/stream';
import { type ChangeRecordType, scoreEncoding } from './score-encoding.ts';

/** A score of the pipeline: its fold, and where its changes go. */
export interface ScoreEntry<State, Parameters, V extends View> {
  readonly score: Score<State, Parameters, V>;
  readonly changeTopic: ChangeTopic;
  readonly recordType: ChangeRecordType;
  readonly fold: LaneFold<ScoreFacet<State, V>, Parameters, ViewChange<V>>;
}

/** The registry: a new score is a folder in the domain, a schema of its changes, and a line here. */
export const scores = {
  rfm: entry(rfm, 'rfm-changes', 'rfm-change'),
  behaviour: entry(behaviour, 'behaviour-changes', 'behaviour-change'),
  churn: entry(churn, 'churn-changes', 'churn-change'),
} as const;

export type ScoreName = keyof typeof scores;

export const scoreNames = Object.keys(scores) as readonly ScoreName[];

function entry<State, Parameters, V extends View>(
  score: Score<State, Parameters, V>,
  changeTopic: ChangeTopic,
  recordType: ChangeRecordType,
): ScoreEntry<State, Parameters, V> {
  return { score, changeTopic, recordType, fold: scoreFold(score, scoreEncoding<V>(changeTopic, recordType)) };
}
