import { EventEmitter, once } from 'node:events';
import { type Page, QueryError } from '@tidemark/reading';
import type { FollowedTierChange, PageRequest, Reader, StreamStart } from '../ports.ts';
import { ADA, ada, explanation, lanePlace, since, tierChange, timeline } from './customers.ts';

/** A reader of one customer and as many tier changes as a test publishes. */
export class MemoryReader implements Reader {
  /** What every read throws, if anything. */
  failure: Error | null = null;
  /** Ids asked for, as they arrived. */
  readonly asked: string[] = [];
  /** Tier changes asked for by streams. */
  pulled = 0;
  /** Streams that have ended. */
  ended = 0;
  /** Text added to each change, to fill sockets. */
  padding = '';
  published = 0;
  private readonly news = new EventEmitter().setMaxListeners(0);

  publish(count: number): void {
    this.published += count;
    this.news.emit('published');
  }

  async readCustomer(customerId: string) {
    return this.known(customerId, { ...ada, customerId });
  }

  async explainCustomer(customerId: string) {
    return this.known(customerId, explanation);
  }

  async readTimeline(customerId: string, page: PageRequest) {
    return this.known(customerId, pageOf(timeline, page));
  }

  async readTierChanges(customerId: string, page: PageRequest) {
    return this.known(customerId, pageOf([tierChange], page));
  }

  async readTiers() {
    return this.known(ADA, [{ tier: 'gold', customers: 1 }]) ?? [];
  }

  async readTier(tier: string, page: PageRequest) {
    return this.known(tier === 'gold' ? ADA : '', pageOf([{ customerId: ADA, since, points: 120.5 }], page));
  }

  async readLanes() {
    return this.known(ADA, [lanePlace]) ?? [];
  }

  async openTierChanges(from: StreamStart, signal: AbortSignal) {
    if (this.failure) throw this.failure;
    const start = from === 'start' ? 0 : from === 'end' ? this.published : parseCursor(from.cursor);
    return { cursor: `c${start}`, changes: this.follow(start, signal) };
  }

  private async *follow(start: number, signal: AbortSignal): AsyncGenerator<FollowedTierChange, void> {
    try {
      for (let number = start; !signal.aborted; ) {
        if (this.failure) throw this.failure;
        if (number >= this.published) {
          await once(this.news, 'published', { signal }).catch(() => undefined);
          continue;
        }
        number++;
        this.pulled++;
        yield { change: this.change(number), cursor: `c${number}` };
      }
    } finally {
      this.ended++;
    }
  }

  private change(number: number): FollowedTierChange['change'] {
    const effectiveAt = new Date(tierChange.effectiveAt).toISOString();
    const change = { ...tierChange, number, customerId: `${ADA}${this.padding}`, lane: 3, offset: number, effectiveAt };
    return change as unknown as FollowedTierChange['change'];
  }

  private known<Answer>(customerId: string, answer: Answer): Answer | null {
    if (this.failure) throw this.failure;
    this.asked.push(customerId);
    return customerId.startsWith(ADA) ? answer : null;
  }
}

function pageOf<Item>(items: readonly Item[], { cursor, limit }: PageRequest): Page<Item> {
  const start = cursor === null ? 0 : parseCursor(cursor);
  const end = start + limit;
  return { items: items.slice(start, end), next: end < items.length ? `c${end}` : null };
}

function parseCursor(cursor: string): number {
  const number = /^c(\d{1,9})$/.exec(cursor)?.[1];
  if (number === undefined)
    throw new QueryError('invalid-cursor', 'expected a cursor of this reader, found something else.');
  return Number(number);
}
