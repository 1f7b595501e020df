import { type ChangeCause, changeCodecOf, codecs, readOutputHeaders } from '@tidemark/contracts';
import type { ScoreName, TimeMs, View } from '@tidemark/domain';
import type { LogRecord, Offset } from '@tidemark/stream';

/** How a score's view changed, and why. */
export interface ScoreViewChange {
  readonly score: ScoreName;
  readonly at: TimeMs;
  readonly from: View | null;
  readonly to: View | null;
  readonly cause: ChangeCause;
}

/** A change of a view as it stands in the score's change topic. */
export interface LoggedViewChange extends ScoreViewChange {
  /** Dense in the lane. */
  readonly number: number;
  readonly timelineOffset: Offset;
  /** Part of the timeline record's steps: 0 a timer, 1 the record itself. */
  readonly step: number;
}

/** Null for a record that is no change (progress, a marker). Throws a `ContractError` for bytes that cannot be read. */
export function readViewChange(score: ScoreName, { headers, value }: LogRecord): LoggedViewChange | null {
  const { type, schema } = readOutputHeaders(headers);
  if (type !== 'change' || value === null) return null;
  const { effectiveAt, ...change } = changeCodecOf(score).decode(value, schema);
  return { score, at: effectiveAt, ...change };
}

/** How far a record of a score's change topic says that the score has come. */
export function timelineOffsetOf(score: ScoreName, { headers, value }: LogRecord): Offset {
  const { type, schema } = readOutputHeaders(headers);
  const codec = type === 'change' ? changeCodecOf(score) : type === 'marker' ? codecs.marker : codecs.progress;
  return codec.decode(value ?? NO_BYTES, schema).timelineOffset;
}

const NO_BYTES = new Uint8Array();
