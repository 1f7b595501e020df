import type { RedisServerOptions } from './client.ts';
import { Keys } from './keys.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisStore } from './redis-store.ts';

export interface RedisStoreOptions extends RedisServerOptions {
  readonly namespace: string;
  /** How many lanes the pipeline has, fixed for a namespace's life. */
  readonly lanes: number;
  /** Told in a sentence, for the log, of what an operator should know: no append-only file, Redis away, Redis back. */
  readonly onWarning: (message: string) => void;
}

/**
 * Opens the state in Redis. Resolves after the first attempt to connect, also if it failed: until Redis is there and as it
 * must be (version 7, nothing evicted, all slots served), calls reject with a retriable `store-unavailable` that says why,
 * and a connection is tried again by itself. Rejects with `store-unavailable`, not retriable, if the namespace has another
 * layout or number of lanes.
 */
export async function openRedisStore({ namespace, ...options }: RedisStoreOptions): Promise<RedisStore> {
  const keys = new Keys(namespace, options.lanes);
  const connection = new RedisConnection({ ...options, aboutKey: keys.about });
  try {
    await connection.settled();
  } catch (error) {
    connection.close();
    throw error;
  }
  return new RedisStore(connection, keys);
}
