import type { CustomerId, TimeMs } from '@tidemark/domain';
import { Fault } from '../errors.ts';
import type { FacetWrite, StoredFacet } from '../ports/profile-store.ts';
import { KeyBuffer } from './key-buffer.ts';
import { type Timer, TimerQueue } from './timer-queue.ts';

/** One customer as the running chunk sees them. */
export interface CustomerEntry<Facet> {
  readonly customerId: CustomerId;
  facet: Facet | undefined;
  timer: TimeMs | null;
  facetChanged: boolean;
  timerChanged: boolean;
  /** As last read or written. */
  label: string | null;
  /** Size of the facet's JSON when last read or written. */
  bytes: number;
  /** How the running chunk met them, if it loaded them: only in passing, by timers and policies, or by an event of theirs. */
  met: 'not' | 'passing' | 'event';
}

/**
 * The lane's bounded cache of customers, and what the running chunk changed of them. It keeps those who have events: a
 * wave of timers or a policy goes through everybody, once, and would leave nobody in it who comes again. As long as it is
 * whole it keeps everybody.
 */
export class LaneCustomers<Facet> {
  readonly keys = new KeyBuffer();
  readonly #entries = new Map<CustomerId, CustomerEntry<Facet>>();
  readonly #changed: CustomerEntry<Facet>[] = [];
  /** Since the last chunk. */
  readonly #loaded: CustomerEntry<Facet>[] = [];
  readonly #max: number;
  readonly #labelOf: (facet: Facet) => string | null;
  /** Timers armed by the running chunk; while whole, all there are. Those moved since do not count. */
  readonly #armed = new TimerQueue();
  #firstTimerSet = Number.POSITIVE_INFINITY;
  #isWhole = false;

  constructor(max: number, labelOf: (facet: Facet) => string | null) {
    this.#max = max;
    this.#labelOf = labelOf;
  }

  /** Whether the store has nobody who is not in the cache, and no timer that is not known here: nothing is to be read. */
  get isWhole(): boolean {
    return this.#isWhole && this.#entries.size <= this.#max;
  }

  has(customerId: CustomerId): boolean {
    return this.#entries.has(customerId);
  }

  /** The customer; one that is not in the cache has no facet (whatever has one was loaded before). */
  entry(customerId: CustomerId): CustomerEntry<Facet> {
    let entry = this.#entries.get(customerId);
    if (entry === undefined) {
      entry = { customerId, ...NOTHING_KNOWN };
      this.#entries.set(customerId, entry);
    }
    return entry;
  }

  /** Takes what the store has of customers not yet cached; those cached are newer or equal. */
  load(stored: readonly StoredFacet[], where: string): void {
    for (const { customerId, facet, timer } of stored) {
      const known = this.#entries.get(customerId);
      if (known !== undefined) {
        if (known.met === 'not') this.#loaded.push(known);
        continue;
      }
      const parsed = parseFacet<Facet>(facet, where);
      const entry: CustomerEntry<Facet> = {
        customerId,
        facet: parsed,
        timer,
        facetChanged: false,
        timerChanged: false,
        label: this.#labelOf(parsed),
        bytes: facet.length,
        met: 'not',
      };
      this.#entries.set(customerId, entry);
      this.#loaded.push(entry);
    }
  }

  /** The same of all that was asked for: whom the store does not have is known to have no facet. */
  loadAll(asked: readonly CustomerId[], stored: readonly StoredFacet[], where: string): void {
    this.load(stored, where);
    for (const customerId of asked) this.entry(customerId);
  }

  setFacet(entry: CustomerEntry<Facet>, facet: Facet | undefined): void {
    if (entry.facet === facet) return;
    this.#touch(entry);
    entry.facet = facet;
    entry.facetChanged = true;
  }

  setTimer(entry: CustomerEntry<Facet>, timer: TimeMs | null): void {
    if (entry.timer === timer) return;
    this.#touch(entry);
    entry.timer = timer;
    entry.timerChanged = true;
    if (timer !== null && timer < this.#firstTimerSet) this.#firstTimerSet = timer;
  }

  /**
   * Sees to it that a timer fires by `due`. One that is armed earlier stays: it fires, finds nothing, and is armed anew. Most
   * events so write none.
   */
  setDue(entry: CustomerEntry<Facet>, due: TimeMs | null): void {
    if (due !== null && entry.timer !== null && entry.timer <= due) return;
    this.setTimer(entry, due);
    // In no list of the store.
    if (due !== null) this.#armed.push({ due, customerId: entry.customerId });
  }

  /** The first timer due at or before `until` of those that were armed here. */
  nextArmed(until: TimeMs): Timer | null {
    for (; ; this.#armed.shift()) {
      const armed = this.#armed.first;
      if (armed === undefined || armed.due > until) return null;
      if (this.#entries.get(armed.customerId)?.timer === armed.due) return armed;
    }
  }

  /** The earliest time that a timer was set to and the store does not know of yet; infinite without any. */
  get firstTimerSet(): number {
    return this.#firstTimerSet;
  }

  get changedCount(): number {
    return this.#changed.length;
  }

  /** What the chunk changed, coalesced by customer; starts the next chunk. */
  takeWrites(): FacetWrite[] {
    const writes: FacetWrite[] = [];
    for (const entry of this.#changed) {
      const facet = entry.facetChanged ? (entry.facet === undefined ? null : JSON.stringify(entry.facet)) : undefined;
      if (typeof facet === 'string') entry.bytes = facet.length;
      const timer = entry.timerChanged ? entry.timer : undefined;
      writes.push({ customerId: entry.customerId, facet, timer, label: this.#labelToWrite(entry) });
      entry.facetChanged = false;
      entry.timerChanged = false;
    }
    this.#changed.length = 0;
    this.#firstTimerSet = Number.POSITIVE_INFINITY;
    return writes;
  }

  /**
   * Once it is not whole, evicts whom the chunk met in passing, and beyond the bound who was cached longest ago. Only
   * between chunks.
   */
  evict(): void {
    this.#isWhole = this.isWhole;
    if (this.#isWhole) this.#keepAll();
    else this.#keepSome();
  }

  /** Starts anew, on a store that has nobody (`isEmpty`), or may have anybody. */
  forget(isEmpty: boolean): void {
    this.#entries.clear();
    this.#changed.length = 0;
    this.#loaded.length = 0;
    this.#armed.clear();
    this.#firstTimerSet = Number.POSITIVE_INFINITY;
    this.#isWhole = isEmpty;
  }

  /** A timer that is moved leaves its old one in the queue. */
  #keepAll(): void {
    this.#loaded.length = 0;
    if (this.#armed.size <= 2 * this.#entries.size) return;
    this.#armed.clear();
    for (const { customerId, timer } of this.#entries.values()) {
      if (timer !== null) this.#armed.push({ due: timer, customerId });
    }
  }

  #keepSome(): void {
    this.#armed.clear();
    for (const { customerId, met } of this.#loaded) if (met === 'passing') this.#entries.delete(customerId);
    this.#loaded.length = 0;
    for (const customerId of this.#entries.keys()) {
      if (this.#entries.size <= this.#max) return;
      this.#entries.delete(customerId);
    }
  }

  #labelToWrite(entry: CustomerEntry<Facet>): string | null | undefined {
    const label = entry.facet === undefined ? null : this.#labelOf(entry.facet);
    if (label === entry.label) return undefined;
    entry.label = label;
    return label;
  }

  #touch(entry: CustomerEntry<Facet>): void {
    if (!entry.facetChanged && !entry.timerChanged) this.#changed.push(entry);
  }
}

const NOTHING_KNOWN = {
  facet: undefined,
  timer: null,
  facetChanged: false,
  timerChanged: false,
  label: null,
  bytes: 0,
  met: 'not',
} as const;

function parseFacet<Facet>(json: string, where: string): Facet {
  try {
    return JSON.parse(json) as Facet;
  } catch {
    throw new Fault(
      'corrupt-state',
      `${where}: expected a facet as JSON, found something else. Restore the store from a backup, or clear this ` +
        'service and lane to rebuild it from the log.',
    );
  }
}
