import { TIER_FIRST_VERSION, TIER_VERSION } from '../tiers/version.ts';
import { facetNames, facets } from './registry.ts';

interface Versions {
  readonly name: string;
  readonly version: number;
  readonly firstVersion: number;
}

/**
 * What the first policy of a pipeline names: the versions that tell from its start, by fold, where they are not those of
 * the first release. So a pipeline that a later build begins needs no cutover, and an earlier one refuses it.
 */
export function birthVersions(folds: readonly Versions[] = known()): Readonly<Record<string, number>> {
  const later = folds.filter(({ version, firstVersion }) => version !== firstVersion);
  return Object.fromEntries(later.map(({ name, version }) => [name, version]));
}

function known(): readonly Versions[] {
  const ofFacets = facetNames.map((name) => {
    const { firstVersion, score } = facets[name];
    return { name, version: score.version, firstVersion };
  });
  return [...ofFacets, { name: 'tier', version: TIER_VERSION, firstVersion: TIER_FIRST_VERSION }];
}
