import type { ScoreName, TimelineEventType } from '@tidemark/domain';
import { ContractError } from './errors.ts';
import type { RecordType } from './generated/records.ts';
import { scoreNames } from './generated/score-names.ts';

interface EventTopicSpec {
  readonly recordType: RecordType;
  /** What its events are called on the timeline, as records `timeline-<type>`. */
  readonly type: TimelineEventType;
  /** What a record is called in a sentence on what it caused. */
  readonly cause: string;
}

/** What producers write of customers, by topic, in the order in which records of the same time are merged. */
export const EVENT_TOPICS = {
  interactions: { recordType: 'interaction-event', type: 'interaction', cause: 'a visit' },
  orders: { recordType: 'order-event', type: 'order', cause: 'an order' },
  marketing: { recordType: 'marketing-event', type: 'marketing', cause: 'a campaign message' },
  identities: { recordType: 'identity-event', type: 'identity', cause: 'what became known of the customer' },
} as const satisfies Readonly<Record<string, EventTopicSpec>>;
export type EventTopic = keyof typeof EVENT_TOPICS;
export type EventRecordType = (typeof EVENT_TOPICS)[keyof typeof EVENT_TOPICS]['recordType'];

const eventTopics = Object.entries(EVENT_TOPICS) as readonly [EventTopic, EventTopicSpec][];

/** The kinds of events on the timeline. */
export const TIMELINE_EVENT_TYPES: readonly TimelineEventType[] = eventTopics.map(([, { type }]) => type);

export function isEventType(type: string): type is TimelineEventType {
  return (TIMELINE_EVENT_TYPES as readonly string[]).includes(type);
}

/** The topic that a timeline event came from. */
export function eventTopicOf(type: TimelineEventType): EventTopic {
  const found = eventTopics.find(([, topic]) => topic.type === type);
  if (found === undefined) throw new Error(`expected a topic of events ${type}, found none: add it to the catalogue`);
  return found[0];
}

/** Everything that unify merges: events, then control. */
export type RawTopic = EventTopic | 'control';
export const RAW_TOPICS: readonly RawTopic[] = [...eventTopics.map(([topic]) => topic), 'control'];

/** What a record of a raw topic is called in a sentence on what it caused. */
export const CAUSE_WORDS = {
  ...Object.fromEntries(eventTopics.map(([topic, { cause }]) => [topic, cause])),
  control: 'a new policy',
} as Readonly<Record<RawTopic, string>>;

/** What scores say of their views: a topic and a record type each. */
export type ChangeTopic = `${ScoreName}-changes`;
export type ChangeRecordType = `${ScoreName}-change`;
export const CHANGE_TOPICS: readonly ChangeTopic[] = scoreNames.map(changeTopicOf);

export function changeTopicOf<Name extends ScoreName>(score: Name): `${Name}-changes` {
  return `${score}-changes`;
}

export function changeRecordTypeOf<Name extends ScoreName>(score: Name): `${Name}-change` {
  return `${score}-change`;
}

export type TopicName = RawTopic | 'timeline' | ChangeTopic | 'tier-changes' | 'dead-letters';

/** A topic of the pipeline, without its namespace. It has as many partitions as the pipeline has lanes. */
export interface TopicSpec {
  readonly name: TopicName;
  readonly role: 'raw' | 'timeline' | 'change' | 'product' | 'dead-letters';
  /**
   * `customer`: the customer's id, but none for records of `KEYLESS_RECORD_TYPES` and ticks. `none`: no record has one.
   * `original`: that of the record refused.
   */
  readonly key: 'customer' | 'none' | 'original';
  readonly records: readonly RecordType[];
  /** By default; null: for ever. The timeline and the change topics must have the same: a rebuild reads both. */
  readonly retentionMs: number | null;
  /** Kafka's own timestamp of a record. It decides about retention, never about a score. */
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** Greatest size of a record, key and headers included. */
  readonly maxMessageBytes: number;
}

/** Lanes of a pipeline unless said otherwise; fixed for its life. */
export const LANES_DEFAULT = 12;

/** Records about a whole lane: written to its partition, without a key. */
export const KEYLESS_RECORD_TYPES: ReadonlySet<RecordType> = new Set<RecordType>([
  'policy',
  'punctuation',
  'live-switch',
  'cutover',
  'format',
  'timeline-policy',
  'timeline-live-switch',
  'timeline-cutover',
  'timeline-format',
  'progress',
  'marker',
]);

const DAY_MS = 86_400_000;
const MIB = 1_048_576;
const RAW_RETENTION_MS = 7 * DAY_MS;
/** Long enough to notice, mend and send again. */
const DEAD_LETTER_RETENTION_MS = 30 * DAY_MS;

export const catalogue: Readonly<Record<TopicName, TopicSpec>> = {
  ...(Object.fromEntries(
    eventTopics.map(([topic, { recordType }]) => [topic, raw(topic, 'customer', [recordType, 'punctuation'])]),
  ) as Record<EventTopic, TopicSpec>),
  control: raw('control', 'none', ['policy', 'live-switch', 'cutover', 'format', 'punctuation']),
  timeline: {
    name: 'timeline',
    role: 'timeline',
    key: 'customer',
    records: [
      ...TIMELINE_EVENT_TYPES.map((type) => `timeline-${type}` as const),
      'timeline-policy',
      'timeline-live-switch',
      'timeline-cutover',
      'timeline-format',
    ],
    retentionMs: null,
    timestampType: 'LogAppendTime',
    maxMessageBytes: MIB,
  },
  ...(Object.fromEntries(scoreNames.map((name) => [changeTopicOf(name), change(name)])) as Record<
    ChangeTopic,
    TopicSpec
  >),
  'tier-changes': {
    name: 'tier-changes',
    role: 'product',
    key: 'customer',
    records: ['tier-change', 'marker'],
    retentionMs: null,
    timestampType: 'CreateTime',
    maxMessageBytes: MIB,
  },
  'dead-letters': {
    name: 'dead-letters',
    role: 'dead-letters',
    key: 'original',
    records: ['dead-letter'],
    retentionMs: DEAD_LETTER_RETENTION_MS,
    timestampType: 'CreateTime',
    // A refused record of a full MiB, and what is said about it.
    maxMessageBytes: 2 * MIB,
  },
};

/** Every topic, upstream first. */
export const topics: readonly TopicSpec[] = Object.values(catalogue);

/** Whether producers may write this kind of record to this topic. */
export function allowsRecord(topic: TopicName, recordType: RecordType): boolean {
  return catalogue[topic].records.includes(recordType);
}

export function isEventTopic(topic: string): topic is EventTopic {
  return Object.hasOwn(EVENT_TOPICS, topic);
}

export function isRawTopic(topic: string): topic is RawTopic {
  return (RAW_TOPICS as readonly string[]).includes(topic);
}

/** Lower-case letters, digits and inner hyphens, at most 48: `.` and `_` separate and would clash in Kafka's metrics. */
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/;

/** The topic's name in a cluster, such as `acme.tier-changes`. Throws `invalid-name`. */
export function topicName(namespace: string, topic: TopicName): string {
  if (!NAMESPACE.test(namespace)) {
    const message = `expected a namespace of at most 48 lower-case letters, digits and inner hyphens, found "${namespace}"`;
    throw new ContractError('invalid-name', message);
  }
  return `${namespace}.${topic}`;
}

function raw(name: RawTopic, key: TopicSpec['key'], records: readonly RecordType[]): TopicSpec {
  return {
    name,
    role: 'raw',
    key,
    records,
    retentionMs: RAW_RETENTION_MS,
    timestampType: 'CreateTime',
    maxMessageBytes: MIB,
  };
}

function change(score: ScoreName): TopicSpec {
  return {
    name: changeTopicOf(score),
    role: 'change',
    key: 'customer',
    records: [changeRecordTypeOf(score), 'progress', 'marker'],
    retentionMs: null,
    timestampType: 'CreateTime',
    maxMessageBytes: MIB,
  };
}
