import { type ClockName, type RawTopic, readTimelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { EventLog, Lane, LogRecord, Offset } from '@tidemark/stream';
import { DEDUP_IDS_MAX, DEDUP_WINDOW_MS, DedupWindow } from './dedup-window.ts';

/** At least so many records are looked at: all whose offsets were not committed are among them. */
export const TAIL_RECORDS_MIN = 4_000;

/** What unify knows from the end of its own output: it keeps no other state. */
export interface TimelineTail {
  /** The greatest log time so far; 0 for an empty timeline. */
  readonly logTime: TimeMs;
  /** Null for an empty timeline. */
  readonly clock: ClockName | null;
  readonly window: DedupWindow;
  /** The greatest origin by topic: raw records up to it have been dealt with. */
  readonly origins: ReadonlyMap<RawTopic, Offset>;
  /** Where the last policy is, if it is in the tail. */
  readonly policyAt: Offset | null;
  /** The offset of the next record. */
  readonly end: Offset;
}

/** Reads a lane's timeline backwards, as far as the dedup window reaches. */
export async function readTail(log: EventLog, lane: Lane): Promise<TimelineTail> {
  const { start, end } = await log.bounds('timeline', lane);
  const blocks: (readonly LogRecord[])[] = [];
  let logTime = 0 as TimeMs;
  let clock: ClockName | null = null;
  let from = end;
  while (from > start && end - from < DEDUP_IDS_MAX) {
    const before = from;
    from = Math.max(start, from - TAIL_RECORDS_MIN);
    const block = (await log.read('timeline', lane, from, before - from)).filter(({ offset }) => offset < before);
    blocks.unshift(block);
    for (const { headers } of block) {
      const { logTime: at, clock: own } = readTimelineHeaders(headers);
      if (at > logTime) logTime = at;
      // A lane that went live stays so: what an owner of before sends late may end the timeline all the same.
      if (clock !== 'live') clock = own;
    }
    const reach = logTime - DEDUP_WINDOW_MS;
    if (block.every(({ headers }) => readTimelineHeaders(headers).logTime < reach)) break;
  }
  const window = new DedupWindow();
  const origins = new Map<RawTopic, Offset>();
  let policyAt: Offset | null = null;
  for (const block of blocks) {
    for (const record of block) {
      const { type, eventId, logTime: at, origin } = readTimelineHeaders(record.headers);
      // A repeat says nothing new: its id may have left the window since the record was first written.
      if (origin !== null && origin.offset <= (origins.get(origin.topic) ?? -1)) continue;
      if (origin !== null) origins.set(origin.topic, origin.offset);
      if (eventId !== null && !window.has(eventId)) window.add(eventId, at);
      if (type === 'policy') policyAt = record.offset;
    }
  }
  return { logTime, clock, window, origins, policyAt, end };
}
