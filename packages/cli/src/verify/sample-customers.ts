import { createHash } from 'node:crypto';
import { parseCustomerKey } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import { type EventLog, type Lane, type ProfileReader, readLane } from '@tidemark/stream';

/**
 * The `size` customers with the least hashes of (seed, id), by lane: the same seed gives the same customers for as long as
 * there are no new ones. Taken from the log and the store, so that whoever is missing in one of them can be among them.
 */
export async function sampleCustomers(
  { log, store }: { readonly log: Pick<EventLog, 'bounds' | 'read'>; readonly store: Pick<ProfileReader, 'customers'> },
  lanes: readonly Lane[],
  size: number,
  seed: number,
): Promise<ReadonlyMap<Lane, ReadonlySet<CustomerId>>> {
  const sample = new LeastHashes(size, seed);
  for (const lane of lanes) {
    for await (const { key } of readLane(log, 'timeline', lane)) {
      const parsed = parseCustomerKey(key);
      if (parsed.ok) sample.add(parsed.customerId, lane);
    }
    let after: CustomerId | null = null;
    for (;;) {
      const page = await store.customers(lane, after, PAGE_CUSTOMERS);
      for (const { customerId } of page) sample.add(customerId, lane);
      after = page.at(-1)?.customerId ?? null;
      if (after === null) break;
    }
  }
  return sample.byLane(lanes);
}

const PAGE_CUSTOMERS = 500;

interface Sampled {
  readonly customerId: CustomerId;
  readonly lane: Lane;
  readonly hash: string;
}

class LeastHashes {
  readonly #size: number;
  readonly #seed: number;
  #sampled = new Map<CustomerId, Sampled>();
  /** Hashes above it are not among the least. */
  #bound: string | null = null;

  constructor(size: number, seed: number) {
    this.#size = size;
    this.#seed = seed;
  }

  add(customerId: CustomerId, lane: Lane): void {
    if (this.#sampled.has(customerId)) return;
    const hash = createHash('sha256').update(`${this.#seed} ${customerId}`).digest('hex');
    if (this.#bound !== null && hash > this.#bound) return;
    this.#sampled.set(customerId, { customerId, lane, hash });
    if (this.#sampled.size > 2 * this.#size) this.#cut();
  }

  byLane(lanes: readonly Lane[]): ReadonlyMap<Lane, ReadonlySet<CustomerId>> {
    this.#cut();
    const byLane = new Map(lanes.map((lane) => [lane, new Set<CustomerId>()]));
    for (const { customerId, lane } of this.#sampled.values()) byLane.get(lane)?.add(customerId);
    return byLane;
  }

  #cut(): void {
    const least = [...this.#sampled.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1)).slice(0, this.#size);
    this.#sampled = new Map(least.map((sampled) => [sampled.customerId, sampled]));
    if (least.length === this.#size) this.#bound = least.at(-1)?.hash ?? null;
  }
}
