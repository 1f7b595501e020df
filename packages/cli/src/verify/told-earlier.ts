import type { CustomerId, ScoreName } from '@tidemark/domain';
import { type FoldService, readScoreRecord } from '@tidemark/pipeline';
import type { PlainVersion } from '@tidemark/plain-fold';
import { type EventLog, Fault, type Lane, readLane, type ScoreChange, type Told, VersionRule } from '@tidemark/stream';

/** What versions before this build's have told in a lane: their code is gone, so that it is taken as it stands. */
export interface ToldEarlier extends PlainVersion {
  readonly changesBefore: readonly ScoreChange[];
}

/** Reads the service's change topic. Throws a `Fault` where a version has told there that only a newer build knows. */
export async function readToldEarlier(
  log: Pick<EventLog, 'bounds' | 'read'>,
  { name, version, firstVersion, changeTopic, readTold }: FoldService,
  lane: Lane,
  wants: (customerId: CustomerId) => boolean,
): Promise<ToldEarlier> {
  const changesBefore: ScoreChange[] = [];
  const last = new Map<CustomerId, Told>();
  let number = 0;
  if (changeTopic !== null && readTold !== null) {
    const rule = new VersionRule();
    const { start, end } = await log.bounds(changeTopic, lane);
    // Where this is the first version nothing stands before it; the newest records say whether a later one has taken over.
    const from = version > firstVersion ? start : Math.max(start, end - NEWEST_RECORDS);
    for await (const record of readLane(log, changeTopic, lane, from)) {
      const told = readTold(record);
      if (told.version > version) throw tookOver(name, lane, told.version);
      if (version === firstVersion || rule.take(told) !== 'taken') continue;
      if (told.kind !== 'change' || told.version === version) continue;
      number = told.number;
      if (!wants(told.customerId)) continue;
      last.set(told.customerId, told.told);
      const read = name === 'tier' ? null : readScoreRecord(name as ScoreName, record);
      if (read?.kind === 'change') changesBefore.push(read.change);
    }
  }
  return { firstVersion, changesBefore, toldBefore: () => ({ number, last }) };
}

const NEWEST_RECORDS = 1_000;

function tookOver(name: string, lane: Lane, version: number): Fault {
  return new Fault(
    'other-fold-version',
    `${name}, lane ${lane}: version ${version} has taken over, and this build folds an earlier one. Use the newer Tidemark.`,
  );
}
