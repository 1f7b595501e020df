import type { TimelineEventType } from '@tidemark/domain';
import { codecs } from './codecs.ts';
import type {
  TimelineIdentityRecord,
  TimelineInteractionRecord,
  TimelineMarketingRecord,
  TimelineOrderRecord,
} from './generated/records.ts';

/** An event as the timeline holds it: what folds see (a `TimelineEvent`), and what only later readers need. */
export type TimelineEventRecord =
  | { readonly type: 'order'; readonly data: TimelineOrderRecord }
  | { readonly type: 'interaction'; readonly data: TimelineInteractionRecord }
  | { readonly type: 'marketing'; readonly data: TimelineMarketingRecord }
  | { readonly type: 'identity'; readonly data: TimelineIdentityRecord };

/** The event's bytes, to be written with the headers that `timelineHeaders` makes for its type. Errors: see `Codec`. */
export function encodeTimeline(event: TimelineEventRecord): Uint8Array {
  switch (event.type) {
    case 'order':
      return codecs['timeline-order'].encode(event.data);
    case 'interaction':
      return codecs['timeline-interaction'].encode(event.data);
    case 'marketing':
      return codecs['timeline-marketing'].encode(event.data);
    case 'identity':
      return codecs['timeline-identity'].encode(event.data);
  }
}

/** The event that `bytes` are, by its headers `type` and `schema`. Errors: see `Codec`. */
export function decodeTimeline(type: TimelineEventType, fingerprint: string, bytes: Uint8Array): TimelineEventRecord {
  switch (type) {
    case 'order':
      return { type, data: codecs['timeline-order'].decode(bytes, fingerprint) };
    case 'interaction':
      return { type, data: codecs['timeline-interaction'].decode(bytes, fingerprint) };
    case 'marketing':
      return { type, data: codecs['timeline-marketing'].decode(bytes, fingerprint) };
    case 'identity':
      return { type, data: codecs['timeline-identity'].decode(bytes, fingerprint) };
  }
}
