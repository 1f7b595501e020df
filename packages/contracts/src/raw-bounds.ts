// What unify accepts of a raw record, and what the producer package and the ingest service refuse before it is written.

/** The greatest size of a text, in bytes of UTF-8. An id, a name and a key have at least one byte. */
export const TEXT_BYTES_MAX = {
  /** eventId, orderId, refundId, sku, sessionId, campaignId, variant, linkedCustomerId. */
  id: 256,
  /** channel, action, purpose: few and short, since policies name them. */
  name: 64,
  category: 256,
  /** What was acted upon: a page's address, a search's words. */
  object: 1_024,
  /** The name of a property or trait. */
  entryName: 64,
  /** The value of a property or trait. */
  entryValue: 4_096,
} as const;

/** The greatest number of elements in a list or map. */
export const COUNT_MAX = { items: 1_000, properties: 100, traits: 100, consents: 100 } as const;

/** 9999-12-31T23:59:59.999Z, the last ms whose year has four digits. */
export const OCCURRED_AT_MAX_MS = 253_402_300_799_999;

/**
 * Events before 1990 are mistakes, unless a policy says otherwise (`events.earliest`): most are seconds that were taken
 * for milliseconds, which puts the events of today into January 1970.
 */
export const OCCURRED_AT_MIN_MS = Date.UTC(1990, 0, 1);

/** Whether a time that is too early for milliseconds would be one of our days if it were in seconds. */
export function looksLikeSeconds(time: number): boolean {
  return time * 1_000 >= OCCURRED_AT_MIN_MS && time * 1_000 < Date.UTC(2100, 0, 1);
}

/** Key and value of a record together, unless the pipeline is configured otherwise (`TIDEMARK_RECORD_BYTES_MAX`). */
export const RECORD_BYTES_MAX = 262_144;
