import type {
  MarketingEventKind,
  OrderEventStatus,
  TimelineEventRecord,
  TimelineMarketingKind,
  TimelineOrderStatus,
} from '@tidemark/contracts';
import type { RawEvent } from '../raw-event.ts';

/** The record that a producer would send for an accepted event: unify makes the same event of it, at its policy's rate. */
export function rawRecordOf({ type, data }: TimelineEventRecord, customerId: string): RawEvent {
  switch (type) {
    case 'order': {
      const { rate: _, status, ...order } = data;
      return { recordType: 'order-event', value: { ...order, customerId, status: ORDER_STATUS[status] } };
    }
    case 'interaction':
      return { recordType: 'interaction-event', value: { ...data, customerId } };
    case 'marketing': {
      const { kind, ...marketing } = data;
      return { recordType: 'marketing-event', value: { ...marketing, customerId, kind: MARKETING_KIND[kind] } };
    }
    case 'identity':
      return { recordType: 'identity-event', value: { ...data, customerId } };
  }
}

const ORDER_STATUS: Readonly<Record<TimelineOrderStatus, OrderEventStatus>> = {
  placed: 'PLACED',
  paid: 'PAID',
  cancelled: 'CANCELLED',
  refunded: 'REFUNDED',
  partially_refunded: 'PARTIALLY_REFUNDED',
  updated: 'UPDATED',
  credited: 'CREDITED',
};

const MARKETING_KIND: Readonly<Record<TimelineMarketingKind, MarketingEventKind>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  opened: 'OPENED',
  clicked: 'CLICKED',
  bounced: 'BOUNCED',
  unsubscribed: 'UNSUBSCRIBED',
  converted: 'CONVERTED',
};
