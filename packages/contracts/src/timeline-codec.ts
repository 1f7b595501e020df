import type { TimelineEventType } from '@tidemark/domain';
import { type Codec, eventCodecs } from './codecs.ts';
import type { Records } from './generated/records.ts';

/** An event as the timeline holds it: what folds see (a `TimelineEvent`), and what only later readers need. */
export type TimelineEventRecord = {
  [T in TimelineEventType]: { readonly type: T; readonly data: Records[`timeline-${T}`] };
}[TimelineEventType];

/** The event's bytes, to be written with the headers that `timelineHeaders` makes for its type and `timelineSchemaOf`. Errors: see `Codec`. */
export function encodeTimeline({ type, data }: TimelineEventRecord): Uint8Array {
  const codec: Codec<unknown> = eventCodecs[type];
  return codec.encode(data);
}

/** Names the schema that `encodeTimeline` writes the event with, for the record's headers. */
export function timelineSchemaOf({ type, data }: TimelineEventRecord): string {
  const codec: Codec<unknown> = eventCodecs[type];
  return codec.fingerprintFor(data);
}

/** The event that `bytes` are, by its headers `type` and `schema`. Errors: see `Codec`. */
export function decodeTimeline(type: TimelineEventType, fingerprint: string, bytes: Uint8Array): TimelineEventRecord {
  return { type, data: eventCodecs[type].decode(bytes, fingerprint) } as TimelineEventRecord;
}
