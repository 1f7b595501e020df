import { codecs } from '@tidemark/contracts';
import { expect, test } from 'vitest';
import { poisoned } from './poison.ts';
import { clockOf } from './seeds.ts';
import { simulate } from './simulate.ts';
import type { Alterations } from './wiring.ts';

const TIMEOUT_MS = 600_000;
const SEEDS = 6;
const ONE_IN = 8;

const withPoison = (part: Parameters<typeof poisoned>[1]): Alterations => ({ score: poisoned('churn', part, ONE_IN) });

test.each(['evolve', 'view', 'nextDueAt'] as const)(
  'a fold whose %s throws loses that step alone, with one dead letter, the same on every replay',
  { timeout: TIMEOUT_MS },
  async (part) => {
    let letters = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const { violations, happenings } = await simulate(seed, clockOf(seed), withPoison(part));
      expect(violations, `seed ${seed}`).toEqual([]);
      letters += happenings.get('poison letters') ?? 0;
    }
    expect(letters).toBeGreaterThan(SEEDS);
  },
);

test('the dead letter of a throw says poison and the error, not what it said', async () => {
  const { world } = await simulate(1, 'event', withPoison('evolve'));
  const letters = world.log
    .records('dead-letters', 0)
    .map((record) => codecs['dead-letter'].decode(record.value ?? new Uint8Array(), record.headers['schema'] ?? ''))
    .filter(({ service }) => service === 'churn');
  const details = new Set(letters.filter(({ reason }) => reason === 'poison').map(({ detail }) => detail));
  expect(details).toEqual(new Set(['the fold threw TypeError']));
});
