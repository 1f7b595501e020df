export type { RedisServerOptions, RedisTls } from './client.ts';
export { openRedisStore, type RedisStoreOptions } from './open-redis-store.ts';
export type { RedisStore } from './redis-store.ts';
export type { RedisMode } from './server-info.ts';
