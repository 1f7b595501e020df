import {
  BASE_RATE,
  DAY_MS,
  type MarketingKind,
  type OrderStatus,
  type TimelineEvent,
  type TimeMs,
} from '@tidemark/domain';
import type { Dataset } from '@tidemark/replay';
import { type CustomerRecord, mergedRows } from './merged-rows.ts';

/** One event of a customer, read from the data set itself. */
export interface SourceRow {
  readonly at: TimeMs;
  readonly event: TimelineEvent;
  /**
   * Whether nothing in the customer's lane comes before it in its millisecond. Where something does, such as the tick at
   * midnight, what silence changes in that millisecond is decided before this event; otherwise together with it.
   */
  readonly isFirstOfItsMs: boolean;
}

export interface CustomerRows {
  readonly customerId: string;
  readonly lane: number;
  /** In the order of the merge. */
  readonly rows: readonly SourceRow[];
}

/** Every customer's events. */
export function readCustomerRows(dataset: Dataset, lanes: number): readonly CustomerRows[] {
  const customers = new Map<string, CustomerRows & { readonly rows: SourceRow[] }>();
  const lastAt = new Array<number>(lanes).fill(-1);
  for (const { customerId, lane, record } of mergedRows(dataset, lanes)) {
    const customer = customers.get(customerId) ?? { customerId, lane, rows: [] };
    const at = record.value.occurredAt;
    const isFirstOfItsMs = at % DAY_MS !== 0 && lastAt[lane] !== at;
    customer.rows.push({ at, event: timelineEventOf(record), isFirstOfItsMs });
    customers.set(customerId, customer);
    lastAt[lane] = at;
  }
  return [...customers.values()];
}

/** The last millisecond of the last day: the last punctuation ticks every lane there. */
export function endOf(dataset: Dataset): TimeMs {
  return (dataset.lastDay + DAY_MS - 1) as TimeMs;
}

/** Written out here and not borrowed from unify, which is under test. Amounts are in the base currency already. */
function timelineEventOf(record: CustomerRecord): TimelineEvent {
  switch (record.recordType) {
    case 'order-event': {
      const { eventId, occurredAt, orderId, status, amountMinor, currency, refundId } = record.value;
      const lowered = status.toLowerCase() as OrderStatus;
      return {
        type: 'order',
        data: { eventId, occurredAt, orderId, status: lowered, amountMinor, currency, rate: BASE_RATE, refundId },
      };
    }
    case 'interaction-event': {
      const { eventId, occurredAt, channel, action, object, category, sessionId } = record.value;
      return { type: 'interaction', data: { eventId, occurredAt, channel, action, object, category, sessionId } };
    }
    case 'marketing-event': {
      const { eventId, occurredAt, campaignId, variant, channel, kind } = record.value;
      const lowered = kind.toLowerCase() as MarketingKind;
      return { type: 'marketing', data: { eventId, occurredAt, campaignId, variant, channel, kind: lowered } };
    }
  }
}
