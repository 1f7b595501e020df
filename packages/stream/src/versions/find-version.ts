import type { EventLog, Lane, LogRecord, Offset, Topic } from '../ports/event-log.ts';
import type { ToldRecord } from './version-rule.ts';

/** A topic that a fold tells its changes in. */
export interface ToldTopic {
  readonly topic: Topic;
  /** The fold's version in its first release. */
  readonly firstVersion: number;
  /** The newest version that this build knows. */
  readonly version: number;
  read(record: LogRecord): ToldRecord;
}

/** Records looked at for one step backwards. */
const PAGE_RECORDS = 1_000;

/**
 * The version in force at an offset, for whoever begins to read there: the greatest of any record before it, 0 where none
 * says one. `atMost`: what was in force at some later offset. Reads backwards, as a rule a page, since what was told last
 * says it; nothing at all where no version after the first is known, which no marker can have.
 */
export async function findVersion(
  log: Pick<EventLog, 'bounds' | 'read'>,
  told: ToldTopic,
  lane: Lane,
  offset: Offset,
  atMost = told.version,
): Promise<number> {
  if (atMost <= told.firstVersion) return 0;
  const { start } = await log.bounds(told.topic, lane);
  let version = 0;
  for (let to = offset; to > start && version < atMost; ) {
    const from = Math.max(start, to - PAGE_RECORDS);
    for (const record of await log.read(told.topic, lane, from, to - from)) {
      if (record.offset < to) version = Math.max(version, versionOf(told.read(record), told.firstVersion));
    }
    to = from;
  }
  return version;
}

/** The first release wrote no marker: its records say that nothing else did before them, which is what 0 says. */
function versionOf(record: ToldRecord, firstVersion: number): number {
  return record.version > firstVersion || record.kind === 'marker' ? record.version : 0;
}
