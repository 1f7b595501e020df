import { describe, expect, test } from 'vitest';
import type { InteractionEvent, TimelineEvent } from '../events.ts';
import type { Policy } from '../policy.ts';
import type { TimeMs } from '../time.ts';
import { facet } from './facet.ts';
import { Rejection } from './score.ts';
import { number, section } from './section.ts';
import { whole } from './view-field.ts';

interface Counted {
  readonly count: number;
  readonly steps: readonly number[];
}

/** Counts events by a step of its section, refuses the fourth, forgets at 100, and lets go at 50. */
function counting(policy: ReturnType<typeof stepSection>) {
  const { score } = facet({
    name: 'counting',
    version: 1,
    eventTypes: ['interaction'],
    policy,
    view: { count: whole(0, null) },
    exact: { count: 'events' },
    initial: { count: 0, steps: [] } as Counted,
    evolve: (state, _event, _at, { step }: { readonly step: number }) =>
      state.steps.length === 3
        ? new Rejection('too-old')
        : { count: state.count + step, steps: [...state.steps, step] },
    adopt: (state, _at, before, after) => ({ ...state, steps: [...state.steps, before.step - after.step] }),
    nextExpiryAt: () => 50 as TimeMs,
    expire: (state) => ({ state, letters: [{ reason: 'order-unknown', origin: null }] }),
    viewAt: ({ count }) => ({ count }),
    nextDueAt: () => 100 as TimeMs,
    exactAt: ({ count }) => ({ count }),
    batch: () => ({ view: null }),
  });
  return score;
}

function stepSection(step?: number) {
  return section({ step: number({ min: 0, max: 10 }, step === undefined ? {} : { default: step }) });
}

const AT = 10 as TimeMs;
const event: TimelineEvent = { type: 'interaction', data: { occurredAt: AT } as InteractionEvent };
const OFF = {} as Policy;
const on = (step: number) => ({ counting: { step } }) as unknown as Policy;

describe('a facet that no policy has switched on', () => {
  const score = counting(stepSection(2));
  const off = score.parametersOf(OFF);

  test('folds by the defaults of its section, and says nothing: no view, no value, no time, no letter', () => {
    const state = score.evolve(score.initial, event, AT, off) as Counted;
    expect(state.count).toBe(2);
    expect([score.view(state, AT, off), score.nextDueAt(state, AT, off)]).toEqual([null, null]);
    expect(score.exact(state, AT, off)).toEqual({ count: null });
    expect([score.nextExpiryAt?.(state, AT, off), score.expire?.(state, AT, off)]).toEqual([null, null]);
    expect(score.measures(state, AT, off)).toEqual([]);
  });

  test('refuses no event: what it cannot take leaves its state as it was', () => {
    const full: Counted = { count: 6, steps: [2, 2, 2] };
    expect(score.evolve(full, event, AT, off)).toBe(full);
    expect(score.evolve(full, event, AT, score.parametersOf(on(1)))).toBeInstanceOf(Rejection);
  });

  test('is switched on by its section: it says what it folded, and takes over from the defaults', () => {
    const rules = score.parametersOf(on(5));
    const state = score.evolve(score.initial, event, AT, off) as Counted;
    expect(score.adopt?.(state, AT, off, rules)).toEqual({ count: 2, steps: [2, -3] });
    expect([score.view(state, AT, rules), score.nextDueAt(state, AT, rules)]).toEqual([{ count: 2 }, 100]);
    expect([score.exact(state, AT, rules), score.nextExpiryAt?.(state, AT, rules)]).toEqual([{ count: 2 }, 50]);
    expect(score.expire?.(state, AT, rules)?.letters).toHaveLength(1);
  });
});

test('a facet whose section has no defaults begins with the policy that switches it on', () => {
  const score = counting(stepSection());
  const off = score.parametersOf(OFF);
  expect(score.evolve(score.initial, event, AT, off)).toBe(score.initial);
  expect(score.adopt?.(score.initial, AT, off, score.parametersOf(on(5)))).toBe(score.initial);
  expect(score.evolve(score.initial, event, AT, score.parametersOf(on(5)))).toMatchObject({ count: 5 });
});
