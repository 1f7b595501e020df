import { type CustomerId, compareCustomerIds } from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLanes } from './read-lanes.ts';
import { readTier } from './read-tier.ts';
import { readTiers } from './read-tiers.ts';
import { metaOf, NOW, tickRecord, World } from './world.testing.ts';

const LANES = 3;

function tierFacet(tier: string, points = 7): { facet: string; label: string } {
  const facet = { views: {}, tier, points, since: NOW, changes: 1 };
  return { facet: JSON.stringify(facet), label: tier };
}

/** Members of a tier by lane; the lane of an id matters to no one here. */
async function worldOf(members: readonly (readonly string[])[], tier = 'gold'): Promise<World> {
  const world = new World(LANES);
  for (let lane = 0; lane < LANES; lane++) {
    const facets = Object.fromEntries((members[lane] ?? []).map((id) => [id, tierFacet(tier)]));
    await world.commit('tier', facets, metaOf('tier'), lane);
  }
  return world;
}

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5, unit: 'binary' }), { maxLength: 12 });

test('pages of any size are all customers of a tier, by lane and id bytes, each once', async () => {
  const lanes = fc.tuple(ids, ids, ids);
  await fc.assert(
    fc.asyncProperty(lanes, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }), async (members, sizes) => {
      const { reading } = await worldOf(members);
      const found: string[] = [];
      let cursor: string | null = null;
      for (let page = 0; page === 0 || cursor !== null; page++) {
        const limit = sizes[page % sizes.length] ?? 1;
        const answer: Awaited<ReturnType<typeof readTier>> = await readTier(reading, 'gold', { cursor, limit });
        expect(answer?.items.length).toBeLessThanOrEqual(limit);
        found.push(...(answer?.items ?? []).map(({ customerId }) => customerId));
        cursor = answer?.next ?? null;
      }
      expect(found).toEqual(members.flatMap((ofLane) => [...ofLane].sort(compareCustomerIds)));
    }),
  );
});

test('a member has their points and since when; one who has just left is not shown', async () => {
  const world = await worldOf([['anna', 'bert']]);
  await world.commit('tier', { bert: { ...tierFacet('silver'), label: 'gold' } });
  expect(await readTier(world.reading, 'gold', { cursor: null, limit: 5 })).toEqual({
    items: [{ customerId: 'anna', since: NOW, points: 7 }],
    next: null,
  });
});

test('a tier of the policy may be empty; one that nobody has ever heard of is unknown', async () => {
  const { reading } = await worldOf([['anna']], 'of an older policy');
  expect(await readTier(reading, 'silver', { cursor: null, limit: 5 })).toEqual({ items: [], next: null });
  expect(await readTier(reading, 'of an older policy', { cursor: null, limit: 5 })).toMatchObject({ next: null });
  expect(await readTier(reading, 'diamond', { cursor: null, limit: 5 })).toBeNull();
});

test('a cursor of another tier, or of a log with more lanes, is refused', async () => {
  const { reading } = await worldOf([[], [], ['anna', 'bert']]);
  const cursor = (await readTier(reading, 'gold', { cursor: null, limit: 1 }))?.next ?? '';
  const refused = { code: 'invalid-cursor' };
  await expect(readTier(reading, 'silver', { cursor, limit: 1 })).rejects.toMatchObject(refused);
  const smaller = new World(1);
  await smaller.commit('tier', {});
  await expect(readTier(smaller.reading, 'gold', { cursor, limit: 1 })).rejects.toMatchObject(refused);
});

test("tiers come in the policy's order with their customers, those of older policies last", async () => {
  const world = await worldOf([['anna', 'bert'], ['carl'], []]);
  await world.commit('tier', { dora: tierFacet('of an older policy') }, metaOf('tier'), 2);
  expect(await readTiers(world.reading)).toEqual([
    { tier: 'member', customers: 0 },
    { tier: 'silver', customers: 0 },
    { tier: 'gold', customers: 3 },
    { tier: 'platinum', customers: 0 },
    { tier: 'of an older policy', customers: 1 },
  ]);
  expect(await readTiers(new World(LANES).reading)).toEqual([]);
});

test('a lane says for each service where it stands and how many records it has not folded', async () => {
  const world = await worldOf([]);
  for (let i = 0; i < 103; i++) world.append('timeline', tickRecord(NOW + i), 1);
  await world.commit('rfm', {}, metaOf('rfm', { clock: 'live', place: { offset: 101, cursor: null } }), 1);
  expect((await readLanes(world.reading)).filter(({ lane }) => lane === 1)).toEqual([
    { lane: 1, service: 'rfm', timelineOffset: 102, streamTime: NOW, clock: 'live', lag: 1 },
    { lane: 1, service: 'tier', timelineOffset: 100, streamTime: NOW, clock: 'event', lag: 3 },
  ]);
});

test('ids that JSON escapes fit into a cursor', async () => {
  const long = '\u0001'.repeat(256) as CustomerId;
  const { reading } = await worldOf([[long, `${'\u0001'.repeat(255)}\u0002`]]);
  const first = await readTier(reading, 'gold', { cursor: null, limit: 1 });
  expect(first?.items).toMatchObject([{ customerId: long }]);
  expect((await readTier(reading, 'gold', { cursor: first?.next ?? '', limit: 1 }))?.items).toHaveLength(1);
});
