import { type CustomerId, compareCustomerIds } from '@tidemark/domain';
import type { Lane } from '@tidemark/stream';
import { parseCustomer } from './customer.ts';
import { readLaneState } from './lane-state.ts';
import { mergeSorted } from './merge-sorted.ts';
import type { StandingCustomer } from './read-customer.ts';
import type { Reading } from './types.ts';

/** Customers held in memory at a time, by lane. */
const PAGE_CUSTOMERS = 250;

/** Every customer that has any facet, in order of the ids' bytes. */
export function listCustomers({ log, store }: Pick<Reading, 'log' | 'store'>): AsyncGenerator<StandingCustomer> {
  const lanes = Array.from({ length: log.lanes }, (_, lane) => listLane(store, lane));
  return mergeSorted(lanes, (a, b) => compareCustomerIds(a.customer.customerId, b.customer.customerId));
}

async function* listLane(store: Reading['store'], lane: Lane): AsyncGenerator<StandingCustomer> {
  let after: CustomerId | null = null;
  for (;;) {
    const page: Awaited<ReturnType<typeof store.customers>> = await store.customers(lane, after, PAGE_CUSTOMERS);
    const last = page.at(-1);
    if (last === undefined) return;
    // Read after the customers, so that no facet is without its service's place.
    const state = readLaneState(lane, await store.metas(lane));
    for (const { customerId, facets } of page) {
      yield { customer: parseCustomer(customerId, state, facets), lane: state };
    }
    after = last.customerId;
  }
}
