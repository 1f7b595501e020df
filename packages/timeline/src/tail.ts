import {
  type ClockName,
  codecs,
  type RawTopic,
  readTimelineHeaders,
  TIMELINE_FORMAT,
  type TimelineFormat,
  timelineFormatOf,
} from '@tidemark/contracts';
import { SECOND_MS, type TimeMs } from '@tidemark/domain';
import type { Bounds, EventLog, Lane, LogRecord, Offset } from '@tidemark/stream';
import { DEDUP_EVENTS_MAX, DEDUP_WINDOW_MS, DedupWindow, HELD_EVENTS_MAX } from './dedup-window.ts';
import { orFault } from './or-fault.ts';
import { unifyRules } from './unify-rules.ts';

/** At least so many records are looked at: all whose offsets were not committed are among them. As many are read at once. */
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
  /** The offsets in `control` of the policies in the tail. */
  readonly policies: ReadonlySet<Offset>;
  /** The greatest format of a record in the tail; a record that says the newest counts as one. */
  readonly format: TimelineFormat;
  /** The offset of the next record. */
  readonly end: Offset;
}

/** Reads a lane's timeline from where the dedup window begins; of what was read hashes stay. */
export async function readTail(log: EventLog, lane: Lane, { eventKeysOf } = unifyRules): Promise<TimelineTail> {
  const bounds = await log.bounds('timeline', lane);
  const { end } = bounds;
  const window = new DedupWindow();
  const origins = new Map<RawTopic, Offset>();
  let logTime = 0 as TimeMs;
  let clock: ClockName | null = null;
  let policyAt: Offset | null = null;
  const policies = new Set<Offset>();
  let format: TimelineFormat = 1;
  for (let next = await findStart(log, lane, bounds); next < end; ) {
    const block = await readBlock(log, lane, next, end);
    for (const record of block) {
      const read = orFault(lane, record.offset, () => readTimelineHeaders(record.headers));
      const { type, logTime: at, clock: own, origin, eventId, schema, isHeld = false } = read;
      if (at > logTime) logTime = at;
      if (type === 'format' || timelineFormatOf(record.headers) === TIMELINE_FORMAT) format = TIMELINE_FORMAT;
      // A lane that went live stays so: what an owner of before sends late may end the timeline all the same.
      if (clock !== 'live') clock = own;
      if (origin === null) continue;
      // A repeat says nothing new: its event may have left the window since the record was first written.
      if (origin.offset <= (origins.get(origin.topic) ?? -1)) continue;
      origins.set(origin.topic, origin.offset);
      if (type === 'policy') {
        policyAt = record.offset;
        policies.add(origin.offset);
      }
      if (eventId === null || record.key === null || record.value === null) continue;
      const { value } = record;
      const order =
        type === 'order'
          ? orFault(lane, record.offset, () => codecs['timeline-order'].decode(value, schema ?? ''))
          : null;
      const keys = eventKeysOf(origin.topic, Buffer.from(record.key).toString('utf8'), eventId, order);
      window.add(keys, logTime, isHeld);
    }
    if (block.length === 0) break;
    next = (block.at(-1)?.offset ?? end) + 1;
  }
  return { logTime, clock, window, origins, policyAt, policies, format, end };
}

/** Steps back, twice as far each time, until everything is older than the window. */
async function findStart(log: EventLog, lane: Lane, { start, end }: Bounds): Promise<Offset> {
  let logTime = 0;
  for (let back = TAIL_RECORDS_MIN; ; back *= 2) {
    const from = Math.max(start, end - back);
    if (from === start || back >= DEDUP_EVENTS_MAX + HELD_EVENTS_MAX) return from;
    const block = await readBlock(log, lane, from, end);
    const times = block.map(({ headers, offset }) => orFault(lane, offset, () => readTimelineHeaders(headers).logTime));
    logTime = times.reduce((greatest, time) => Math.max(greatest, time), logTime);
    // The window's ages are held to the second.
    const reach = logTime - DEDUP_WINDOW_MS - SECOND_MS;
    if (times.every((time) => time < reach)) return from;
  }
}

async function readBlock(log: EventLog, lane: Lane, from: Offset, end: Offset): Promise<readonly LogRecord[]> {
  const block = await log.read('timeline', lane, from, Math.min(TAIL_RECORDS_MIN, end - from));
  return block.filter(({ offset }) => offset < end);
}
