import type { MarketingEventKind, RawTopic } from '@tidemark/contracts';
import type { TimeMs } from '@tidemark/domain';
import type { RawEvent } from '../raw-event.ts';
import { CATEGORIES, type SimulatedEvent, type SimulatedKind, type SimulatedTable } from './simulated-table.ts';

const MESSAGE_KINDS: Readonly<Partial<Record<SimulatedKind, MarketingEventKind>>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  opened: 'OPENED',
  clicked: 'CLICKED',
  bounced: 'BOUNCED',
  unsubscribed: 'UNSUBSCRIBED',
};

const PAGES = ['home', 'new_releases', 'best_sellers', 'offers', 'account'] as const;

export function simulatedTopic(table: SimulatedTable, row: number): RawTopic {
  return MESSAGE_KINDS[table.get(row).kind] === undefined ? 'interactions' : 'marketing';
}

/** @param eventIds how the ids of the data set's events begin */
export function simulatedRecord(table: SimulatedTable, row: number, eventIds: string, customerId: string): RawEvent {
  const event = table.get(row);
  const occurrence = { eventId: `${eventIds}s${row + 1}`, customerId, occurredAt: event.at as TimeMs };
  const kind = MESSAGE_KINDS[event.kind];
  if (kind === undefined) return { recordType: 'interaction-event', value: { ...occurrence, ...interactionOf(event) } };
  const variant = event.category === 0 ? 'a' : 'b';
  const value = { ...occurrence, campaignId: campaignOf(event.group), variant, channel: event.channel, kind };
  return { recordType: 'marketing-event', value };
}

function interactionOf(event: SimulatedEvent) {
  const { kind, channel, group } = event;
  const category = CATEGORIES[event.category] ?? null;
  const isAboutCategory = kind === 'search' || kind === 'product_view' || kind === 'add_to_cart';
  return {
    channel,
    action: kind,
    object: objectOf(event),
    category: isAboutCategory ? category : null,
    sessionId: group === 0 ? null : `session-${group}`,
    properties: {},
  };
}

function objectOf({ kind, category, product }: SimulatedEvent): string | null {
  if (kind === 'page_view') return PAGES[product % PAGES.length] ?? null;
  if (kind === 'search') return CATEGORIES[category] ?? null;
  return kind === 'product_view' || kind === 'add_to_cart' ? `${CATEGORIES[category]}-${product + 1}` : null;
}

/** `month` counts from January 1970. */
function campaignOf(month: number): string {
  return `newsletter-${Math.floor(month / 12) + 1970}-${String((month % 12) + 1).padStart(2, '0')}`;
}
