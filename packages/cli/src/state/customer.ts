import type { CustomerId, TierState, View } from '@tidemark/domain';
import { type ScoreName, scoreNames } from '@tidemark/pipeline';
import type { ScoreFacet } from '@tidemark/stream';
import { parseStored } from './parse-stored.ts';

/** A customer's facets as the services committed them last. */
export interface Customer {
  readonly customerId: CustomerId;
  readonly scores: ReadonlyMap<ScoreName, ScoreFacet<unknown, View>>;
  /** Null before the first decision. */
  readonly tier: TierState | null;
}

/** Reads facets as the store has them: JSON by service. */
export function readCustomer(customerId: CustomerId, facets: ReadonlyMap<string, string>): Customer {
  const scores = new Map<ScoreName, ScoreFacet<unknown, View>>();
  for (const name of scoreNames) {
    const facet = facets.get(name);
    if (facet !== undefined) scores.set(name, parseStored(facet, `a customer in ${name}`));
  }
  const tier = facets.get('tier');
  return { customerId, scores, tier: tier === undefined ? null : parseStored(tier, 'a customer in tier') };
}
