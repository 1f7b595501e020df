import type { CustomerId } from '@tidemark/domain';
import { stateNames } from '@tidemark/pipeline';
import type { Lane } from '@tidemark/stream';
import { formatCursor, invalidCursor, isOffset, parseCursor } from './cursor.ts';
import { parseTier } from './customer.ts';
import type { PageRequest } from './read-backwards.ts';
import { lanesOf, readTierNames } from './read-tiers.ts';
import type { Page, Reading, TierMember } from './types.ts';

/** The last customer of a page. */
interface TierPlace {
  readonly lane: Lane;
  readonly after: CustomerId | null;
}

/**
 * The customers of a tier as their lanes have committed it, by lane and then by the bytes of their ids; null for a tier
 * that neither the policy nor a customer has. Who changes tier between two pages may be missing, or be in none.
 * Throws `invalid-cursor`, `state-damaged` and `other-fold-version`. Cost: a round trip a customer, all at once.
 */
export async function readTier(
  reading: Reading,
  tier: string,
  { cursor, limit }: PageRequest,
): Promise<Page<TierMember> | null> {
  const place = cursor === null ? FIRST : parsePlace(tier, cursor, reading.log.lanes);
  if (!(await isKnown(reading, tier))) return null;
  const ids: { readonly lane: Lane; readonly customerId: CustomerId }[] = [];
  for (let { lane, after } = place; lane < reading.log.lanes && ids.length <= limit; lane++, after = null) {
    // One more than the page holds tells whether another follows.
    const found = await reading.store.labelled(stateNames.tier, lane, tier, after, limit + 1 - ids.length);
    ids.push(...found.map((customerId) => ({ lane, customerId })));
  }
  const page = ids.slice(0, limit);
  const members = await Promise.all(page.map(({ lane, customerId }) => readMember(reading, lane, customerId, tier)));
  const last = page.at(-1);
  const hasNext = ids.length > limit && last !== undefined;
  return {
    items: members.filter((member) => member !== null),
    next: hasNext ? formatCursor('tier', tier, [last.lane, last.customerId]) : null,
  };
}

const FIRST: TierPlace = { lane: 0, after: null };

async function isKnown(reading: Reading, tier: string): Promise<boolean> {
  if ((await readTierNames(reading)).includes(tier)) return true;
  const found = await Promise.all(
    lanesOf(reading).map((lane) => reading.store.labelled(stateNames.tier, lane, tier, null, 1)),
  );
  return found.some(({ length }) => length > 0);
}

/** Null for a customer who has left the tier since they were listed. */
async function readMember(
  { store }: Reading,
  lane: Lane,
  customerId: CustomerId,
  tier: string,
): Promise<TierMember | null> {
  const facet = (await store.customer(lane, customerId)).facets.get(stateNames.tier);
  if (facet === undefined) return null;
  const { tier: current, since, points } = parseTier(facet, lane);
  return current === tier ? { customerId, since, points } : null;
}

function parsePlace(tier: string, cursor: string, lanes: number): TierPlace {
  const place = parseCursor('tier', tier, cursor);
  const [lane, after, ...rest]: readonly unknown[] = Array.isArray(place) ? place : [];
  if (!isOffset(lane) || lane >= lanes || typeof after !== 'string' || rest.length > 0) {
    throw invalidCursor('found something else');
  }
  return { lane, after: after as CustomerId };
}
