import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import {
  type Chunk,
  type FacetWrite,
  Fault,
  type LaneRead,
  type LaneSnapshot,
  type OutboxEntry,
  type ReadRequest,
  type StoredFacet,
} from '@tidemark/stream';
import { JOURNAL_MAX } from './store-node.ts';

interface Customer {
  readonly facet: string;
  readonly timer: TimeMs | null;
  readonly label: string | null;
}

/** What an eviction took of a lane, and a commit would have left. */
interface Losses {
  readonly customers: ReadonlyMap<CustomerId, Customer>;
  /** The list of customers, by which they are scanned. */
  readonly list: boolean;
  readonly timers: boolean;
  readonly outbox: boolean;
}

/** A part of a lane that is evicted alone. */
export type EvictedPart = 'list' | 'timers' | 'outbox' | { readonly customerId: CustomerId };

const NO_LOSSES: Losses = { customers: new Map(), list: false, timers: false, outbox: false };

/** What a commit, a clearing or an eviction replaced. */
interface Undo {
  readonly snapshot: LaneSnapshot | null;
  readonly customers: readonly (readonly [CustomerId, Customer | undefined])[];
  readonly losses: Losses;
}

/** More than any loss takes back. */
const UNDO_MAX = 2 * JOURNAL_MAX;

/** One service's state in one lane, with what it takes to go back. */
export class StoredLane {
  readonly #customers = new Map<CustomerId, Customer>();
  #snapshot: LaneSnapshot | null = null;
  #losses = NO_LOSSES;
  readonly #undo: Undo[] = [];

  get token(): string | null {
    return this.#snapshot?.token ?? null;
  }

  get facets(): ReadonlyMap<CustomerId, string> {
    const facets = new Map<CustomerId, string>();
    for (const [customerId, { facet }] of this.#customers) facets.set(customerId, facet);
    return facets;
  }

  /** What the customers that have a label are listed under. */
  get labels(): ReadonlyMap<CustomerId, string> {
    const labels = new Map<CustomerId, string>();
    for (const [customerId, { label }] of this.#customers) if (label !== null) labels.set(customerId, label);
    return labels;
  }

  /** When the first timer is due that is later than `after`. */
  firstTimerAfter(after: TimeMs): TimeMs | null {
    let first: TimeMs | null = null;
    for (const { timer } of this.#customers.values()) {
      if (timer !== null && timer > after && (first === null || timer < first)) first = timer;
    }
    return first;
  }

  snapshot(): LaneSnapshot | null {
    return this.#snapshot;
  }

  /** Whether anything that was committed is gone while the rest stayed. */
  get hasLosses(): boolean {
    const { customers, list, timers, outbox } = this.#losses;
    return customers.size > 0 || list || timers || outbox;
  }

  /** Whether it can no longer be told whose facets there are. */
  get hasLostCustomers(): boolean {
    return this.#losses.customers.size > 0 || this.#losses.list;
  }

  /** Throws the `Fault` of a store that compares what is there with what it counted. */
  checkCounts(): void {
    const { list, timers, outbox } = this.#losses;
    if (list || timers || outbox) throw missing();
  }

  /** Throws it where what is asked for would be answered without a customer who is gone. */
  checkRead({ customers, due, scan }: ReadRequest): void {
    this.checkCounts();
    for (const [customerId, { timer }] of this.#losses.customers) {
      const isDue = due !== null && timer !== null && timer <= due.until;
      const isScanned = scan !== null && (scan.after === null || compareCustomerIds(customerId, scan.after) > 0);
      if (isDue || isScanned || customers.includes(customerId)) throw missing();
    }
  }

  /** Throws it where a chunk would be written over what is gone. */
  checkCommit({ facets }: Chunk): void {
    this.checkCounts();
    if (facets.some(({ customerId }) => this.#losses.customers.has(customerId))) throw missing();
  }

  /** Loses a part; this, too, can be undone. False where there was nothing of it. */
  evict(part: EvictedPart): boolean {
    if (typeof part === 'object') return this.#evictCustomer(part.customerId);
    if (this.#snapshot === null || !this.#has(part)) return false;
    this.#remember(part === 'timers' ? [...this.#customers.keys()] : []);
    this.#losses = { ...this.#losses, [part]: true };
    if (part === 'outbox') this.#snapshot = { ...this.#snapshot, outbox: [] };
    if (part !== 'timers') return true;
    for (const [customerId, customer] of this.#customers) this.#customers.set(customerId, { ...customer, timer: null });
    return true;
  }

  #has(part: 'list' | 'timers' | 'outbox'): boolean {
    if (part === 'outbox') return (this.#snapshot?.outbox.length ?? 0) > 0;
    return part === 'list' ? this.#customers.size > 0 : this.#all().some(({ timer }) => timer !== null);
  }

  #evictCustomer(customerId: CustomerId): boolean {
    const customer = this.#customers.get(customerId);
    if (customer === undefined) return false;
    this.#remember([customerId]);
    this.#customers.delete(customerId);
    this.#losses = { ...this.#losses, customers: new Map([...this.#losses.customers, [customerId, customer]]) };
    return true;
  }

  read({ customers, due, scan }: ReadRequest): LaneRead {
    const isStored = (stored: StoredFacet | null) => stored !== null;
    return {
      customers: customers.map((customerId) => this.#storedFacet(customerId)).filter(isStored),
      due: due === null ? [] : this.#due(due.until).slice(0, due.limit),
      scanned: scan === null ? [] : this.#scan(scan.after).slice(0, scan.limit),
      firstTimer: due === null ? null : this.#firstTimer(),
    };
  }

  commit(chunk: Chunk): void {
    this.#remember(chunk.facets.map(({ customerId }) => customerId));
    for (const write of chunk.facets) this.#write(write);
    const outbox: OutboxEntry[] = (this.#snapshot?.outbox ?? []).filter(({ sequence }) => sequence > chunk.trimThrough);
    this.#snapshot = { token: chunk.token, meta: chunk.meta, outbox: [...outbox, ...chunk.outbox] };
  }

  /** How many commits ago `token` was the lane's; null if none of those known. */
  commitsSince(token: string | null): number | null {
    const tokens = [...this.#undo.map(({ snapshot }) => snapshot?.token ?? null), this.token];
    const at = tokens.lastIndexOf(token);
    return at < 0 ? null : tokens.length - 1 - at;
  }

  /** Loses everything; this, too, can be undone. */
  clear(): void {
    this.#remember([...this.#customers.keys()]);
    this.#customers.clear();
    this.#snapshot = null;
    this.#losses = NO_LOSSES;
  }

  /** Goes back by one commit; false if none is known. */
  undo(): boolean {
    const undo = this.#undo.pop();
    if (undo === undefined) return false;
    this.#snapshot = undo.snapshot;
    this.#losses = undo.losses;
    for (const [customerId, before] of undo.customers) {
      if (before === undefined) this.#customers.delete(customerId);
      else this.#customers.set(customerId, before);
    }
    return true;
  }

  #remember(customerIds: readonly CustomerId[]): void {
    const customers = customerIds.map((customerId) => [customerId, this.#customers.get(customerId)] as const);
    this.#undo.push({ snapshot: this.#snapshot, customers, losses: this.#losses });
    if (this.#undo.length > UNDO_MAX) this.#undo.shift();
  }

  /** A timer and a label go with their facet. */
  #write({ customerId, facet, timer, label }: FacetWrite): void {
    const before = this.#customers.get(customerId);
    const kept = facet === undefined ? before?.facet : facet;
    if (kept === undefined || kept === null) this.#customers.delete(customerId);
    else {
      this.#customers.set(customerId, {
        facet: kept,
        timer: timer === undefined ? (before?.timer ?? null) : timer,
        label: label === undefined ? (before?.label ?? null) : label,
      });
    }
  }

  #storedFacet(customerId: CustomerId): StoredFacet | null {
    const customer = this.#customers.get(customerId);
    return customer === undefined ? null : { customerId, facet: customer.facet, timer: customer.timer };
  }

  /** The list of timers has those of lost customers, too. */
  #firstTimer(): TimeMs | null {
    const timers = [...this.#customers.values(), ...this.#losses.customers.values()].flatMap(
      ({ timer }) => timer ?? [],
    );
    return timers.length === 0 ? null : (Math.min(...timers) as TimeMs);
  }

  #due(until: TimeMs): StoredFacet[] {
    return this.#all()
      .filter(({ timer }) => timer !== null && timer <= until)
      .sort((a, b) => (a.timer ?? 0) - (b.timer ?? 0) || compareCustomerIds(a.customerId, b.customerId));
  }

  #scan(after: CustomerId | null): StoredFacet[] {
    if (this.#losses.list) return [];
    return this.#all()
      .filter(({ customerId }) => after === null || compareCustomerIds(customerId, after) > 0)
      .sort((a, b) => compareCustomerIds(a.customerId, b.customerId));
  }

  #all(): StoredFacet[] {
    return [...this.#customers].map(([customerId, { facet, timer }]) => ({ customerId, facet, timer }));
  }
}

/** How the fault of a store that misses something begins. */
export const STORE_LOST = 'the simulated store';

function missing(): Fault {
  return new Fault('state-missing', `${STORE_LOST}: expected all that was committed of the lane, found some missing.`);
}
