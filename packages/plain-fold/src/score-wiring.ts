import type { View } from '@tidemark/domain';
import { type ScoreEntry, scoreEncoding } from '@tidemark/pipeline';
import type { PlainScoreWiring } from './plain-fold.ts';

/** A score of the registry, or another in its place, as the plain fold takes it. */
export function plainScoreWiring(
  entry: Pick<ScoreEntry<unknown, unknown, View>, 'score' | 'changeTopic' | 'recordType'>,
): PlainScoreWiring {
  return { score: entry.score, encoding: scoreEncoding<View>(entry.changeTopic, entry.recordType) };
}
