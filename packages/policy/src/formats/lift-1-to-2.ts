/**
 * Format 2 adds words for people: `label`, `benefits` and `strategy` of tiers, `review` and `utcOffsetMinutes` of the whole;
 * and sections of facets that are not always on. All may be absent, so what format 1 says stands in format 2 in the same words.
 */
export function lift1To2(policy: object): object {
  return policy;
}
