import type { TimelineEventType, TimeMs } from '@tidemark/domain';
import { type ChangeRecordType, isRawTopic, type RawTopic, TIMELINE_EVENT_TYPES } from './catalogue.ts';
import { codecs, eventCodecs } from './codecs.ts';
import { ContractError } from './errors.ts';

export type Headers = Readonly<Record<string, string>>;

/** The names of all headers. */
export const HEADER = {
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
  /** Raw topics: the record's position in its producer's own source, for producers that resume. */
  source: 'source',
  /** Raw topics: `lane:offset` of the dead letter that this record was sent again from. */
  redriven: 'redriven',
} as const;

/** A tick has an empty value. */
export type TimelineType = TimelineEventType | 'tick' | 'policy' | 'live-switch' | 'cutover';
export type ClockName = 'event' | 'live';

/** A record of a raw topic in the same lane. */
export interface RawOrigin {
  readonly topic: RawTopic;
  readonly offset: number;
}

export interface TimelineHeaders {
  readonly type: TimelineType;
  readonly origin: RawOrigin | null;
  readonly logTime: TimeMs;
  readonly clock: ClockName;
  readonly eventId: string | null;
  /** Null on the event clock, where the same data set gives the same timeline, and on ticks. */
  readonly rawAppendedAtMs: number | null;
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
};

/** The headers of a timeline record whose value was written by this build, with the newest schema unless it is said. */
export function timelineHeaders(parts: TimelineHeaders, schema: string | null = TIMELINE_SCHEMAS[parts.type]): Headers {
  const { type, origin, logTime, clock, eventId, rawAppendedAtMs } = parts;
  const headers: Record<string, string> = { type, 'log-time': String(logTime), clock };
  if (origin !== null) headers[HEADER.origin] = originText(origin);
  if (schema !== null) headers[HEADER.schema] = schema;
  if (eventId !== null) headers[HEADER.eventId] = eventId;
  if (rawAppendedAtMs !== null) headers[HEADER.rawAppendedAt] = String(rawAppendedAtMs);
  return headers;
}

/** Reads them back, with the fingerprint that the value was written with (null: a tick). Throws `invalid-header`. */
export function readTimelineHeaders(headers: Headers): TimelineHeaders & { readonly schema: string | null } {
  const type = headers[HEADER.type];
  if (type === undefined || !isTimelineType(type)) throw unknownType(type, 'a type of timeline record');
  const clock = headers[HEADER.clock];
  if (clock !== 'event' && clock !== 'live') throw invalidHeader(HEADER.clock, 'event or live');
  const schema = headers[HEADER.schema] ?? null;
  if ((schema === null) !== (type === 'tick')) throw invalidHeader(HEADER.schema, 'a fingerprint, or none on a tick');
  const origin = headers[HEADER.origin];
  const rawAppendedAt = headers[HEADER.rawAppendedAt];
  return {
    type,
    origin: origin === undefined ? null : parseOrigin(origin),
    logTime: parseWhole(headers[HEADER.logTime], HEADER.logTime) as TimeMs,
    clock,
    eventId: headers[HEADER.eventId] ?? null,
    rawAppendedAtMs: rawAppendedAt === undefined ? null : parseWhole(rawAppendedAt, HEADER.rawAppendedAt),
    schema,
  };
}

function isTimelineType(type: string): type is TimelineType {
  return Object.hasOwn(TIMELINE_SCHEMAS, type);
}

/** An origin as people read it, and as change records name it: `orders:123`. */
export function originText(origin: RawOrigin): string {
  return `${origin.topic}:${origin.offset}`;
}

/** Throws `invalid-header`. */
export function parseOrigin(text: string): RawOrigin {
  const colon = text.lastIndexOf(':');
  const topic = text.slice(0, Math.max(colon, 0));
  if (!isRawTopic(topic)) throw invalidHeader(HEADER.origin, '<raw topic>:<offset>');
  return { topic, offset: parseWhole(text.slice(colon + 1), HEADER.origin) };
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

function parseWhole(text: string | undefined, name: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || String(value) !== text) throw invalidHeader(name, 'a whole number');
  return value;
}

/** A word may be a newer build's; anything else nobody wrote who knows the pipeline. */
function unknownType(type: string | undefined, expected: string): ContractError {
  if (type === undefined || !WORD.test(type)) return invalidHeader(HEADER.type, expected);
  const message = `header ${HEADER.type}: expected ${expected} that this build knows, found ${type}. A newer build wrote it: upgrade this one`;
  return new ContractError('unknown-type', message, { header: HEADER.type, type });
}

const WORD = /^[a-z][a-z-]{0,39}$/;

function invalidHeader(name: string, expected: string): ContractError {
  const message = `header ${name}: expected ${expected}, found something else or nothing. Something else wrote to the topic`;
  return new ContractError('invalid-header', message, { header: name });
}
