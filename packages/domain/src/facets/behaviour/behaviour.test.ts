import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MarketingKind, ORDER_STATUSES, type OrderStatus, type TimelineEvent } from '../../events.ts';
import type { Policy } from '../../policy.ts';
import { DAY_MS, MINUTE_MS, type TimeMs } from '../../time.ts';
import { Rejection, stateOf } from '../score.ts';
import { type BehaviourEpoch, behaviourScoreOf } from './batch.ts';
import { type BehaviourState, behaviour as facet } from './behaviour.ts';
import type { BehaviourPolicy } from './policy.ts';

const { score: behaviour } = facet;

const NOW = (10_000 * DAY_MS) as TimeMs;

const policy: BehaviourPolicy = {
  halfLifeDays: 14,
  weights: {
    'interaction.page_view': 1,
    'interaction.add_to_cart': 5,
    'marketing.clicked': 3,
    'order.paid': 10,
    'order.placed': 8,
  },
  bands: { hot: 8, warm: 4, cool: 1 },
};
const common = { orders: { historyDays: 400 } };
const parameters = parametersOf(policy);

function parametersOf(chosen: BehaviourPolicy) {
  return behaviour.parametersOf({ behaviour: chosen, ...common } as unknown as Policy);
}

const interaction = (action: string, occurredAt: number): TimelineEvent => ({
  type: 'interaction',
  data: {
    eventId: `${action}@${occurredAt}`,
    occurredAt: occurredAt as TimeMs,
    channel: 'web',
    action,
    object: null,
    category: null,
    sessionId: null,
  },
});

const marketing = (kind: MarketingKind, occurredAt: number): TimelineEvent => ({
  type: 'marketing',
  data: { eventId: 'm', occurredAt: occurredAt as TimeMs, campaignId: 'c', variant: null, channel: 'email', kind },
});

let events = 0;
const order = (status: OrderStatus, occurredAt: number, orderId = `o${status}${occurredAt}`): TimelineEvent => ({
  type: 'order',
  data: {
    eventId: `o${events++}`,
    occurredAt: occurredAt as TimeMs,
    orderId,
    status,
    amountMinor: 0,
    currency: 'USD',
    rate: '1',
    refundId: null,
  },
});

function fold(events: readonly TimelineEvent[], chosen = parameters): BehaviourState {
  let state: BehaviourState = behaviour.initial;
  for (const event of events) {
    const next = stateOf(behaviour.evolve(JSON.parse(JSON.stringify(state)), event, NOW, chosen));
    if (next instanceof Rejection) throw new TypeError('behaviour refuses nothing');
    state = next;
  }
  return state;
}

const viewAt = (state: BehaviourState, at: number, chosen = parameters) => behaviour.view(state, at as TimeMs, chosen);
const scoreAt = (state: BehaviourState, at: number, chosen = parameters) =>
  behaviour.exact(state, at as TimeMs, chosen)['score'] ?? Number.NaN;

describe('the score', () => {
  test('is the sum of the weights by event type', () => {
    const events = [interaction('page_view', NOW), marketing('clicked', NOW), order('paid', NOW)];
    expect(scoreAt(fold(events), NOW)).toBe(14);
  });

  test('halves with every half-life', () => {
    const state = fold([interaction('add_to_cart', NOW)]);
    for (const [halfLives, left] of [
      [1, 2.5],
      [2, 1.25],
      [10, 5 / 1024],
    ] as const) {
      expect(scoreAt(state, NOW + halfLives * 14 * DAY_MS) / left).toBeCloseTo(1, 13);
    }
  });

  test('an event without a weight leaves the very same state', () => {
    const state = fold([interaction('page_view', NOW)]);
    const identity: TimelineEvent = {
      type: 'identity',
      data: { eventId: 'i', occurredAt: NOW, traits: {}, consents: [], erasure: false },
    };
    const unnamed = [
      interaction('constructor', NOW),
      interaction('clicked', NOW),
      marketing('sent', NOW),
      order('cancelled', NOW),
    ];
    for (const event of [...unnamed, identity]) expect(behaviour.evolve(state, event, NOW, parameters)).toBe(state);
  });

  test('does not rise by itself until the newest event, which may lie five minutes ahead', () => {
    const state = fold([interaction('page_view', NOW), interaction('page_view', NOW + 5 * MINUTE_MS)]);
    expect(scoreAt(state, NOW)).toBe(scoreAt(state, NOW + 5 * MINUTE_MS));
    expect(scoreAt(state, NOW)).toBeCloseTo(2, 3);
    expect(scoreAt(state, NOW + 6 * MINUTE_MS)).toBeLessThan(scoreAt(state, NOW));
  });

  test('stays finite after a silence of ages, and for weights beyond reason', () => {
    const state = fold([interaction('page_view', NOW)]);
    expect(scoreAt(state, 8.64e15)).toBe(0);
    expect(viewAt(state, 8.64e15)).toEqual({ band: 'silent' });
    expect(behaviour.nextDueAt(state, 8.64e15 as TimeMs, parameters)).toBeNull();
    expect(fold([interaction('page_view', NOW), interaction('page_view', 8e15)])[0]).toBe(1);
    expect(fold([interaction('page_view', 8e15), interaction('page_view', NOW)])[0]).toBe(1);

    const low = { hot: 0.3, warm: 0.2, cool: 0.1 };
    const huge = parametersOf({ ...policy, weights: { 'interaction.page_view': Number.MAX_VALUE }, bands: low });
    const heavy = fold([interaction('page_view', NOW), interaction('page_view', NOW)], huge);
    expect(heavy[0]).toBe(Number.MAX_VALUE);
    expect(behaviour.nextDueAt(heavy, NOW, huge)).toBeGreaterThan(NOW);
  });
});

describe('an order', () => {
  const weighed = { ...policy, weights: { ...policy.weights, 'order.updated': 7, 'order.credited': 7 } };
  const scoreOf = (...history: readonly TimelineEvent[]) => scoreAt(fold(history, parametersOf(weighed)), NOW);

  test('counts once, sent again under another eventId, and within the history however much later', () => {
    const paid = order('paid', NOW - 1, 'A');
    expect(scoreOf(paid)).toBeCloseTo(10, 6);
    expect(scoreOf(paid, order('paid', NOW - 1, 'A'), order('paid', NOW - 1, 'A'))).toBe(scoreOf(paid));
    const state = fold([paid]);
    const again = order('paid', NOW - 1, 'A');
    const later = (NOW + 399 * DAY_MS) as TimeMs;
    expect(behaviour.evolve(state, again, later, parameters)).toBe(state);
  });

  test('is one purchase, placed and paid: the first to come that has a weight counts, at its time', () => {
    const [placed, paid] = [order('placed', NOW - DAY_MS, 'A'), order('paid', NOW, 'A')];
    expect(scoreOf(placed, paid)).toBe(scoreOf(placed));
    expect(scoreOf(paid, placed)).toBe(10);
    const paidAlone = parametersOf({ ...policy, weights: { 'order.paid': 10 } });
    expect(scoreAt(fold([placed, paid], paidAlone), NOW)).toBe(10);
  });

  test('updated or credited has no weight, whatever the policy says', () => {
    expect(scoreOf(order('updated', NOW), order('credited', NOW))).toBe(0);
  });

  test('older than the history has none either', () => {
    const state = fold([interaction('page_view', NOW)]);
    expect(behaviour.evolve(state, order('paid', NOW - 401 * DAY_MS), NOW, parameters)).toBe(state);
  });
});

describe('a new policy', () => {
  const longer = parametersOf({ ...policy, halfLifeDays: 60 });

  test('does not act backwards: the score is that of the old half-life at its time, and decays by the new one', () => {
    const before = fold([interaction('add_to_cart', NOW - 46 * DAY_MS), order('paid', NOW - 100 * DAY_MS)]);
    const after = behaviour.adopt?.(before, NOW, parameters, longer) ?? before;
    expect(scoreAt(after, NOW, longer)).toBe(scoreAt(before, NOW));
    expect(scoreAt(before, NOW)).toBeLessThan(1);
    expect(scoreAt(after, NOW + 60 * DAY_MS, longer) / scoreAt(before, NOW)).toBeCloseTo(0.5, 13);
    expect(after[2]).toBe(before[2]);
  });

  test('leaves the very same state if the half-life is equal, or the newest event lies ahead of it', () => {
    const sameHalfLife = parametersOf({ ...policy, weights: {}, bands: { hot: 3, warm: 2, cool: 1 } });
    const state = fold([interaction('page_view', NOW - DAY_MS)]);
    expect(behaviour.adopt?.(state, NOW, parameters, sameHalfLife)).toBe(state);
    const ahead = fold([interaction('page_view', NOW + MINUTE_MS)]);
    expect(behaviour.adopt?.(ahead, NOW, parameters, longer)).toBe(ahead);
    expect(behaviour.adopt?.(behaviour.initial, NOW, parameters, longer)).toBe(behaviour.initial);
  });

  test('does not make a customer unknown whose score underflows', () => {
    const state = fold([interaction('page_view', NOW)]);
    const later = (NOW + 1e6 * DAY_MS) as TimeMs;
    const adopted = behaviour.adopt?.(state, later, parameters, longer) ?? state;
    expect(viewAt(adopted, later, longer)).toEqual({ band: 'silent' });
  });
});

describe('the view', () => {
  test('is null while no event had a weight', () => {
    expect(viewAt(behaviour.initial, NOW)).toBeNull();
    expect(behaviour.nextDueAt(behaviour.initial, NOW, parameters)).toBeNull();
    expect(viewAt(fold([marketing('sent', NOW)]), NOW)).toBeNull();
  });

  test('has the band whose bound the score reaches: at the bound, in it', () => {
    const bands = [8, 7.999, 4, 3.999, 1, 0.999].map((weight) => {
      const chosen = parametersOf({ ...policy, weights: { 'interaction.page_view': weight } });
      return viewAt(fold([interaction('page_view', NOW)], chosen), NOW, chosen)?.band;
    });
    expect(bands).toEqual(['hot', 'warm', 'warm', 'cool', 'cool', 'silent']);
  });
});

const kinds: readonly ((occurredAt: number) => TimelineEvent)[] = [
  (at) => interaction('page_view', at),
  (at) => interaction('add_to_cart', at),
  (at) => interaction('search', at),
  (at) => marketing('clicked', at),
  ...ORDER_STATUSES.map((status) => (at: number) => order(status, at)),
];
/** Each tells something of its own. */
const anyEvents = fc.array(
  fc
    .tuple(fc.constantFrom(...kinds), fc.integer({ min: -3_000 * DAY_MS, max: 5 * MINUTE_MS }))
    .map(([kind, age]) => kind(NOW + age)),
  { maxLength: 60 },
);
const anyPolicy: fc.Arbitrary<BehaviourPolicy> = fc
  .record({
    halfLifeDays: fc.double({ min: 0.0001, max: 1_000, noNaN: true }),
    weights: fc.dictionary(
      fc.constantFrom(...Object.keys(policy.weights)),
      fc.double({ min: 0.01, max: 1_000, noNaN: true }),
    ),
    bounds: fc.uniqueArray(fc.double({ min: 1e-6, max: 1_000, noNaN: true }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ halfLifeDays, weights, bounds }) => {
    const [cool = 1, warm = 2, hot = 3] = bounds.toSorted((a, b) => a - b);
    return { halfLifeDays, weights, bands: { hot, warm, cool } };
  });
/** Few orders and statuses, so that most are told several times; times of events go back by more than the history. */
const anyEpochs: fc.Arbitrary<readonly BehaviourEpoch[]> = fc
  .array(
    fc.record({
      chosen: anyPolicy,
      waitMs: fc.nat(30 * DAY_MS),
      came: fc.array(
        fc.record({
          make: fc.oneof(
            fc.constantFrom(...kinds),
            fc.record({ status: fc.constantFrom(...ORDER_STATUSES), id: fc.constantFrom('A', 'B') }).map(
              ({ status, id }) =>
                (time: number) =>
                  order(status, time, id),
            ),
          ),
          ageMs: fc.oneof(fc.integer({ min: -5 * MINUTE_MS, max: DAY_MS }), fc.nat(450 * DAY_MS)),
          waitMs: fc.oneof(fc.nat(DAY_MS), fc.nat(300 * DAY_MS)),
        }),
        { maxLength: 12 },
      ),
    }),
    { maxLength: 4 },
  )
  .map((drawn) => {
    let at: number = NOW;
    return drawn.map(({ chosen, waitMs, came }) => {
      const from = (at + waitMs) as TimeMs;
      at = from;
      const arrivals = came.map(({ make, ageMs, waitMs: next }) => {
        at += next;
        return { event: make(at - ageMs), at: at as TimeMs };
      });
      return { section: chosen, common, from, arrivals };
    });
  });
const anyDelayMs = fc.oneof(fc.constant(0), fc.nat(10 * DAY_MS), fc.nat(5_000 * DAY_MS));

describe('properties', () => {
  test('the fold equals the batch to 1e-12 of it, in any order of arrival (not bitwise: sums round)', () => {
    const shuffledTwice = anyEvents.chain((events) =>
      fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
    );
    fc.assert(
      fc.property(shuffledTwice, anyPolicy, anyDelayMs, ([events, shuffled], chosen, delayMs) => {
        const at = (NOW + delayMs) as TimeMs;
        const arrived = events.map((event) => ({ event, at: NOW }));
        const batch = behaviourScoreOf([{ section: chosen, common, from: NOW, arrivals: arrived }], at);
        for (const arrivals of [events, shuffled]) {
          const score = scoreAt(fold(arrivals, parametersOf(chosen)), at, parametersOf(chosen));
          // A score below the smallest normal double has lost digits, whoever computed it.
          expect(Math.abs(score - batch)).toBeLessThanOrEqual(1e-12 * batch + 1e-300);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('the fold equals the batch through new policies, repeats under other eventIds, and late events', () => {
    fc.assert(
      fc.property(anyEpochs, anyDelayMs, (epochs, delayMs) => {
        let state = behaviour.initial;
        let before: ReturnType<typeof parametersOf> | null = null;
        let at = NOW;
        for (const { section: chosen, from, arrivals } of epochs) {
          const after = parametersOf(chosen);
          at = from;
          if (before !== null) state = behaviour.adopt?.(state, from, before, after) ?? state;
          before = after;
          for (const arrival of arrivals) {
            at = arrival.at;
            state = stateOf(behaviour.evolve(state, arrival.event, at, after)) as BehaviourState;
          }
        }
        const later = (at + delayMs) as TimeMs;
        const batch = behaviourScoreOf(epochs, later);
        const score = before === null ? 0 : scoreAt(state, later, before);
        expect(Math.abs(score - batch)).toBeLessThanOrEqual(1e-12 * batch + 1e-300);
      }),
      { numRuns: 400 },
    );
  });

  test('nextDueAt is the first ms at which the view differs', () => {
    fc.assert(
      fc.property(anyEvents, anyPolicy, anyDelayMs, (events, chosenPolicy, delayMs) => {
        const chosen = parametersOf(chosenPolicy);
        const at = (NOW + delayMs) as TimeMs;
        const state = fold(events, chosen);
        const now = viewAt(state, at, chosen);
        const due = behaviour.nextDueAt(state, at, chosen);
        if (due === null) {
          expect([null, 'silent']).toContain(now?.band ?? null);
          expect(viewAt(state, 8.64e15, chosen)).toEqual(now);
          return;
        }
        expect(due).toBeGreaterThan(at);
        expect(viewAt(state, due, chosen)).not.toEqual(now);
        for (const share of [0, 0.25, 0.5, 0.75, 1]) {
          const between = at + Math.floor((due - 1 - at) * share);
          expect(viewAt(state, between, chosen)).toEqual(now);
        }
      }),
      { numRuns: 800 },
    );
  });

  test('nextDueAt is exact where the closed form rounds to the wrong ms, before or after', () => {
    const days = Array.from({ length: 1_000 }, (_, index) => index + 1);
    // Powers of 2 meet the bound at a whole ms; half-lives of millions of days leave the closed form few digits.
    for (const halfLifeDays of [...days, ...days.map((count) => count * 10_000)]) {
      for (const weight of [2, 3, 8, 11, 256]) {
        const bands = { hot: 1, warm: 1e-8, cool: 1e-9 };
        const chosen = parametersOf({ halfLifeDays, weights: { 'interaction.page_view': weight }, bands });
        const state = fold([interaction('page_view', NOW)], chosen);
        const due = behaviour.nextDueAt(state, NOW, chosen) ?? 0;
        expect(Math.abs(due - NOW - Math.log2(weight) * halfLifeDays * DAY_MS)).toBeLessThanOrEqual(10);
        expect([viewAt(state, due - 1, chosen)?.band, viewAt(state, due, chosen)?.band]).toEqual(['hot', 'warm']);
      }
    }
  });

  test('a customer who stays silent passes every band below their own, in order, and then has no timer', () => {
    let at = NOW;
    const state = fold([order('paid', NOW)]);
    const bands = [viewAt(state, at)?.band];
    for (let due = behaviour.nextDueAt(state, at, parameters); due !== null; ) {
      at = due;
      bands.push(viewAt(state, at)?.band);
      due = behaviour.nextDueAt(state, at, parameters);
    }
    expect(bands).toEqual(['hot', 'warm', 'cool', 'silent']);
  });
});
