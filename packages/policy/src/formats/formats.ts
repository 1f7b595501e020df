import { facetNames, facets, type Policy, sectionOf } from '@tidemark/domain';
import { lift1To2 } from './lift-1-to-2.ts';

/** The format that this build works with. Those before are lifted to it; a later one is a newer build's. */
export const FORMAT_NEWEST = 2;

/** At 0 what lifts format 1 to 2, and so on. A lift stays as it is for ever: documents of its format stand in logs. */
const LIFTS: readonly ((policy: object) => object)[] = [lift1To2];

/** The content of a document of `format`, which this build has, as the newest format says it. */
export function lift(format: number, policy: object): object {
  return LIFTS.slice(format - 1).reduce((lifted, next) => next(lifted), policy);
}

/**
 * The lowest format that can say the policy. It is written with that: builds of before read it as long as they can, and
 * an upgrade changes no byte.
 */
export function lowestFormat(policy: Policy): number {
  const { review, utcOffsetMinutes, tiers } = policy;
  const isOf2 =
    facetNames.some((name) => !facets[name].always && sectionOf(policy, name) !== undefined) ||
    review !== undefined ||
    utcOffsetMinutes !== undefined ||
    tiers.tiers.some(
      ({ label, benefits, strategy }) => label !== undefined || benefits !== undefined || strategy !== undefined,
    );
  return isOf2 ? 2 : 1;
}
