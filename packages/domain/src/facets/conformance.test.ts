import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MARKETING_KINDS, type TimelineEvent } from '../events.ts';
import { BASE_CURRENCY, orderHistories } from '../orders/order-histories.testing.ts';
import type { CommonPolicy, Policy } from '../policy.ts';
import { DAY_MS, MINUTE_MS, type TimeMs } from '../time.ts';
import { measureFaults } from './explained-score.testing.ts';
import { type AnyFacet, facetNames, facets, scoreNames } from './registry.ts';
import { Rejection, stateOf } from './score.ts';
import { sections } from './section.testing.ts';
import { nameInFile } from './section.ts';
import { valuesOf } from './view-field.ts';

// What every facet must hold to, on any history under any policy. A new facet is tested by its line in all.ts.

interface Arrival {
  readonly event: TimelineEvent;
  readonly at: TimeMs;
}

interface Case {
  readonly arrivals: readonly Arrival[];
  readonly section: unknown;
  /** When it is looked at: at the last arrival or later. */
  readonly at: TimeMs;
}

const HISTORY_DAYS = 400;
const HISTORY_MS = HISTORY_DAYS * DAY_MS;
const SPAN_MS = 300 * DAY_MS;

const common: CommonPolicy = {
  name: 'any',
  currency: { base: BASE_CURRENCY, rates: {} },
  events: { earliestAt: 0 as TimeMs },
  orders: { historyDays: HISTORY_DAYS },
  tiers: { points: {}, tiers: [{ name: 'all', enter: 0, leave: 0 }], minimumStayDays: 0, graceDays: 0 },
};

/** Orders come shuffled, late and repeated, refunds before them; other events late and out of order, each once. */
const orders: fc.Arbitrary<readonly Arrival[]> = orderHistories(fc, HISTORY_MS, SPAN_MS).map((arrivals) =>
  arrivals.map(({ event, at }) => ({ event: { type: 'order', data: event }, at })),
);

const others: fc.Arbitrary<readonly Arrival[]> = fc
  .array(
    fc.record({
      occurredAt: fc.oneof(
        fc.integer({ min: 0, max: SPAN_MS }),
        fc.nat(20).map((week) => week * 7 * DAY_MS),
      ),
      lateMs: fc.oneof(fc.integer({ min: -5 * MINUTE_MS, max: DAY_MS }), fc.nat(HISTORY_MS)),
      type: fc.constantFrom('interaction', 'interaction', 'marketing', 'identity'),
      action: fc.constantFrom('search', 'add_to_cart'),
      kind: fc.constantFrom(...MARKETING_KINDS),
    }),
    { maxLength: 25 },
  )
  .map((drawn) =>
    drawn.map(({ occurredAt, lateMs, type, action, kind }, index) => {
      const occurrence = { eventId: `e${index}`, occurredAt: occurredAt as TimeMs };
      const data = { ...occurrence, channel: 'web', category: 'shoes', object: null, sessionId: null, action };
      const message = { ...occurrence, campaignId: 'c', variant: null, channel: 'email', kind };
      const identity = { ...occurrence, traits: { language: 'de' }, consents: [], erasure: false };
      const event = { type, data: type === 'interaction' ? data : type === 'marketing' ? message : identity };
      return { event: event as TimelineEvent, at: (occurredAt + lateMs) as TimeMs };
    }),
  );

const waits = fc.oneof(fc.constant(0), fc.nat(10 * DAY_MS), fc.nat(1_000 * DAY_MS));

function casesOf({ score, policy }: AnyFacet): fc.Arbitrary<Case> {
  const history = fc.tuple(score.eventTypes.includes('order') ? orders : fc.constant([]), others).map((parts) =>
    parts
      .flat()
      .filter(({ event }) => score.eventTypes.includes(event.type))
      .sort((a, b) => a.at - b.at),
  );
  return fc
    .record({
      arrivals: history,
      section: policy === null ? fc.constant(undefined) : sections(fc, policy),
      wait: waits,
    })
    .map(({ arrivals, section, wait }) => {
      return { arrivals, section, at: Math.max(0, (arrivals.at(-1)?.at ?? 0) + wait) as TimeMs };
    });
}

describe.each(facetNames)('%s', (name) => {
  const facet = facets[name];
  const { score, view: fields } = facet;
  const rulesOf = (section: unknown) => score.parametersOf({ ...common, [name]: section } as unknown as Policy);
  const check = (holds: (one: Case) => void, numRuns = 100) =>
    fc.assert(fc.property(casesOf(facet), holds), { numRuns });

  function fold({ arrivals }: Case, parameters: unknown, between: (state: unknown) => unknown = (state) => state) {
    let state = score.initial;
    for (const { event, at } of arrivals) {
      state = score.expire?.(state, at, parameters)?.state ?? state;
      const evolved = stateOf(score.evolve(state, event, at, parameters));
      if (!(evolved instanceof Rejection)) state = between(evolved);
    }
    return state;
  }

  test('states and views are plain JSON: what comes back from a store is what went in', () => {
    check((one) => {
      const parameters = rulesOf(one.section);
      const state = fold(one, parameters, (after) => {
        const read = JSON.parse(JSON.stringify(after)) as unknown;
        expect(isDeepStrictEqual(read, after)).toBe(true);
        return read;
      });
      expect(JSON.stringify(state)).toBe(JSON.stringify(fold(one, parameters)));
      const view = score.view(state, one.at, parameters);
      expect(isDeepStrictEqual(JSON.parse(JSON.stringify(view)), view)).toBe(true);
    });
  });

  test('functions are pure: they mutate nothing, and the same arguments give the same', () => {
    check((one) => {
      const parameters = frozen(rulesOf(one.section));
      const state = fold({ ...one, arrivals: frozen(one.arrivals) }, parameters, (after) => frozen(after));
      expect(isDeepStrictEqual(fold(one, rulesOf(one.section)), state)).toBe(true);
      for (const read of [score.view, score.nextDueAt, score.exact, score.measures]) {
        expect(read(state, one.at, parameters)).toEqual(read(state, one.at, parameters));
      }
    });
  });

  test('views have the attributes and values listed, exact values the names listed, each a number or null', () => {
    check((one) => {
      const parameters = rulesOf(one.section);
      const state = fold(one, parameters);
      const view = score.view(state, one.at, parameters);
      if (view !== null) expect(Object.keys(view)).toEqual(Object.keys(fields));
      for (const [attribute, value] of Object.entries(view ?? {})) {
        const field = fields[attribute];
        const values = field && valuesOf(field, (list) => lengthOf(one.section, list));
        if (values === null) expect(Number.isSafeInteger(value)).toBe(true);
        else expect(values).toContain(value);
      }
      const exact = score.exact(state, one.at, parameters);
      expect(Object.keys(exact)).toEqual(Object.keys(facet.exact));
      for (const value of Object.values(exact)) expect(value === null || Number.isFinite(value)).toBe(true);
    });
  });

  test('the next due time is the first ms at which the view differs if nothing comes', () => {
    check((one) => {
      const parameters = rulesOf(one.section);
      const state = fold(one, parameters);
      const textAt = (at: number) => JSON.stringify(score.view(state, at as TimeMs, parameters));
      let { at } = one;
      for (let steps = 0; steps < 8; steps++) {
        const due = score.nextDueAt(state, at, parameters);
        const until = due ?? ((at + 4_000 * DAY_MS) as TimeMs);
        expect(until).toBeGreaterThan(at);
        for (const part of [0.01, 0.3, 0.7]) expect(textAt(at + Math.floor(part * (until - 1 - at)))).toBe(textAt(at));
        expect(textAt(until - 1)).toBe(textAt(at));
        if (due === null) return;
        expect(textAt(due)).not.toBe(textAt(at));
        at = due;
      }
    });
  });

  test('the measures agree with the view and the exact values, at either side of each change', () => {
    check((one) => {
      const parameters = rulesOf(one.section);
      const state = fold(one, parameters);
      const due = score.nextDueAt(state, one.at, parameters);
      for (const at of due === null ? [one.at] : [one.at, due - 1, due]) {
        expect(measureFaults(score, state, at as TimeMs, parameters)).toEqual([]);
      }
    });
  });

  test('damaged state is read to an end: with nonsense or an error, and never for ever', () => {
    const damage = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(null, undefined, '', 'x', -1, 0, Number.NaN, 1e300, -1e300, [], {}, [null]),
    );
    const damages = fc.record({ one: casesOf(facet), place: fc.nat(40), damage });
    let read = 0;
    fc.assert(
      fc.property(damages, ({ one, place, damage }) => {
        const parameters = rulesOf(one.section);
        const state = damagedAt(fold(one, parameters), place, damage);
        for (const reader of [score.view, score.nextDueAt, score.exact, score.nextExpiryAt]) {
          try {
            reader?.(state, one.at, parameters);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
          read++;
        }
      }),
      { numRuns: 400 },
    );
    expect(read).toBe(4 * 400);
  });

  test.runIf(score.expire !== undefined)('what is let go changes no view and no exact value', () => {
    check((one) => {
      const parameters = rulesOf(one.section);
      const state = fold(one, parameters);
      const kept = score.expire?.(state, one.at, parameters)?.state ?? state;
      expect(score.view(kept, one.at, parameters)).toEqual(score.view(state, one.at, parameters));
      expect(score.exact(kept, one.at, parameters)).toEqual(score.exact(state, one.at, parameters));
    });
  });

  test('the fold equals the batch for any arrival within the history: shuffled, late, orders repeated', () => {
    check((one) => {
      const { arrivals, section, at } = one;
      const parameters = rulesOf(section);
      const state = fold(one, parameters);
      const batch = facet.batch([{ section, common, from: 0 as TimeMs, arrivals }], at);
      const exact = score.exact(state, at, parameters);
      for (const [value, expected] of Object.entries(batch.exact ?? {})) {
        expect(isNear(exact[value] ?? null, expected ?? null, facet.rounds)).toBe(true);
      }
      const view = score.view(state, at, parameters);
      if (!isAtCut(facet, state, at, parameters)) expect(view).toEqual(batch.view);
    }, 200);
  });
});

test('each facet stands under its own name; scores have the order of the wire, new ones come after those by name', () => {
  for (const name of facetNames) expect(facets[name].score.name).toBe(name);
  expect(scoreNames.slice(0, 3)).toEqual(['rfm', 'behaviour', 'churn']);
  expect(scoreNames.slice(3)).toEqual(scoreNames.slice(3).toSorted());
});

test.each(facetNames)('the values of %s that a list gives are those of a list of its section', (name) => {
  const { view, policy } = facets[name];
  for (const field of Object.values(view)) {
    if (field.kind !== 'whole' || typeof field.max !== 'string') continue;
    expect(policy?.fields[field.max]).toMatchObject({ kind: 'list' });
  }
});

test.each(facetNames)('the fields of the section of %s have names of their own in a file', (name) => {
  const inFile = Object.entries(facets[name].policy?.fields ?? {}).map(([field, options]) =>
    nameInFile(field, options),
  );
  expect(new Set(inFile).size).toBe(inFile.length);
  for (const field of inFile) expect(field).toMatch(/^[a-z][a-z0-9_]*$/);
});

function isNear(found: number | null, expected: number | null, rounds: number): boolean {
  if (found === null || expected === null) return found === expected;
  // A value below the smallest normal double has lost digits, whoever computed it.
  return Math.abs(found - expected) <= rounds * Math.abs(expected) + (rounds > 0 ? 1e-300 : 0);
}

/** Where the fold rounds: whether a value is as near to a cut as that, so that it may lie on its other side. */
function isAtCut({ score, rounds }: AnyFacet, state: unknown, at: TimeMs, parameters: unknown): boolean {
  if (rounds === 0) return false;
  return score.measures(state, at, parameters).some(({ inputs, band }) => {
    const input = inputs[0]?.value ?? Number.NaN;
    return [band?.from, band?.to].some((cut) => typeof cut === 'number' && isNear(input, cut, rounds));
  });
}

function lengthOf(section: unknown, list: string): number {
  return ((section as Readonly<Record<string, unknown>>)[list] as readonly unknown[]).length;
}

/** A copy in which the value that JSON reads as number `place` is another; the same where it has no such value. */
function damagedAt(state: unknown, place: number, damage: unknown): unknown {
  let left = place;
  return JSON.parse(JSON.stringify(state), (_name, value: unknown) => (left-- === 0 ? damage : value));
}

/** Frozen to the bottom; what is no plain object or array is left alone. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || value instanceof Map) return value;
  for (const part of Object.values(value)) frozen(part as unknown);
  return Object.freeze(value);
}
