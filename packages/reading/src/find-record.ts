import { setImmediate } from 'node:timers/promises';
import type { Lane, LogRecord, Offset, Topic } from '@tidemark/stream';
import type { Reading } from './types.ts';

export interface RecordSearch<Found> {
  readonly topic: Topic;
  readonly lane: Lane;
  /** The record's key. */
  readonly key: Uint8Array;
  /** What never falls along the topic, and what it is where the record stands. */
  readonly rankOf: (record: LogRecord) => number;
  readonly rank: number;
  /** Null for a record of the key that is not the one. */
  readonly read: (record: LogRecord) => Found | null;
}

/** Records compared at a time; the event loop goes on between two. */
const PAGE_RECORDS = 200;

/**
 * The record of a key at a known place in a topic's order, or null if the log no longer has it. A binary search, then the
 * records of that rank.
 *
 * Records that were sent again after a crash make the rank fall back once and rise again. Wherever the search finds a
 * rise to the rank, what follows it has all records of the rank before a greater one comes. Only while a lane is just
 * sending again may what its log ends with hide what came before.
 */
export async function findRecord<Found>(log: Reading['log'], search: RecordSearch<Found>): Promise<Found | null> {
  const { topic, lane, key, rankOf, rank, read } = search;
  const { start, end } = await log.bounds(topic, lane);
  let from = await firstReaching(log, search, start, end);
  while (from < end) {
    const records = await log.read(topic, lane, from, PAGE_RECORDS);
    for (const record of records) {
      const found = isKeyOf(record, key) ? read(record) : null;
      if (found !== null) return found;
    }
    const last = records.at(-1);
    if (last === undefined || rankOf(last) > rank) return null;
    from = last.offset + 1;
    await setImmediate();
  }
  return null;
}

export function isKeyOf(record: LogRecord, key: Uint8Array): boolean {
  return record.key !== null && Buffer.compare(record.key, key) === 0;
}

async function firstReaching(
  log: Reading['log'],
  { topic, lane, rankOf, rank }: RecordSearch<unknown>,
  start: Offset,
  end: Offset,
): Promise<Offset> {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const [record] = await log.read(topic, lane, middle, 1);
    if (record !== undefined && rankOf(record) >= rank) high = middle;
    else low = middle + 1;
  }
  return low;
}
