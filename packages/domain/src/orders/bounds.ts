/**
 * What a ledger keeps of one customer at most, so that nobody's history slows their lane. As JSON, with ids of 10 bytes and
 * of 256: as many paid orders as there may be are 36 kB and 282 kB; with as many part refunds 138 kB and 876 kB; with
 * everything else that may be said of them in one foreign currency, while they wait, 446 kB and 1.2 MB. Each further
 * currency that is told of an order adds some 30 bytes.
 */

/** Orders and credit notes; older ones are settled. */
export const ORDERS_MAX = 1_000;

/** Part refunds of one order; a further one is refused as `too-many-refunds`. */
export const PART_REFUNDS_OF_ORDER_MAX = 100;

/** Part refunds of all orders in the ledger, those that wait among them; a further one is refused, too. */
export const PART_REFUNDS_OF_CUSTOMER_MAX = 2_000;
