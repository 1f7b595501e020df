import { isHeldId } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { stateNames } from '@tidemark/pipeline';
import type { NotedEvents, Offset } from '@tidemark/stream';
import { parseFacet } from './customer.ts';
import { eventTopic, tierTopic, viewTopics } from './customer-topics.ts';
import { readLaneState } from './lane-state.ts';
import { NOTING_SCORE, noteOf } from './order-notes.ts';
import { type PageRequest, readBackwards } from './read-backwards.ts';
import { laneOfCustomer } from './read-customer.ts';
import type { Page, Reading, TierChangeEntry, TimelineEntry } from './types.ts';

const TIMELINE_TOPICS = [eventTopic, ...viewTopics, tierTopic];

/**
 * All that happened to a customer, newest first: their events, and the changes of views and of the tier that came of them;
 * null for one of whom nothing is known. Of a held id
 * its events are told, which nothing folds. Orders that changed nothing, or less than they say, say so. Throws
 * `invalid-cursor`, `state-damaged` and `other-fold-version`.
 */
export async function readTimeline(
  reading: Reading,
  customerId: CustomerId,
  request: PageRequest,
): Promise<Page<TimelineEntry> | null> {
  const { log, store, memo } = reading;
  const lane = laneOfCustomer(customerId, log.lanes);
  const { facets, metas } = await store.customer(lane, customerId);
  // Of a held id the log alone knows: a page may look at much and find little.
  if (facets.size === 0 && !isHeldId(customerId)) return null;
  const page = await readBackwards(log, 'timeline', TIMELINE_TOPICS, customerId, request, () => false);
  if (facets.size === 0 && page.items.length === 0 && page.next === null && request.cursor === null) return null;
  const state = readLaneState(lane, metas, memo);
  const facet = state.upgrading.has(NOTING_SCORE) ? undefined : facets.get(stateNames[NOTING_SCORE]);
  const noted = facet === undefined ? undefined : parseFacet(facet, NOTING_SCORE, lane).noted;
  const foldedTo = state.services.get(NOTING_SCORE)?.timelineOffset ?? 0;
  return { items: page.items.map((entry) => withNote(entry, noted, foldedTo)), next: page.next };
}

function withNote(entry: TimelineEntry, noted: NotedEvents | undefined, foldedTo: Offset): TimelineEntry {
  return entry.kind === 'event' && entry.type === 'order' ? { ...entry, note: noteOf(entry, noted, foldedTo) } : entry;
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
