import { customerKey } from '@tidemark/contracts';
import type { CustomerId, ScoreName, TimeMs } from '@tidemark/domain';
import { scores, toldTopics } from '@tidemark/pipeline';
import type { Lane, Offset, ToldTopic } from '@tidemark/stream';
import { BackwardVersions } from './backward-versions.ts';
import { findRecord, isKeyOf } from './find-record.ts';
import { readViewChange, type ScoreViewChange, timelineOffsetOf } from './read-score-record.ts';
import type { Reading } from './types.ts';

interface ChangeOfCustomer {
  readonly lane: Lane;
  readonly customerId: CustomerId;
  readonly at: TimeMs;
}

/**
 * The change of a customer's score at one timeline record and effective time; null if the log does not have it. Of all
 * versions of the score but one could have told it, since each has a part of the timeline.
 */
export function findScoreChange(
  log: Reading['log'],
  score: ScoreName,
  { lane, customerId, at, timelineOffset }: ChangeOfCustomer & { readonly timelineOffset: Offset },
): Promise<ScoreViewChange | null> {
  return findRecord(log, {
    topic: scores[score].changeTopic,
    lane,
    key: customerKey(customerId),
    // Progress, of which there is much, has it too.
    rankOf: (record) => timelineOffsetOf(score, record),
    rank: timelineOffset,
    read(record) {
      const change = readViewChange(score, record);
      return change !== null && change.timelineOffset === timelineOffset && change.at === at ? change : null;
    },
  });
}

const PAGE_RECORDS = 500;

/**
 * The same where the timeline record is not known. Reads backwards from the end, where effective times only fall: quick
 * for what happened lately.
 */
export async function findScoreChangeAt(
  log: Reading['log'],
  score: ScoreName,
  { lane, customerId, at }: ChangeOfCustomer,
): Promise<ScoreViewChange | null> {
  const { changeTopic } = scores[score];
  const key = customerKey(customerId);
  const { start, end } = await log.bounds(changeTopic, lane);
  const versions = new BackwardVersions(log, toldTopics.get(changeTopic) as ToldTopic, lane);
  for (let to = end; to > start; ) {
    const from = Math.max(start, to - PAGE_RECORDS);
    const records = await log.read(changeTopic, lane, from, to - from);
    for (const record of (await versions.counted(records, from, to)).toReversed()) {
      const change = readViewChange(score, record);
      if (change === null) continue;
      if (change.at < at) return null;
      if (change.at === at && isKeyOf(record, key)) return change;
    }
    to = from;
  }
  return null;
}
