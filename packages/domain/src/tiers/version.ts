/** Raised with every change that alters an output, and whenever a score is added. */
export const TIER_VERSION = 2;
/** Of the first release, whose state has tier's own name. */
export const TIER_FIRST_VERSION = 2;
