import {
  type IdentityEvent,
  type InteractionEvent,
  MARKETING_KINDS,
  type MarketingEvent,
  ORDER_STATUSES,
  type OrderEvent,
  type TimelineEvent,
} from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TIMELINE_EVENT_TYPES } from './catalogue.ts';
import type {
  TimelineIdentityRecord,
  TimelineInteractionRecord,
  TimelineMarketingKind,
  TimelineMarketingRecord,
  TimelineOrderRecord,
  TimelineOrderStatus,
} from './generated/records.ts';
import { schemas } from './generated/schemas.ts';
import { recordArbitrary } from './testing/record-arbitrary.ts';
import { decodeTimeline, encodeTimeline, type TimelineEventRecord, timelineSchemaOf } from './timeline-codec.ts';

/** The compiler checks these: what the timeline holds can be given to a fold as it is. */
const toFold = {
  event: (record: TimelineEventRecord): TimelineEvent => record,
  order: (record: TimelineOrderRecord): OrderEvent => record,
  interaction: (record: TimelineInteractionRecord): InteractionEvent => record,
  marketing: (record: TimelineMarketingRecord): MarketingEvent => record,
  identity: (record: TimelineIdentityRecord): IdentityEvent => record,
};

const events: fc.Arbitrary<TimelineEventRecord> = fc.oneof(
  ...TIMELINE_EVENT_TYPES.map((type) =>
    recordArbitrary(`timeline-${type}`).map((data) => ({ type, data }) as TimelineEventRecord),
  ),
);

test('an event comes back from the timeline as it went in', () => {
  fc.assert(
    fc.property(events, (event) => {
      const bytes = encodeTimeline(event);
      expect(toFold.event(decodeTimeline(event.type, timelineSchemaOf(event), bytes))).toEqual(event);
    }),
  );
});

test('the schemas know the same order statuses and marketing kinds as the domain', () => {
  const statuses: readonly TimelineOrderStatus[] = ORDER_STATUSES;
  const kinds: readonly TimelineMarketingKind[] = MARKETING_KINDS;
  expect(symbolsIn('timeline-order', 'status')).toEqual(statuses);
  expect(symbolsIn('timeline-marketing', 'kind')).toEqual(kinds);
});

function symbolsIn(recordType: 'timeline-order' | 'timeline-marketing', field: string): unknown {
  const fields: readonly { readonly name: string; readonly type: unknown }[] = schemas[recordType][0].schema.fields;
  const type = fields.find((candidate) => candidate.name === field)?.type;
  return (type as { symbols: unknown }).symbols;
}
