import { setImmediate } from 'node:timers/promises';
import { customerKey } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { type BackwardPlace, BackwardTopic, type CustomerTopic } from './backward-topic.ts';
import { type CursorKind, formatCursor, invalidCursor, isOffset, parseCursor } from './cursor.ts';
import { laneOfCustomer } from './read-customer.ts';
import type { Page, Reading, TimelineEntry } from './types.ts';

export interface PageRequest {
  /** What the page before gave as `next`; null for the newest page. */
  readonly cursor: string | null;
  /** From 1. A page may hold fewer and still have a `next`. */
  readonly limit: number;
}

/** Looked at for one page, at most (and a page of each topic more), so that one request cannot hold up the others. */
const RECORDS_MAX = 20_000;

/**
 * A page of what topics have of a customer, merged, newest first. `isOldest` says of an entry that nothing comes before
 * it. Pages that follow each other by their cursors give every record once, whatever is appended meanwhile.
 */
export async function readBackwards(
  log: Reading['log'],
  kind: CursorKind,
  sources: readonly CustomerTopic[],
  customerId: CustomerId,
  { cursor, limit }: PageRequest,
  isOldest: (entry: TimelineEntry) => boolean,
): Promise<Page<TimelineEntry>> {
  const topics = await openTopics(log, kind, sources, customerId, cursor);
  const items: TimelineEntry[] = [];
  let looked = 0;
  for (;;) {
    const waiting = topics.filter((topic) => topic.head === null && topic.hasMore);
    if (waiting.length > 0) {
      if (looked >= RECORDS_MAX) break;
      for (const count of await Promise.all(waiting.map((topic) => topic.readPage()))) looked += count;
      await setImmediate();
      continue;
    }
    const newest = newestOf(topics);
    if (newest === null) return { items, next: null };
    if (items.length >= limit) break;
    const entry = newest.head?.entry;
    newest.take();
    if (entry === undefined) continue;
    items.push(entry);
    if (isOldest(entry)) return { items, next: null };
  }
  return { items, next: formatCursor(kind, customerId, topics.map(formatPlace)) };
}

async function openTopics(
  log: Reading['log'],
  kind: CursorKind,
  sources: readonly CustomerTopic[],
  customerId: CustomerId,
  cursor: string | null,
): Promise<readonly BackwardTopic[]> {
  const lane = laneOfCustomer(customerId, log.lanes);
  const key = customerKey(customerId);
  const given = cursor === null ? null : parsePlaces(parseCursor(kind, customerId, cursor), sources);
  const bounds = await Promise.all(sources.map(({ topic }) => log.bounds(topic, lane)));
  return sources.map((source, i) => {
    const { start, end } = bounds[i] ?? { start: 0, end: 0 };
    const place = given?.[i] ?? { end, below: Array(source.seriesCount).fill(ANY_NUMBER) };
    if (place.end > end) throw invalidCursor('found one beyond the end of the log');
    return new BackwardTopic(log, source, lane, key, start, place);
  });
}

/** The end and, by series, below which number; null for any. */
function formatPlace({ place }: BackwardTopic): readonly (number | null)[] {
  return [place.end, ...place.below.map((number) => (number === ANY_NUMBER ? null : number))];
}

function parsePlaces(found: unknown, sources: readonly CustomerTopic[]): readonly BackwardPlace[] {
  if (!Array.isArray(found) || found.length !== sources.length) throw invalidCursor('found something else');
  return sources.map(({ seriesCount }, i) => {
    const numbers: unknown = found[i];
    if (!Array.isArray(numbers) || numbers.length !== 1 + seriesCount) throw invalidCursor('found something else');
    const [end, ...below] = numbers as readonly unknown[];
    if (!isOffset(end)) throw invalidCursor('found something else');
    return { end, below: below.map(parseBelow) };
  });
}

const ANY_NUMBER = Number.MAX_SAFE_INTEGER;

function parseBelow(number: unknown): number {
  if (number === null) return ANY_NUMBER;
  if (isOffset(number)) return number;
  throw invalidCursor('found something else');
}

function newestOf(topics: readonly BackwardTopic[]): BackwardTopic | null {
  let newest: BackwardTopic | null = null;
  for (const topic of topics) {
    if (topic.head === null) continue;
    if (newest?.head == null || compareOrders(topic.head.order, newest.head.order) > 0) newest = topic;
  }
  return newest;
}

function compareOrders(a: readonly number[], b: readonly number[]): number {
  for (const [i, x] of a.entries()) {
    const difference = x - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
