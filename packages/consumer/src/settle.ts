import type { TierChangeJson } from '@tidemark/contracts';

/**
 * What changes come to: one for each customer who ends elsewhere than they began, in the order of their last ones. It is the
 * last change with the first one's `from`; `direction` is `unknown` where the changes went both up and down, since only
 * the policy knows how tiers rank. For a tool that keeps the newest tier and has no use for what lay between.
 *
 * @param changes a customer's in the order of their numbers, as `handle` gets them
 */
export function settle(changes: readonly TierChangeJson[]): TierChangeJson[] {
  const net = new Map<string, TierChangeJson>();
  for (const change of changes) {
    const { customerId } = change;
    const earlier = net.get(customerId);
    net.delete(customerId);
    net.set(customerId, earlier === undefined ? change : joined(earlier, change));
  }
  return [...net.values()].filter(({ from, to }) => from !== to);
}

function joined(earlier: TierChangeJson, later: TierChangeJson): TierChangeJson {
  const { from } = earlier;
  const direction = from === null ? 'enter' : earlier.direction === later.direction ? later.direction : 'unknown';
  return { ...later, from, direction };
}
