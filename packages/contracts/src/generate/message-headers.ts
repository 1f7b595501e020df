import type { TopicSpec } from '../catalogue.ts';

/** A JSON schema, as AsyncAPI takes it for headers. */
export type HeadersSchema = {
  readonly type: 'object';
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
};

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
      return timelineHeaders(recordType, schema);
    case 'change':
    case 'product':
      return outputHeaders(recordType === 'progress' || recordType === 'marker' ? recordType : 'change', schema);
    case 'dead-letters':
      return outputHeaders('dead-letter', schema);
  }
}

/** Of a tick: a timeline record without a value. */
export function tickHeaders(): HeadersSchema {
  return {
    type: 'object',
    required: ['type', 'log-time', 'clock'],
    properties: {
      type: { type: 'string', const: 'tick' },
      origin: { ...ORIGIN, description: `${ORIGIN.description} Absent on a tick of the live clock.` },
      'log-time': LOG_TIME,
      clock: CLOCK,
    },
  };
}

function timelineHeaders(recordType: string, schema: object): HeadersSchema {
  const type = recordType.replace(/^timeline-/, '');
  const isEvent = type !== 'policy' && type !== 'live-switch' && type !== 'cutover';
  return {
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
  pattern: '^[a-z-]+:(0|[1-9][0-9]*)$',
  description: 'The raw record in the same lane that this came from: `topic:offset`, the topic without its namespace.',
};
const LOG_TIME = {
  type: 'string',
  pattern: '^(0|[1-9][0-9]*)$',
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
