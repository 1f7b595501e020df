import { Redis } from 'ioredis';

const KEYS_AT_ONCE = 1_000;

/** Bytes that Redis uses, all in all. */
export function usedMemory(url: string): Promise<number> {
  return withRedis(url, async (redis) => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]));
}

/** How many customers a pipeline has in Redis, and the bytes of their own keys, which hold their facets. */
export function weighCustomers(url: string, namespace: string): Promise<{ customers: number; bytes: number }> {
  return withRedis(url, async (redis) => {
    let [customers, bytes] = [0, 0];
    const pages = redis.scanStream({ match: `${namespace}:cust:*`, count: KEYS_AT_ONCE });
    for await (const page of pages as AsyncIterable<readonly string[]>) {
      const sizes = await Promise.all(page.map((key) => redis.memory('USAGE', key)));
      customers += page.length;
      for (const size of sizes) bytes += size ?? 0;
    }
    return { customers, bytes };
  });
}

async function withRedis<Result>(url: string, use: (redis: Redis) => Promise<Result>): Promise<Result> {
  const redis = new Redis(url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
