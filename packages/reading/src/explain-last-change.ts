import { customerKey, type TierCause, type TierChangeRecord } from '@tidemark/contracts';
import { type CustomerId, scoreNames, TIER_FIRST_VERSION, TIER_VERSION, type TierState } from '@tidemark/domain';
import { timelineReader } from '@tidemark/pipeline';
import type { Lane } from '@tidemark/stream';
import { findRecord } from './find-record.ts';
import { findScoreChange } from './find-score-change.ts';
import { readTierChange, tierChangeEntry, tierTimeOf } from './lane-tier-changes.ts';
import type { ExplainedCause, Explanation, Reading } from './types.ts';

/** The change that brought a customer into their tier, with what caused it; null if the log no longer has it. */
export async function explainLastChange(
  log: Reading['log'],
  lane: Lane,
  customerId: CustomerId,
  { since, changes }: Pick<TierState, 'since' | 'changes'>,
): Promise<Explanation['lastChange']> {
  const find = (isOfVersion: (version: number) => boolean) =>
    findRecord(log, {
      topic: 'tier-changes',
      lane,
      key: customerKey(customerId),
      rankOf: (record) => tierTimeOf(record, lane),
      rank: since,
      read(record) {
        const logged = readTierChange(record, lane);
        if (logged === null || !isOfVersion(logged.change.foldVersion ?? TIER_FIRST_VERSION)) return null;
        return logged.change.effectiveAt === since && logged.change.change === changes ? logged : null;
      },
    });
  // An owner of an earlier version that lingers may send a change of the same moment and number, which does not count.
  const isUpgraded = TIER_VERSION > TIER_FIRST_VERSION;
  const found = (isUpgraded ? await find((version) => version === TIER_VERSION) : null) ?? (await find(() => true));
  if (found === null) return null;
  const { change } = found;
  const because = await Promise.all(change.causes.map((cause) => explainCause(log, lane, customerId, change, cause)));
  return { ...tierChangeEntry(found), because };
}

async function explainCause(
  log: Reading['log'],
  lane: Lane,
  customerId: CustomerId,
  { timelineOffset, effectiveAt }: TierChangeRecord,
  cause: TierCause,
): Promise<ExplainedCause> {
  const score = scoreNames.find((name) => name === cause.score);
  const place = { lane, customerId, at: effectiveAt, timelineOffset };
  const change = score === undefined ? null : await findScoreChange(log, score, place);
  return {
    score: cause.score,
    kind: cause.kind,
    view: change === null ? null : { from: change.from, to: change.to },
    record: await readCause(log, lane, timelineOffset, cause),
  };
}

/** The timeline record that the cause names; null for silence, and if the log no longer has it. */
async function readCause(
  log: Reading['log'],
  lane: Lane,
  timelineOffset: number,
  { origin }: TierCause,
): Promise<ExplainedCause['record']> {
  if (origin === null) return null;
  const [found] = await log.read('timeline', lane, timelineOffset, 1);
  if (found?.offset !== timelineOffset) return null;
  const record = timelineReader.record(found);
  if (record.originText !== origin) return null;
  const { type, eventId } = record;
  const occurredAt = record.customerId === null ? null : timelineReader.event(record).data.occurredAt;
  return { origin, eventId, type, occurredAt, timelineOffset };
}
