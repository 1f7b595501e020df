import type { ConfigOf } from './load-config.ts';
import { choice, ownAddress, wholeNumber } from './settings.ts';

/** What every service process has: a place for its supervisor and its scraper to ask, and a log. */
export const processSettings = {
  operations: {
    /** Health and metrics need no token and hold nothing of a customer. */
    host: ownAddress('TIDEMARK_OPERATIONS_HOST'),
    port: wholeNumber('TIDEMARK_OPERATIONS_PORT', { fallback: 9_464, min: 0, max: 65_535 }),
  },
  log: {
    level: choice('TIDEMARK_LOG_LEVEL', ['info', 'debug', 'warn', 'error'], 'info'),
    format: choice('TIDEMARK_LOG_FORMAT', ['json', 'pretty'], 'json'),
  },
} as const;

export type ProcessConfig = ConfigOf<typeof processSettings>;
