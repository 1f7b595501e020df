import type { ConfigOf } from './load-config.ts';
import { choice, secret, text, wholeNumber } from './settings.ts';

/** How services reach Redis. The password is no part of the URL, which stands in messages and process lists. */
export const redisSettings = {
  /** With `rediss` everything goes over TLS. Of a cluster some nodes are enough: they name the others. */
  url: {
    ...text('TIDEMARK_REDIS_URL', {
      fallback: 'redis://127.0.0.1:6379',
      pattern:
        /^rediss?:\/\/(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?(?:,(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?)*\/?$/,
      expected: 'redis:// or, for TLS, rediss://, then host:port, or several with commas; no user, password or path',
    }),
    // One that was given a password after all must not be shown.
    isSecret: true,
  },
  mode: choice('TIDEMARK_REDIS_MODE', ['single', 'cluster'], 'single'),
  /** Used only with a password. */
  username: text('TIDEMARK_REDIS_USERNAME', {
    fallback: 'default',
    pattern: /^\S{1,128}$/,
    expected: 'the name of a user of Redis, without spaces',
  }),
  password: secret('TIDEMARK_REDIS_PASSWORD'),
  tls: {
    /** PEM: whom to trust instead of the system's authorities. */
    ca: secret('TIDEMARK_REDIS_TLS_CA'),
    /** PEM: who we are, where Redis asks its clients (tls-auth-clients). */
    certificate: secret('TIDEMARK_REDIS_TLS_CERTIFICATE'),
    key: secret('TIDEMARK_REDIS_TLS_KEY'),
  },
  /** An answer that takes longer is given up, and the lane acquired again. */
  commandTimeoutMs: wholeNumber('TIDEMARK_REDIS_COMMAND_TIMEOUT_MS', { fallback: 10_000, min: 100, max: 120_000 }),
} as const;

export type RedisConfig = ConfigOf<typeof redisSettings>;
