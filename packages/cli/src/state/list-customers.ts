import { type CustomerId, compareCustomerIds } from '@tidemark/domain';
import type { Lane } from '@tidemark/stream';
import { type Customer, readCustomer } from './customer.ts';
import type { FolderReading } from './folder-reading.ts';
import { mergeSorted } from './merge-sorted.ts';

/** Customers held in memory at a time, by lane. */
const PAGE_CUSTOMERS = 250;

export interface ListedCustomer {
  readonly lane: Lane;
  readonly customer: Customer;
}

/** Every customer that has any facet, in order of the ids' bytes. */
export function listCustomers({ log, store }: FolderReading): AsyncGenerator<ListedCustomer> {
  const lanes = Array.from({ length: log.lanes }, (_, lane) => listLane(store, lane));
  return mergeSorted(lanes, (a, b) => compareCustomerIds(a.customer.customerId, b.customer.customerId));
}

async function* listLane(store: FolderReading['store'], lane: Lane): AsyncGenerator<ListedCustomer> {
  let after: CustomerId | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof store.profiles>> = await store.profiles(lane, after, PAGE_CUSTOMERS);
    for (const { customerId, facets } of page) yield { lane, customer: readCustomer(customerId, facets) };
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.customerId;
  }
}
