import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import type {
  Chunk,
  FacetWrite,
  LaneRead,
  LaneSnapshot,
  OutboxEntry,
  ReadRequest,
  StoredFacet,
} from '@tidemark/stream';
import { JOURNAL_MAX } from './store-node.ts';

interface Customer {
  readonly facet: string;
  readonly timer: TimeMs | null;
  readonly label: string | null;
}

/** What a commit, or a clearing, replaced. */
interface Undo {
  readonly snapshot: LaneSnapshot | null;
  readonly customers: readonly (readonly [CustomerId, Customer | undefined])[];
}

/** More than any loss takes back. */
const UNDO_MAX = 2 * JOURNAL_MAX;

/** One service's state in one lane, with what it takes to go back. */
export class StoredLane {
  readonly #customers = new Map<CustomerId, Customer>();
  #snapshot: LaneSnapshot | null = null;
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

  snapshot(): LaneSnapshot | null {
    return this.#snapshot;
  }

  read({ customers, due, scan }: ReadRequest): LaneRead {
    const isStored = (stored: StoredFacet | null) => stored !== null;
    return {
      customers: customers.map((customerId) => this.#storedFacet(customerId)).filter(isStored),
      due: due === null ? [] : this.#due(due.until).slice(0, due.limit),
      scanned: scan === null ? [] : this.#scan(scan.after).slice(0, scan.limit),
      firstTimer: due === null ? null : (this.#due(Number.MAX_SAFE_INTEGER as TimeMs)[0]?.timer ?? null),
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
  }

  /** Goes back by one commit; false if none is known. */
  undo(): boolean {
    const undo = this.#undo.pop();
    if (undo === undefined) return false;
    this.#snapshot = undo.snapshot;
    for (const [customerId, before] of undo.customers) {
      if (before === undefined) this.#customers.delete(customerId);
      else this.#customers.set(customerId, before);
    }
    return true;
  }

  #remember(customerIds: readonly CustomerId[]): void {
    const customers = customerIds.map((customerId) => [customerId, this.#customers.get(customerId)] as const);
    this.#undo.push({ snapshot: this.#snapshot, customers });
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

  #due(until: TimeMs): StoredFacet[] {
    return this.#all()
      .filter(({ timer }) => timer !== null && timer <= until)
      .sort((a, b) => (a.timer ?? 0) - (b.timer ?? 0) || compareCustomerIds(a.customerId, b.customerId));
  }

  #scan(after: CustomerId | null): StoredFacet[] {
    return this.#all()
      .filter(({ customerId }) => after === null || compareCustomerIds(customerId, after) > 0)
      .sort((a, b) => compareCustomerIds(a.customerId, b.customerId));
  }

  #all(): StoredFacet[] {
    return [...this.#customers].map(([customerId, { facet, timer }]) => ({ customerId, facet, timer }));
  }
}
