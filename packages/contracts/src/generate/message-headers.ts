import type { TopicSpec } from '../catalogue.ts';

/** A JSON schema, as AsyncAPI takes it for headers. */
type ObjectSchema = {
  readonly type: 'object';
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
};
/** Of a timeline record: format 2 first, then format 1. */
export type HeadersSchema = ObjectSchema | { readonly oneOf: readonly ObjectSchema[] };

/**
 * The headers of a record type on topics of a role. They are told here once more than in `headers.ts`, which needs the
 * generated schemas and so cannot be used to generate; a test compares the two.
 * `fingerprints` are those of all versions of the record type, oldest first.
 */
export function messageHeaders(
  role: TopicSpec['role'],
  recordType: string,
  fingerprints: readonly string[],
): HeadersSchema {
  const schema = {
    type: 'string',
    enum: fingerprints,
    description: "Fingerprint of the schema of the value: the first 16 hex digits of SHA-256 of Avro's canonical form.",
  };
  switch (role) {
    case 'raw':
      return { type: 'object', properties: { source: SOURCE, redriven: REDRIVEN } };
    case 'timeline':
      return timelineHeaders(recordType, schema, fingerprints);
    case 'change':
    case 'product':
      return outputHeaders(recordType === 'progress' || recordType === 'marker' ? recordType : 'change', schema);
    case 'dead-letters':
      return outputHeaders('dead-letter', schema);
  }
}

/** Of a tick: a timeline record without a value. */
export function tickHeaders(): HeadersSchema {
  const origin = { ...ORIGIN, description: `${ORIGIN.description} Absent on a tick of the live clock.` };
  return {
    oneOf: [
      packed(`2 tick (event|live) ${WHOLE} - - (-|${ORIGIN_PATTERN})`, 'tick', ''),
      {
        type: 'object',
        required: ['type', 'log-time', 'clock'],
        properties: { type: { type: 'string', const: 'tick' }, origin, 'log-time': LOG_TIME, clock: CLOCK },
      },
    ],
  };
}

function timelineHeaders(recordType: string, schema: object, fingerprints: readonly string[]): HeadersSchema {
  const type = recordType.replace(/^timeline-/, '');
  const isEvent = !LANE_TYPES.has(type);
  const appended = isEvent ? `(-|${WHOLE})` : '-';
  const seven: ObjectSchema = {
    type: 'object',
    required: ['type', 'origin', 'log-time', 'clock', 'schema', ...(isEvent ? ['event-id'] : [])],
    properties: {
      type: { type: 'string', const: type },
      origin: ORIGIN,
      'log-time': LOG_TIME,
      clock: CLOCK,
      schema,
      ...(isEvent ? { 'event-id': EVENT_ID, 'raw-appended-at': RAW_APPENDED_AT } : {}),
    },
  };
  const fields = `2 ${type} (event|live) ${WHOLE} ${appended} (${fingerprints.join('|')}) ${ORIGIN_PATTERN}`;
  return { oneOf: [packed(fields, type, isEvent ? ' [^]+' : ''), seven] };
}

/** Records of a lane, not of a customer. */
const LANE_TYPES: ReadonlySet<string> = new Set(['policy', 'live-switch', 'cutover', 'format']);

const WHOLE = '(0|[1-9][0-9]*)';
const ORIGIN_PATTERN = `[a-z-]+:${WHOLE}`;
const TRACEPARENT = '[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}';

const FLAGS_SAID = {
  lane: 'none here',
  event: '`held` where the id begins with `anon:`, which no fold takes a step for',
} as const;

function packed(fields: string, type: string, eventId: string): ObjectSchema {
  const description =
    `Format 2 of the timeline: text, its fields in this order, a space between two, \`-\` where nothing stands. The format; ` +
    `\`${type}\`; the clock; the log time; when the log took the raw record; the fingerprint of the schema of the value; the ` +
    `origin; flags, ${FLAGS_SAID[eventId === '' ? 'lane' : 'event']}; a W3C traceparent, none so far` +
    (eventId === '' ? '.' : "; the producer's `eventId`: the rest of the text as it is, spaces included.") +
    ' What each says, the headers of format 1 tell below. A format or a flag that a reader does not know is for it to stop at.';
  const head = {
    type: 'string',
    pattern: `^${fields} ${eventId === '' ? '-' : '(-|held)'} (-|${TRACEPARENT})${eventId}$`,
    description,
  };
  return { type: 'object', required: ['head'], properties: { head } };
}

function outputHeaders(type: string, schema: object): HeadersSchema {
  return {
    type: 'object',
    required: ['type', 'schema'],
    properties: { type: { type: 'string', const: type }, schema },
  };
}

const SOURCE = {
  type: 'string',
  description: "The record's position in its producer's own source, for a producer that resumes from it. Optional.",
};
const REDRIVEN = {
  type: 'string',
  pattern: '^[0-9]+:[0-9]+$',
  description: 'The dead letter, `lane:offset`, that this record was sent again from. Never of a producer.',
};
const ORIGIN = {
  type: 'string',
  pattern: `^${ORIGIN_PATTERN}$`,
  description: 'The raw record in the same lane that this came from: `topic:offset`, the topic without its namespace.',
};
const LOG_TIME = {
  type: 'string',
  pattern: `^${WHOLE}$`,
  description: 'Log time: milliseconds since the Unix epoch, UTC, decimal. It never goes back in a lane.',
};
const CLOCK = {
  type: 'string',
  enum: ['event', 'live'],
  description: 'Which clock the lane runs on: that of the events (replays), or the wall clock.',
};
const EVENT_ID = { type: 'string', description: "The producer's `eventId`." };
const RAW_APPENDED_AT = {
  type: 'string',
  pattern: LOG_TIME.pattern,
  description:
    'When the log took the raw record: milliseconds since the Unix epoch, UTC, decimal. On the live clock only; for a latency, never for a score.',
};
