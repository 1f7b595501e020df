import { type FacetName, facetNames, facets, type Section } from '@tidemark/domain';

/** A part of the policy that is a facet's own. */
export interface PolicySection {
  readonly name: FacetName;
  readonly section: Section;
  /** Every policy has it: its facet is always on. */
  readonly isRequired: boolean;
}

/** In the order of the registry. */
export const policySections: readonly PolicySection[] = facetNames.flatMap((name) => {
  const { policy: section, always: isRequired } = facets[name];
  return section === null ? [] : [{ name, section, isRequired }];
});
