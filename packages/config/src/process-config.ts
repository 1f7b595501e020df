import type { ConfigOf } from './load-config.ts';
import { choice, text, wholeNumber } from './settings.ts';

/** What every service process has: a place for its supervisor and its scraper to ask, and a log. */
export const processSettings = {
  operations: {
    /** Health and metrics need no token and hold nothing of a customer. */
    host: text('TIDEMARK_OPERATIONS_HOST', {
      fallback: '127.0.0.1',
      pattern: /^[0-9A-Za-z.:-]{1,253}$/,
      expected: 'an address of this machine such as 127.0.0.1 or 0.0.0.0',
    }),
    port: wholeNumber('TIDEMARK_OPERATIONS_PORT', { fallback: 9_464, min: 0, max: 65_535 }),
  },
  log: {
    level: choice('TIDEMARK_LOG_LEVEL', ['info', 'debug', 'warn', 'error'], 'info'),
    format: choice('TIDEMARK_LOG_FORMAT', ['json', 'pretty'], 'json'),
  },
} as const;

export type ProcessConfig = ConfigOf<typeof processSettings>;
