/**
 * Makes of the build that it is preloaded in the next one, in which rfm is a version further and draws a line elsewhere:
 * `node --import ./test/upgrade/next-build.mjs packages/cli/src/main.ts upgrade --service rfm`. With `?tier` behind its name
 * it is tier, which counts points double, and with `?profile` the profile, which tells nothing.
 */
import { registerHooks } from 'node:module';

const BUILDS = {
  rfm: [
    ['/packages/domain/src/facets/rfm/rfm.ts', 'version: 2,', 'version: 3,'],
    ['/packages/domain/src/facets/rfm/segments.ts', "1: { 1: 'hibernating'", "1: { 1: 'at_risk'"],
    ['/packages/domain/src/facets/rfm/segments.ts', "5: { 1: 'new'", "5: { 1: 'promising'"],
  ],
  tier: [
    ['/packages/domain/src/tiers/version.ts', 'TIER_VERSION = 2', 'TIER_VERSION = 3'],
    [
      '/packages/domain/src/tiers/decide.ts',
      'points = pointsOf(views, policy)',
      'points = 2 * pointsOf(views, policy)',
    ],
  ],
  profile: [['/packages/domain/src/facets/profile/profile.ts', 'version: 2,', 'version: 3,']],
};
const CHANGES = BUILDS[new URL(import.meta.url).search.slice(1) || 'rfm'];

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const changes = CHANGES.filter(([file]) => url.endsWith(file));
    if (changes.length === 0) return loaded;
    let source = Buffer.from(loaded.source).toString();
    for (const [file, from, to] of changes) {
      if (!source.includes(from)) throw new Error(`expected ${from} in ${file}, found it missing`);
      source = source.replace(from, to);
    }
    return { ...loaded, source };
  },
});
