import type { Policy } from '../policy.ts';
import * as all from './all.ts';
import { type Facet, sectionOf } from './facet.ts';
import type { ViewFields } from './view-field.ts';

type Facets = typeof all;
export type FacetName = keyof Facets;

/** A score is a facet that publishes: tier waits for it, and policies give points for it. */
export type ScoreName = {
  [Name in FacetName]: Facets[Name] extends { readonly publishes: true } ? Name : never;
}[FacetName];

/** A facet as readers see it that serve all: what it folds has no type. */
export type AnyFacet = Facet<unknown, unknown, ViewFields, unknown, boolean, boolean>;

/**
 * The order of scores is on the wire: causes of tier changes and columns of exports have it. It begins with those of the
 * first release; all others follow by name.
 */
const FIRST: readonly string[] = ['rfm', 'behaviour', 'churn'];

const entries = Object.entries(all).sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));

export const facets = Object.fromEntries(entries) as unknown as Readonly<Record<FacetName, AnyFacet>>;

/** The facet of a name that was read somewhere; undefined where this build has none. */
export function facetNamed(name: string): AnyFacet | undefined {
  return Object.hasOwn(facets, name) ? facets[name as FacetName] : undefined;
}

/** Whether the facet is folded under the policy; null: before a pipeline's first. */
export function isOn(name: FacetName, policy: Policy | null): boolean {
  return facets[name].always || (policy !== null && sectionOf(policy, name) !== undefined);
}

export const facetNames = Object.keys(facets) as readonly FacetName[];

export const scoreNames = facetNames.filter((name) => facets[name].publishes) as readonly ScoreName[];

/** The sections of a policy: those of facets that are always on, and of the others where they are. */
export type FacetSections = {
  readonly [Name in FacetName as WithSection<Name, true>]: SectionOf<Name>;
} & {
  readonly [Name in FacetName as WithSection<Name, false>]?: SectionOf<Name>;
};

type SectionOf<Name extends FacetName> =
  Facets[Name] extends Facet<infer _State, infer _Parameters, infer _Fields, infer Values, boolean, boolean>
    ? Values
    : never;

type WithSection<Name extends FacetName, Always extends boolean> = Facets[Name] extends { readonly always: Always }
  ? SectionOf<Name> extends undefined
    ? never
    : Name
  : never;

function placeOf(name: string): number {
  const place = FIRST.indexOf(name);
  return place === -1 ? FIRST.length : place;
}
