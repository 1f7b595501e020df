import { type ClockName, readTimelineHeaders } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { EventLog, Lane, LogRecord } from '@tidemark/stream';
import { DEDUP_IDS_MAX, DEDUP_WINDOW_MS, DedupWindow } from './dedup-window.ts';

const BLOCK_RECORDS = 1_000;

/** What unify knows from the end of its own output: it keeps no other state. */
export interface TimelineTail {
  /** The greatest log time so far; 0 for an empty timeline. */
  readonly logTime: TimeMs;
  /** Null for an empty timeline. */
  readonly clock: ClockName | null;
  readonly window: DedupWindow;
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
    from = Math.max(start, from - BLOCK_RECORDS);
    const block = (await log.read('timeline', lane, from, before - from)).filter(({ offset }) => offset < before);
    blocks.unshift(block);
    const newest = block.at(-1);
    if (clock === null && newest !== undefined) ({ logTime, clock } = readTimelineHeaders(newest.headers));
    const oldest = block[0];
    if (oldest !== undefined && readTimelineHeaders(oldest.headers).logTime < logTime - DEDUP_WINDOW_MS) break;
  }
  const window = new DedupWindow();
  for (const block of blocks) {
    for (const record of block) {
      const { eventId, logTime: at } = readTimelineHeaders(record.headers);
      if (eventId !== null && !window.has(eventId)) window.add(eventId, at);
      if (at > logTime) logTime = at;
    }
  }
  return { logTime, clock, window };
}
