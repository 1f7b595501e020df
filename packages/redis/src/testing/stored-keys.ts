import type { Lane } from '@tidemark/stream';
import type { Redis } from 'ioredis';
import type { Keys } from '../keys.ts';

/** The keys that a lane has in Redis now, of one of its services, customers and labels. */
export async function storedKeys(
  client: Redis,
  keys: Keys,
  lane: Lane,
  of: { readonly service: string; readonly customerId?: string; readonly label?: string },
) {
  const prefixes = keys.ofLane(lane);
  const epoch = await client.hget(prefixes.lane, 'epoch');
  return {
    'the lane': prefixes.lane,
    'a customer': `${prefixes.customer}${epoch}:${of.customerId ?? 'a'}`,
    'the customers': `${prefixes.customers}${epoch}`,
    'the timers': `${prefixes.timers}${epoch}:${of.service}`,
    'the outbox': `${prefixes.outbox}${epoch}:${of.service}`,
    'a label': `${prefixes.label}${epoch}:${of.service}:${of.label ?? 'gold'}`,
  };
}
