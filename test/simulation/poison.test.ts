import { codecs } from '@tidemark/contracts';
import { expect, test } from 'vitest';
import { simulate } from './simulate.ts';
import type { Alterations, AnyScore } from './wiring.ts';

const TIMEOUT_MS = 60_000;
const SEEDS = 10;

/** A score that throws on some of its events, always the same: one in ten, by its id. */
const withPoison: Alterations = { score: (own) => (own.name === 'churn' ? throwing(own) : own) };

function throwing(score: AnyScore): AnyScore {
  return {
    ...score,
    evolve(state, event, at, parameters) {
      if (event.type === 'order' && event.data.eventId.endsWith('3')) throw new TypeError('met its bug');
      return score.evolve(state, event, at, parameters);
    },
  };
}

test.each(['live', 'event'] as const)(
  'a fold that throws loses that step alone, with one dead letter, the same on every replay (%s clock)',
  { timeout: TIMEOUT_MS },
  async (clock) => {
    let poisoned = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const { violations, happenings } = await simulate(seed, clock, withPoison);
      expect(violations, `seed ${seed}`).toEqual([]);
      poisoned += happenings.get('poison letters') ?? 0;
    }
    expect(poisoned).toBeGreaterThan(SEEDS);
  },
);

test('the dead letter of a throw says poison and the error, not what it said', async () => {
  const { world } = await simulate(1, 'event', withPoison);
  const letters = world.log
    .records('dead-letters', 0)
    .map((record) => codecs['dead-letter'].decode(record.value ?? new Uint8Array(), record.headers['schema'] ?? ''))
    .filter(({ service }) => service === 'churn');
  expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['poison']));
  for (const { detail } of letters) expect(detail).toBe('the fold threw TypeError');
});
