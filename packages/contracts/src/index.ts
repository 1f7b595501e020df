export { AMOUNT_MINOR_MAX } from '@tidemark/domain';
export {
  allowsRecord,
  CAUSE_WORDS,
  CHANGE_TOPICS,
  type ChangeRecordType,
  type ChangeTopic,
  catalogue,
  changeRecordTypeOf,
  changeTopicOf,
  EVENT_TOPICS,
  type EventTopic,
  eventTopicOf,
  isEventTopic,
  isEventType,
  isRawTopic,
  KEYLESS_RECORD_TYPES,
  LANES_DEFAULT,
  RAW_TOPICS,
  type RawTopic,
  TIMELINE_EVENT_TYPES,
  type TopicName,
  type TopicSpec,
  topicName,
  topics,
} from './catalogue.ts';
export { type Codec, changeCodecOf, codecs, createCodec } from './codecs.ts';
export { type CustomerKey, customerKey, type KeyProblem, parseCustomerKey } from './customer-key.ts';
export { type DeadLetterReason, deadLetterReasons } from './dead-letter-reasons.ts';
export { embeddedSchemaIds } from './embedded-schema-ids.ts';
export { entryText } from './entry-text.ts';
export { ContractError, type ContractErrorCode, faultCodeOf } from './errors.ts';
export { eventJsonSchema, type JsonSchema } from './event-json-schema.ts';
export type * from './generated/records.ts';
export { schemas } from './generated/schemas.ts';
export { originText, parseOrigin, type RawOrigin } from './header-values.ts';
export {
  type ClockName,
  HEADER,
  type Headers,
  type OutputRecordType,
  type OutputType,
  outputHeaders,
  rawHeaders,
  readOutputHeaders,
  readRedriven,
  readSource,
  readTimelineHeaders,
  redrivenHeaders,
  TIMELINE_FORMAT,
  type TimelineFormat,
  type TimelineHeaders,
  type TimelineType,
  timelineFormatOf,
  timelineHeaders,
} from './headers.ts';
export { HELD_ID_PREFIX, isHeldId } from './held-id.ts';
export { parseIsoTime } from './parse-iso-time.ts';
export { laneOf, murmur2 } from './partitioner.ts';
export { placeholderIdOf } from './placeholder-ids.ts';
export {
  COUNT_MAX,
  looksLikeSeconds,
  OCCURRED_AT_MAX_MS,
  OCCURRED_AT_MIN_MS,
  RECORD_BYTES_MAX,
  TEXT_BYTES_MAX,
} from './raw-bounds.ts';
export {
  type ControlRecordType,
  createRawDecoder,
  encodePolicy,
  encodeRaw,
  isControlRecordType,
  isLaterRecordType,
  RAW_RECORD_TYPES,
  type RawDecoder,
  type RawOutcome,
  type RawRecord,
  type RawRecordType,
  type SchemaIds,
} from './raw-wire.ts';
export type { SchemaVersion } from './schema-version.ts';
export { type TierChangeJson, tierChangeJson, toldTierChange } from './tier-change-json.ts';
export { decodeTimeline, encodeTimeline, type TimelineEventRecord, timelineSchemaOf } from './timeline-codec.ts';
export { rawVersionFor } from './version-for.ts';
export { encodeTimelinePolicy, type WrittenPolicy } from './written-policy.ts';
