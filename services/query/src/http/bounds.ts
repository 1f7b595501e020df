// How much of everything a request may have.

const MIB = 1_048_576;

/** The body of a request that brings events. */
export const INGEST_BYTES_MAX = 4 * MIB;
export const INGEST_RECORDS_MAX = 1_000;
/** Where events are brought to. */
export const RECORDS_URL = '/v1/topics/:topic/records';

export const PAGE_LIMIT_MAX = 200;
export const PAGE_LIMIT_DEFAULT = 50;

/** The longest that a page gives holds a customer's id. */
export const CURSOR_LENGTH_MAX = 4_096;
/** An event's id has an offset for each lane. */
export const EVENT_ID_LENGTH_MAX = 8_192;

/** A path segment as it arrives, three characters an encoded byte: what is longer than any id is refused with a reason. */
export const PATH_SEGMENT_LENGTH_MAX = 16_384;

/** A request must have arrived within so long, ms. */
export const REQUEST_TIMEOUT_MS = 30_000;

export const CONNECTIONS_MAX = 2_000;
