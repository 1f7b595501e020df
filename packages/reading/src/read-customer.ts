import { customerKey, laneOf } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import type { Lane } from '@tidemark/stream';
import { type Customer, parseCustomer } from './customer.ts';
import { describeCustomer } from './describe-customer.ts';
import { type LaneState, nowIn, readLaneState } from './lane-state.ts';
import type { CustomerNow, Reading } from './types.ts';

/** A customer with the lane's state of the same moment. */
export interface StandingCustomer {
  readonly customer: Customer;
  readonly lane: LaneState;
}

/**
 * Everything of a customer now; null for one of whom nothing is known. One round trip to the store, none to the log.
 * Throws `state-damaged` and `other-fold-version`.
 */
export async function readCustomer(reading: Reading, customerId: CustomerId): Promise<CustomerNow | null> {
  const standing = await readStandingCustomer(reading, customerId);
  if (standing === null) return null;
  const { customer, lane } = standing;
  return describeCustomer(customer, lane, nowIn(lane, reading.clock));
}

/** One atomic read. */
export async function readStandingCustomer(
  { log, store, memo }: Pick<Reading, 'log' | 'store' | 'memo'>,
  customerId: CustomerId,
): Promise<StandingCustomer | null> {
  const lane = laneOfCustomer(customerId, log.lanes);
  const { metas, facets } = await store.customer(lane, customerId);
  if (facets.size === 0) return null;
  const state = readLaneState(lane, metas, memo);
  return { customer: parseCustomer(customerId, state, facets), lane: state };
}

export function laneOfCustomer(customerId: CustomerId, lanes: number): Lane {
  return laneOf(customerKey(customerId), lanes);
}
