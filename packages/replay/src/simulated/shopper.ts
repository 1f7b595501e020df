import type { SimulatedEvent } from './simulated-table.ts';

/** A customer with the times of their orders, ascending; perhaps none. */
export interface Shopper {
  readonly index: number;
  readonly id: string;
  readonly orderTimes: Float64Array;
}

/** All customers, one at a time: there may be many. */
export interface Shoppers {
  readonly count: number;
  at(index: number): Shopper;
}

/** Simulated events lie in [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Take = (event: SimulatedEvent) => void;

/** Part of the data set: another seed is another data set. */
export const SEED = 1997;
