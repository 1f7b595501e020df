import type { TimelineEventType, TimeMs } from '@tidemark/domain';
import { type ChangeRecordType, TIMELINE_EVENT_TYPES } from './catalogue.ts';
import { codecs, eventCodecs } from './codecs.ts';
import { ContractError } from './errors.ts';
import { invalidHeader, originText, parseOrigin, parseWhole, type RawOrigin } from './header-values.ts';
import { PACKED_FORMAT, packHeader, unpackHeader, type WrittenTimelineHeaders } from './packed-header.ts';

export type Headers = Readonly<Record<string, string>>;

/** The names of all headers. Where one is said to be of the timeline, it is of its format 1. */
export const HEADER = {
  /** Timeline, from format 2 on: all that the seven headers of format 1 say, in one line. */
  head: 'head',
  /** Timeline: `TimelineType`. Change topics: `change` or `progress`. Dead letters: `dead-letter`. */
  type: 'type',
  /** Timeline: `topic:offset` of the raw record in the same lane; absent on a tick of the live clock. */
  origin: 'origin',
  /** Timeline: ms since the Unix epoch, decimal. */
  logTime: 'log-time',
  /** Timeline: which clock its lane runs on. */
  clock: 'clock',
  /** Fingerprint of the value's schema; absent on a tick, which has no value, and on raw topics, whose values say it. */
  schema: 'schema',
  /** Timeline: the producer's eventId, so that dedup needs no decoding; absent on ticks and control records. */
  eventId: 'event-id',
  /** Timeline, live clock: when the log took the raw record, ms since the Unix epoch; for a latency, never for a score. */
  rawAppendedAt: 'raw-appended-at',
  /** Timeline: `true` on a record of a held id. In format 1 only where it is shown: unify marks none there. */
  held: 'held',
  /** Raw topics: the record's position in its producer's own source, for producers that resume. */
  source: 'source',
  /** Raw topics: `lane:offset` of the dead letter that this record was sent again from. */
  redriven: 'redriven',
} as const;

/** A tick has an empty value. */
export type TimelineType = TimelineEventType | 'tick' | 'policy' | 'live-switch' | 'cutover' | 'format';
export type ClockName = 'event' | 'live';

/** How a timeline record says what it is: 1 in seven headers, 2 in one. Both are read, mixed in one lane, for ever. */
export type TimelineFormat = 1 | typeof PACKED_FORMAT;
export const TIMELINE_FORMAT: TimelineFormat = PACKED_FORMAT;

export interface TimelineHeaders {
  readonly type: TimelineType;
  readonly origin: RawOrigin | null;
  readonly logTime: TimeMs;
  readonly clock: ClockName;
  readonly eventId: string | null;
  /** Null on the event clock, where the same data set gives the same timeline, and on ticks. */
  readonly rawAppendedAtMs: number | null;
  /** The record is of a held id: no fold takes a step for it. */
  readonly isHeld?: true | undefined;
}

/** The newest schema of each type of timeline record; null for a tick, which has no value. */
const TIMELINE_SCHEMAS: Readonly<Record<TimelineType, string | null>> = {
  ...(Object.fromEntries(TIMELINE_EVENT_TYPES.map((type) => [type, eventCodecs[type].fingerprint])) as Record<
    TimelineEventType,
    string
  >),
  tick: null,
  policy: codecs['timeline-policy'].fingerprint,
  'live-switch': codecs['timeline-live-switch'].fingerprint,
  cutover: codecs['timeline-cutover'].fingerprint,
  format: codecs['timeline-format'].fingerprint,
};

/**
 * The headers of a timeline record whose value was written by this build, with the newest schema and in the newest format unless
 * it is said.
 */
export function timelineHeaders(
  parts: TimelineHeaders,
  schema: string | null = TIMELINE_SCHEMAS[parts.type],
  format: TimelineFormat = TIMELINE_FORMAT,
): Headers {
  const { type, origin, logTime, clock, eventId, rawAppendedAtMs, isHeld = false } = parts;
  const written = {
    type,
    origin: origin === null ? undefined : originText(origin),
    logTime: String(logTime),
    clock,
    schema: schema ?? undefined,
    eventId: eventId ?? undefined,
    rawAppendedAt: rawAppendedAtMs === null ? undefined : String(rawAppendedAtMs),
    isHeld,
  };
  return format === PACKED_FORMAT ? { [HEADER.head]: packHeader(written) } : sevenHeaders(written);
}

function sevenHeaders({ type, logTime, clock, ...may }: WrittenTimelineHeaders): Headers {
  const headers: Record<string, string> = {
    type: type as string,
    'log-time': logTime as string,
    clock: clock as string,
  };
  if (may.origin !== undefined) headers[HEADER.origin] = may.origin;
  if (may.schema !== undefined) headers[HEADER.schema] = may.schema;
  if (may.eventId !== undefined) headers[HEADER.eventId] = may.eventId;
  if (may.rawAppendedAt !== undefined) headers[HEADER.rawAppendedAt] = may.rawAppendedAt;
  if (may.isHeld) headers[HEADER.held] = 'true';
  return headers;
}

/** Which of the formats that this build writes a timeline record's headers are in. One of a later build counts as the newest. */
export function timelineFormatOf(headers: Headers): TimelineFormat {
  return headers[HEADER.head] === undefined ? 1 : PACKED_FORMAT;
}

/**
 * Reads them back, in either format, with the fingerprint that the value was written with (null: a tick). Throws
 * `invalid-header`, and `unknown-type` or `unknown-header` for what a later build wrote.
 */
export function readTimelineHeaders(headers: Headers): TimelineHeaders & { readonly schema: string | null } {
  const head = headers[HEADER.head];
  const written = head === undefined ? writtenInSeven(headers) : unpackHeader(head);
  const { type, clock, origin, logTime, rawAppendedAt } = written;
  if (type === undefined || !isTimelineType(type)) throw unknownType(type, 'a type of timeline record');
  if (clock !== 'event' && clock !== 'live') throw invalidHeader(HEADER.clock, 'event or live');
  const schema = written.schema ?? null;
  if ((schema === null) !== (type === 'tick')) throw invalidHeader(HEADER.schema, 'a fingerprint, or none on a tick');
  return {
    type,
    origin: origin === undefined ? null : parseOrigin(origin),
    logTime: parseWhole(logTime, HEADER.logTime) as TimeMs,
    clock,
    eventId: written.eventId ?? null,
    rawAppendedAtMs: rawAppendedAt === undefined ? null : parseWhole(rawAppendedAt, HEADER.rawAppendedAt),
    isHeld: written.isHeld || undefined,
    schema,
  };
}

function writtenInSeven(headers: Headers): WrittenTimelineHeaders {
  return {
    type: headers[HEADER.type],
    origin: headers[HEADER.origin],
    logTime: headers[HEADER.logTime],
    clock: headers[HEADER.clock],
    schema: headers[HEADER.schema],
    eventId: headers[HEADER.eventId],
    rawAppendedAt: headers[HEADER.rawAppendedAt],
    isHeld: headers[HEADER.held] === 'true',
  };
}

function isTimelineType(type: string): type is TimelineType {
  return Object.hasOwn(TIMELINE_SCHEMAS, type);
}

/** Records written with a header `schema` beside the timeline. */
export type OutputRecordType = ChangeRecordType | 'tier-change' | Exclude<OutputType, 'change'>;
/** What their header `type` says. */
export type OutputType = 'change' | 'progress' | 'marker' | 'dead-letter';

/**
 * The headers of a record of a change topic, of tier-changes or of dead-letters, written by this build, with the newest
 * schema unless it is said.
 */
export function outputHeaders(recordType: OutputRecordType, schema: string = codecs[recordType].fingerprint): Headers {
  const isChange = recordType !== 'progress' && recordType !== 'marker' && recordType !== 'dead-letter';
  return { type: isChange ? 'change' : recordType, schema };
}

/** Reads them back. Throws `invalid-header`. */
export function readOutputHeaders(headers: Headers): { readonly type: OutputType; readonly schema: string } {
  const type = headers[HEADER.type];
  if (type !== 'change' && type !== 'progress' && type !== 'dead-letter' && type !== 'marker') {
    throw unknownType(type, 'change, progress, dead-letter or marker');
  }
  const schema = headers[HEADER.schema];
  if (schema === undefined) throw invalidHeader(HEADER.schema, 'a fingerprint');
  return { type, schema };
}

/** The headers of a raw record of a producer that resumes from the last `source` it finds in the log. */
export function rawHeaders(source: string): Headers {
  return { source };
}

/** Null where the producer does not say. */
export function readSource(headers: Headers): string | null {
  return headers[HEADER.source] ?? null;
}

/** The dead letter that a raw record was sent again from, as `lane:offset`; null for a producer's own record. */
export function readRedriven(headers: Headers): string | null {
  return headers[HEADER.redriven] ?? null;
}

/**
 * The headers of a raw record that is sent again from a dead letter: the original's, but for its position in a producer's
 * source, which is not where the producer has got to.
 */
export function redrivenHeaders(original: Headers, letter: string): Headers {
  const { [HEADER.source]: _, ...kept } = original;
  return { ...kept, [HEADER.redriven]: letter };
}

/** A word may be a newer build's; anything else nobody wrote who knows the pipeline. */
function unknownType(type: string | undefined, expected: string): ContractError {
  if (type === undefined || !WORD.test(type)) return invalidHeader(HEADER.type, expected);
  const message = `header ${HEADER.type}: expected ${expected} that this build knows, found ${type}. A newer build wrote it: upgrade this one`;
  return new ContractError('unknown-type', message, { header: HEADER.type, type });
}

const WORD = /^[a-z][a-z-]{0,39}$/;
