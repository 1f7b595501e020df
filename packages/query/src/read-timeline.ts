import type { CustomerId } from '@tidemark/domain';
import { eventTopic, tierTopic, viewTopics } from './customer-topics.ts';
import { type PageRequest, readBackwards } from './read-backwards.ts';
import { laneOfCustomer } from './read-customer.ts';
import type { Page, Reading, TierChangeEntry, TimelineEntry } from './types.ts';

const TIMELINE_TOPICS = [eventTopic, ...viewTopics, tierTopic];

/**
 * All that happened to a customer, newest first: his events, and the changes of views and of the tier that came of them;
 * null for one of whom nothing is known. Throws `invalid-cursor`.
 */
export async function readTimeline(
  reading: Reading,
  customerId: CustomerId,
  request: PageRequest,
): Promise<Page<TimelineEntry> | null> {
  if (!(await isKnown(reading, customerId))) return null;
  return readBackwards(reading.log, 'timeline', TIMELINE_TOPICS, customerId, request, () => false);
}

/** A customer's changes of tier, newest first; null for one of whom nothing is known. Throws `invalid-cursor`. */
export async function readTierChanges(
  reading: Reading,
  customerId: CustomerId,
  request: PageRequest,
): Promise<Page<TierChangeEntry> | null> {
  if (!(await isKnown(reading, customerId))) return null;
  const isFirst = (entry: TimelineEntry) => entry.kind === 'tier' && entry.change === 1;
  const page = await readBackwards(reading.log, 'tier-changes', [tierTopic], customerId, request, isFirst);
  return { items: page.items.flatMap(withoutKind), next: page.next };
}

async function isKnown({ log, store }: Reading, customerId: CustomerId): Promise<boolean> {
  const { facets } = await store.customer(laneOfCustomer(customerId, log.lanes), customerId);
  return facets.size > 0;
}

function withoutKind(entry: TimelineEntry): readonly TierChangeEntry[] {
  if (entry.kind !== 'tier') return [];
  const { kind: _kind, at: _at, ...change } = entry;
  return [change];
}
