import { type ChangeCause, codecs, parseCustomerKey, readOutputHeaders } from '@tidemark/contracts';
import type { CustomerId, TimeMs, View } from '@tidemark/domain';
import { type ScoreName, scores } from '@tidemark/pipeline';
import type { Lane } from '@tidemark/stream';
import type { FolderReading } from './folder-reading.ts';

/** How a score's view changed, and why. */
export interface ScoreViewChange {
  readonly score: ScoreName;
  readonly at: TimeMs;
  readonly from: View | null;
  readonly to: View | null;
  readonly cause: ChangeCause;
}

const PAGE_RECORDS = 500;

/**
 * The change of a customer's score at one effective time, or null if there was none or the log no longer has it. Reads
 * backwards from the end, where effective times only fall: quick for what happened lately.
 */
export async function findScoreChange(
  log: FolderReading['log'],
  score: ScoreName,
  { lane, customerId, at }: { readonly lane: Lane; readonly customerId: CustomerId; readonly at: TimeMs },
): Promise<ScoreViewChange | null> {
  const { changeTopic, recordType } = scores[score];
  const { start, end } = await log.bounds(changeTopic, lane);
  for (let to = end; to > start; ) {
    const from = Math.max(start, to - PAGE_RECORDS);
    const records = await log.read(changeTopic, lane, from, to - from);
    for (const record of records.toReversed()) {
      const { type, schema } = readOutputHeaders(record.headers);
      const key = parseCustomerKey(record.key);
      if (type !== 'change' || record.value === null || !key.ok) continue;
      const found = codecs[recordType].decode(record.value, schema);
      if (found.effectiveAt < at) return null;
      if (key.customerId !== customerId || found.effectiveAt !== at) continue;
      return { score, at, from: found.from, to: found.to, cause: found.cause };
    }
    to = from;
  }
  return null;
}
