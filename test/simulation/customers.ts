import { customerKey, HELD_ID_PREFIX, laneOf } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import type { Random } from '@tidemark/testkit';

/** Ids whose order by bytes is not that of JavaScript's strings, among plain ones. */
const SHAPES: readonly ((n: number) => string)[] = [
  (n) => `c${n}`,
  (n) => `é${n}`,
  (n) => `\u{1F600}${n}`,
  (n) => `\uFFE5${n}`,
  (n) => `c${n}\u{10FFFF}`,
  (n) => `c${n}\uE000`,
];

const CROWD = 1_500;

/** Customers of each lane: some, or in a crowd so many that one record can have thousands of steps. */
export function drawCustomers(random: Random, lanes: number, isCrowd: boolean): readonly (readonly CustomerId[])[] {
  const customers: CustomerId[][] = Array.from({ length: lanes }, () => []);
  const wanted = customers.map(() => (isCrowd ? CROWD : random.between(3, 6)));
  for (let n = 0; customers.some((ids, lane) => ids.length < (wanted[lane] ?? 0)); n++) {
    const customerId = random.pick(SHAPES)(n) as CustomerId;
    const lane = laneOf(customerKey(customerId), lanes);
    if ((customers[lane]?.length ?? 0) < (wanted[lane] ?? 0)) customers[lane]?.push(customerId);
  }
  return customers;
}

/** Somebody of a lane of whom no more is known than a device's id. */
export function heldIdOf(lane: number, lanes: number): CustomerId {
  for (let n = 0; ; n++) {
    const customerId = `${HELD_ID_PREFIX}${n}` as CustomerId;
    if (laneOf(customerKey(customerId), lanes) === lane) return customerId;
  }
}
