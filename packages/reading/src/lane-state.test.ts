import { expect, test } from 'vitest';
import { parseCustomer } from './customer.ts';
import { readLaneState } from './lane-state.ts';
import { QueryError } from './query-error.ts';
import { readTiers } from './read-tiers.ts';
import { customerOf, daysAgo, metaOf, NOW, order, World } from './world.testing.ts';

const ANNA = customerOf('anna', [order('o1', daysAgo(2), 12_000)], NOW);

/** Services that read as nothing, where the store has these states of rfm beside tier's. */
function upgrading(states: Readonly<Record<string, { readonly force?: number }>>) {
  const metas = Object.entries(states).map(([name, { force }]): [string, string] => {
    return [name, metaOf('rfm', force === undefined ? {} : { force })];
  });
  return [...readLaneState(0, new Map([['tier', metaOf('tier')], ...metas])).upgrading];
}

test('a state reads as nothing once a later version has taken over from it, and not while that folds beside', () => {
  expect(upgrading({ rfm: {} })).toEqual([]);
  expect(upgrading({ rfm: {}, 'rfm-3': {} })).toEqual([]);
  expect(upgrading({ rfm: {}, 'rfm-3': { force: 3 } })).toEqual(['rfm']);
  expect(upgrading({ 'rfm-4': { force: 4 } })).toEqual(['rfm']);
  // Another fold's state, however it is called.
  expect(upgrading({ rfm: {}, 'rfmx-3': { force: 3 }, 'rfm-x': { force: 3 } })).toEqual([]);
});

test('what a version stored that is not in force is nobody’s', () => {
  const facets = new Map([['rfm', JSON.stringify(ANNA.scores.get('rfm'))]]);
  const scoresOf = (services: readonly string[]) => {
    return [...parseCustomer(ANNA.customerId, { lane: 0, upgrading: new Set(services) }, facets).scores.keys()];
  };
  expect([scoresOf([]), scoresOf(['rfm'])]).toEqual([['rfm'], []]);
});

test('who has which tier is not answered from a version that is not in force', async () => {
  const world = new World();
  await world.commitCustomer(ANNA);
  await expect(readTiers(world.reading)).resolves.not.toEqual([]);
  await world.commit('tier-3', {}, metaOf('tier', { force: 3 }));
  await expect(readTiers(world.reading)).rejects.toMatchObject({ code: 'upgrading' });
  await expect(readTiers(world.reading)).rejects.toBeInstanceOf(QueryError);
});
