import type { ConfigOf } from './load-config.ts';
import { ownAddress, secrets, wholeNumber } from './settings.ts';

const TOKEN_CHARACTERS_MIN = 16;

/** Where the query service listens, whom it answers, and how much. */
export const querySettings = {
  /** Without any token only a loopback address. */
  host: ownAddress('TIDEMARK_QUERY_HOST'),
  port: wholeNumber('TIDEMARK_QUERY_PORT', { fallback: 8_080, min: 0, max: 65_535 }),
  tokens: {
    /** May read all but operations. */
    reader: secrets('TIDEMARK_READER_TOKENS', TOKEN_CHARACTERS_MIN),
    /** May bring events. */
    producer: secrets('TIDEMARK_PRODUCER_TOKENS', TOKEN_CHARACTERS_MIN),
    /** May do everything. */
    operator: secrets('TIDEMARK_OPERATOR_TOKENS', TOKEN_CHARACTERS_MIN),
  },
  /** Requests of one token, or of one address without a token: twice what one process is made for. */
  rateLimitPerSecond: wholeNumber('TIDEMARK_RATE_LIMIT_PER_SECOND', { fallback: 1_000, min: 1, max: 1_000_000 }),
  /** Streams of tier changes open at a time. Each reads the log for itself. */
  streamsMax: wholeNumber('TIDEMARK_STREAMS_MAX', { fallback: 100, min: 1, max: 10_000 }),
} as const;

export type QueryConfig = ConfigOf<typeof querySettings>;
