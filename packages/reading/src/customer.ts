import {
  type CustomerId,
  type ProfileState,
  type ScoreName,
  scoreNames,
  type TierState,
  type View,
} from '@tidemark/domain';
import { stateNames } from '@tidemark/pipeline';
import type { Lane, NotedEvents, ScoreFacet } from '@tidemark/stream';
import type { LaneState } from './lane-state.ts';
import { isObject, parseStored, stateDamaged } from './parse-stored.ts';

/** A customer's facets as the services committed them last. */
export interface Customer {
  readonly customerId: CustomerId;
  /** Null where nothing of the customer is in it yet. */
  readonly profile: ProfileState | null;
  readonly scores: ReadonlyMap<ScoreName, ScoreFacet<unknown, View>>;
  /** Null before the first decision. */
  readonly tier: TierState | null;
}

/** Reads facets as the store has them, JSON by service; those of a version that is not in force as nothing. Throws `state-damaged`. */
export function parseCustomer(
  customerId: CustomerId,
  { lane, upgrading }: Pick<LaneState, 'lane' | 'upgrading'>,
  facets: ReadonlyMap<string, string>,
): Customer {
  const facetOf = (name: keyof typeof stateNames) => (upgrading.has(name) ? undefined : facets.get(stateNames[name]));
  const scores = new Map<ScoreName, ScoreFacet<unknown, View>>();
  for (const name of scoreNames) {
    const facet = facetOf(name);
    if (facet !== undefined) scores.set(name, parseFacet(facet, name, lane));
  }
  const profile = facetOf('profile');
  const tier = facetOf('tier');
  return {
    customerId,
    profile: profile === undefined ? null : (parseFacet(profile, 'profile', lane).state as ProfileState),
    scores,
    tier: tier === undefined ? null : parseTier(tier, lane),
  };
}

/** Throws `state-damaged`. */
export function parseFacet(json: string, service: string, lane: Lane): ScoreFacet<unknown, View> {
  const where = whereOf(service, lane);
  const { state, view, noted } = parseStored(json, where);
  const isSound = typeof state === 'object' && state !== null && (view === null || isObject(view)) && isNoted(noted);
  if (!isSound) throw stateDamaged(where);
  const facet = { state, view: view as View | null };
  return noted === undefined ? facet : { ...facet, noted };
}

function isNoted(noted: unknown): noted is NotedEvents | undefined {
  if (noted === undefined) return true;
  const isNotes = (notes: unknown) =>
    Array.isArray(notes) && notes.every((item, i) => (i === 0 ? Number.isSafeInteger(item) : typeof item === 'string'));
  return isObject(noted) && Object.values(noted).every(isNotes);
}

/** Throws `state-damaged`. */
export function parseTier(json: string, lane: Lane): TierState {
  const where = whereOf('tier', lane);
  const facet = parseStored(json, where);
  const { views, tier, points, since, belowSince, changes } = facet;
  const isSound =
    isObject(views) &&
    Object.values(views).every((view) => view === null || isObject(view)) &&
    typeof tier === 'string' &&
    Number.isFinite(points) &&
    Number.isSafeInteger(since) &&
    (belowSince === undefined || Number.isSafeInteger(belowSince)) &&
    Number.isSafeInteger(changes);
  if (!isSound) throw stateDamaged(where);
  return facet as unknown as TierState;
}

function whereOf(service: string, lane: Lane): string {
  return `a customer in ${service}, lane ${lane}`;
}
