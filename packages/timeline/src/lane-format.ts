import { type ClockName, TIMELINE_FORMAT, type TimelineFormat, timelineFormatOf } from '@tidemark/contracts';
import type { Committed, EventLog, Lane } from '@tidemark/stream';
import { type CommittedNote, noteOf } from './committed-note.ts';
import type { TimelineTail } from './tail.ts';

/** What is known of a lane's format as it is taken up. */
export interface KnownFormat {
  /** Committed with the offsets: in which the timeline goes on behind what they became; null where nothing is committed. */
  readonly noted: TimelineFormat | null;
  /** Of the first record on the timeline; null where there is none. Asked for where nothing is committed. */
  readonly first: TimelineFormat | null;
  /** The greatest in the timeline's tail: what was written, committed or not. */
  readonly tail: TimelineFormat;
}

/**
 * The format in which a lane's timeline goes on: a function of the log, so whoever takes it up writes the same. A timeline
 * without records begins in the newest; any other goes on in its own until a control record says another. What a late owner of
 * before adds takes nothing back.
 */
export function formatOf({ noted, first, tail }: KnownFormat): TimelineFormat {
  const known = noted ?? first ?? TIMELINE_FORMAT;
  return tail > known ? tail : known;
}

/** Reads what is not known yet, and decides. */
export async function readFormat(
  log: Pick<EventLog, 'bounds' | 'read'>,
  lane: Lane,
  note: Pick<CommittedNote, 'format'> | null,
  tail: Pick<TimelineTail, 'format' | 'end'>,
  decide = formatOf,
): Promise<TimelineFormat> {
  const noted = note === null ? null : notedFormat(note);
  const first = noted !== null || tail.end === 0 ? null : await firstFormat(log, lane);
  return decide({ noted, first, tail: tail.format });
}

async function firstFormat(log: Pick<EventLog, 'bounds' | 'read'>, lane: Lane): Promise<TimelineFormat | null> {
  const { start } = await log.bounds('timeline', lane);
  const [record] = await log.read('timeline', lane, start, 1);
  return record === undefined ? null : timelineFormatOf(record.headers);
}

/** Notes of builds before there were formats name none. A later build's format is not this one's to write. */
function notedFormat({ format = 1 }: Pick<CommittedNote, 'format'>): TimelineFormat {
  return format < TIMELINE_FORMAT ? 1 : TIMELINE_FORMAT;
}

/** How unify goes on in a lane. */
export interface CommittedFormat {
  readonly format: TimelineFormat;
  readonly clock: ClockName | null;
}

/** `committed`: what unify's group has committed of a raw topic. Null: it has not begun. Throws a `Fault` for what is not unify's. */
export function committedFormat(committed: Committed | undefined, lane: Lane): CommittedFormat | null {
  const note = noteOf(committed, lane);
  return note === null ? null : { format: notedFormat(note), clock: note.clock };
}
