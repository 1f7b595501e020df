import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Consent, MARKETING_KINDS, type MarketingKind, ORDER_STATUSES, type TimelineEvent } from '../../events.ts';
import type { Policy } from '../../policy.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, type TimeMs } from '../../time.ts';
import { Rejection, stateOf } from '../score.ts';
import { profileOf } from './batch.ts';
import { describeProfile, type ProfileNow } from './describe-profile.ts';
import { profile as facet, type ProfileState } from './profile.ts';

const { score: profile } = facet;

/** A midnight. */
const TODAY = (20_000 * DAY_MS) as TimeMs;
const NOON = (TODAY + 12 * HOUR_MS) as TimeMs;
const parameters = profile.parametersOf({ orders: { historyDays: 400 } } as Policy);

let nextId = 0;
const occurrence = (occurredAt: number) => ({ eventId: `e${nextId++}`, occurredAt: occurredAt as TimeMs });

const interaction = (occurredAt: number, category: string | null = null, channel = 'web'): TimelineEvent => ({
  type: 'interaction',
  data: { ...occurrence(occurredAt), channel, action: 'page_view', object: null, category, sessionId: null },
});

const order = (occurredAt: number, status: (typeof ORDER_STATUSES)[number] = 'paid'): TimelineEvent => ({
  type: 'order',
  data: {
    ...occurrence(occurredAt),
    orderId: `o${nextId}`,
    status,
    amountMinor: 100,
    currency: 'USD',
    rate: '1',
    refundId: 'r',
  },
});

/** Sent again under another eventId. */
const againOf = (event: TimelineEvent) =>
  ({ ...event, data: { ...event.data, eventId: `e${nextId++}` } }) as TimelineEvent;

const marketing = (occurredAt: number, kind: MarketingKind = 'sent', channel = 'email'): TimelineEvent => ({
  type: 'marketing',
  data: { ...occurrence(occurredAt), campaignId: 'c', variant: null, channel, kind },
});

const identity = (
  occurredAt: number,
  traits: Readonly<Record<string, string | null>>,
  consents: readonly Consent[] = [],
  eventId = `i${nextId++}`,
): TimelineEvent => ({
  type: 'identity',
  data: { eventId, occurredAt: occurredAt as TimeMs, traits, consents, erasure: false },
});

function evolve(state: ProfileState, event: TimelineEvent, at: number): ProfileState {
  const next = stateOf(profile.evolve(state, event, at as TimeMs, parameters));
  if (next instanceof Rejection) throw new TypeError('profile refuses nothing');
  return next;
}

/** Through JSON and back before every event, as in the store, and frozen, so that a mutation throws. */
function fold(events: readonly TimelineEvent[], at: number = NOON): ProfileState {
  return events.reduce<ProfileState>((state, event) => evolve(freeze(roundTrip(state)), event, at), profile.initial);
}

function roundTrip<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value;
}

function freeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

const exactAt = (state: ProfileState, at: number) => profile.exact(state, at as TimeMs, parameters);
const describeAt = (events: readonly TimelineEvent[], at: number = NOON) => describeProfile(fold(events), at as TimeMs);

describe('traits', () => {
  const traitOf = (events: readonly TimelineEvent[]) => describeAt(events).traits[0];

  test('have the newest value, with its time and the identity event that said so, whichever came first', () => {
    const older = identity(NOON - 2, { city: 'Porto', name: 'Ada' }, [], 'old');
    const newer = identity(NOON - 1, { city: 'Lisbon' }, [], 'new');
    for (const events of [
      [older, newer],
      [newer, older],
    ]) {
      expect(describeAt(events).traits).toEqual([
        { name: 'city', value: 'Lisbon', at: NOON - 1, source: 'new' },
        { name: 'name', value: 'Ada', at: NOON - 2, source: 'old' },
      ]);
    }
  });

  test('of one time go by the greater eventId, then the greater value, whichever came first', () => {
    const a = identity(NOON, { city: 'Zagreb' }, [], 'a');
    const b = identity(NOON, { city: 'Aachen' }, [], 'b');
    const again = identity(NOON, { city: 'Bonn' }, [], 'b');
    expect([traitOf([a, b])?.value, traitOf([b, a])?.value]).toEqual(['Aachen', 'Aachen']);
    expect([traitOf([b, again])?.value, traitOf([again, b])?.value]).toEqual(['Bonn', 'Bonn']);
  });

  test('that are null are no longer so: an older value that comes late does not bring them back, a newer one does', () => {
    const older = identity(NOON - 2, { city: 'Porto' }, [], 'older');
    const removed = identity(NOON - 1, { city: null }, [], 'removed');
    for (const events of [
      [older, removed],
      [removed, older],
    ]) {
      expect(describeAt(events).traits).toEqual([]);
      expect(traitOf([...events, identity(NOON, { city: 'Lisbon' })])?.value).toBe('Lisbon');
    }
  });

  test('that one event removes and says are said, whichever came first', () => {
    const removed = identity(NOON, { city: null }, [], 'a');
    const said = identity(NOON, { city: '' }, [], 'a');
    expect([traitOf([removed, said])?.value, traitOf([said, removed])?.value]).toEqual(['', '']);
  });

  test('may have the name of anything that objects inherit', () => {
    const traits = JSON.parse('{"__proto__":"a","constructor":"b","7":"c"}');
    const described = describeAt([identity(NOON, traits), identity(NOON - 1, traits)]).traits;
    expect(described.map(({ name, value }) => [name, value])).toEqual([
      ['7', 'c'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test('an identity that says nothing new leaves the very same state', () => {
    const said = identity(NOON, { city: 'Lisbon' }, [{ channel: 'email', purpose: 'marketing', granted: true }]);
    const state = fold([identity(NOON - 9, {}), said]);
    const older = identity(NOON - 1, { city: 'Porto' }, [{ channel: 'email', purpose: 'marketing', granted: false }]);
    for (const event of [said, older, identity(NOON, {})]) expect(evolve(state, event, NOON)).toBe(state);
  });
});

test('a consent is newest-wins by channel and purpose, and withdrawn if one event says both', () => {
  const email = { channel: 'email', purpose: 'marketing' };
  const push = { channel: 'push', purpose: 'marketing' };
  const both = [
    { ...email, granted: false },
    { ...email, granted: true },
  ];
  for (const consents of [both, both.toReversed()]) {
    const events = [
      identity(NOON - 1, {}, [{ ...email, granted: true }], 'first'),
      identity(NOON, {}, consents, 'second'),
      identity(NOON - 2, {}, [{ ...push, granted: true }], 'third'),
    ];
    expect(describeAt(events).consents).toEqual([
      { ...email, granted: false, at: NOON, source: 'second' },
      { ...push, granted: true, at: NOON - 2, source: 'third' },
    ]);
  }
});

describe('the counters', () => {
  test('count events by type, every status of an order, over the current UTC day and the 6 or 29 before it', () => {
    const events = [
      interaction(NOON),
      interaction(TODAY - 6 * DAY_MS),
      interaction(TODAY - 6 * DAY_MS - 1),
      order(TODAY - 29 * DAY_MS, 'placed'),
      order(TODAY - 29 * DAY_MS, 'cancelled'),
      order(TODAY - 29 * DAY_MS - 1),
      marketing(NOON),
    ];
    expect(describeAt(events).counters).toEqual({
      interactions: { lifetime: 3, last7Days: 2, last30Days: 3 },
      orderEvents: { lifetime: 3, last7Days: 0, last30Days: 2 },
      marketing: { lifetime: 1, last7Days: 1, last30Days: 1 },
    });
    expect(profile.exact(fold(events), NOON, parameters)).toEqual({
      ...{ interactions: 3, interactions7: 2, interactions30: 3 },
      ...{ orderEvents: 3, orderEvents7: 0, orderEvents30: 2 },
      ...{ marketing: 1, marketing7: 1, marketing30: 1, daysSinceLastSeen: 0 },
    });
  });

  test('count a step of an order once, however often and under whichever eventId it is sent; placed and paid are two', () => {
    const [placed, paid] = [order(NOON - 2, 'placed'), order(NOON - 1, 'paid')];
    const first = { ...paid, data: { ...paid.data, orderId: 'A' } } as TimelineEvent;
    const state = fold([{ ...placed, data: { ...placed.data, orderId: 'A' } } as TimelineEvent, first]);
    expect(state.lifetime).toEqual([0, 2, 0]);
    expect(evolve(state, againOf(first), NOON)).toBe(state);
    expect(evolve(state, againOf(first), NOON + 399 * DAY_MS)).toBe(state);
    expect(evolve(state, order(NOON - 401 * DAY_MS), NOON)).toBe(state);
  });

  test('fall at midnight, 7 and 30 days after the day of the event, with nothing due for it', () => {
    const state = fold([interaction(TODAY), interaction(NOON)]);
    const countsAt = (at: number) => {
      const { interactions7, interactions30 } = exactAt(state, at);
      return [interactions7, interactions30];
    };
    expect(countsAt(TODAY + 7 * DAY_MS - 1)).toEqual([2, 2]);
    expect(countsAt(TODAY + 7 * DAY_MS)).toEqual([0, 2]);
    expect(countsAt(TODAY + 30 * DAY_MS - 1)).toEqual([0, 2]);
    expect(countsAt(TODAY + 30 * DAY_MS)).toEqual([0, 0]);
    expect(profile.view(state, NOON as TimeMs, parameters)).toBeNull();
    expect(profile.nextDueAt(state, NOON as TimeMs, parameters)).toBeNull();
  });

  test('count an event of tomorrow at once, and until tomorrow leaves the window', () => {
    const late = TODAY + DAY_MS - MINUTE_MS;
    const state = fold([interaction(late + 5 * MINUTE_MS)], late);
    expect(exactAt(state, late)).toMatchObject({ interactions7: 1, interactions30: 1 });
    expect(exactAt(state, TODAY + 8 * DAY_MS - 1)).toMatchObject({ interactions7: 1 });
    expect(exactAt(state, TODAY + 8 * DAY_MS)).toMatchObject({ interactions7: 0, interactions30: 1 });
  });

  test('keep no day that no window can see any more', () => {
    const daily = Array.from({ length: 100 }, (_, day) => TODAY - (99 - day) * DAY_MS);
    const state = daily.reduce((before, time) => evolve(before, interaction(time), time), profile.initial);
    expect(state.days.map(([day]) => day)).toEqual(Array.from({ length: 30 }, (_, day) => 19_971 + day));
    expect(fold([interaction(TODAY - 40 * DAY_MS)]).days).toEqual([]);
  });
});

describe('interests', () => {
  test('halve every 30 days, the strongest first; an interaction without a category has none', () => {
    const events = [
      interaction(NOON, 'shoes'),
      interaction(NOON, 'shoes'),
      interaction(NOON, 'hats'),
      interaction(NOON),
    ];
    const [shoes, hats, ...more] = describeAt(events, NOON + 60 * DAY_MS).interests;
    expect([shoes?.category, hats?.category, more]).toEqual(['shoes', 'hats', []]);
    expect(shoes?.score).toBeCloseTo(0.5, 12);
    expect(hats?.score).toBeCloseTo(0.25, 12);
  });

  test('are let go of when nobody looked for two years, and by then a late one leaves nothing', () => {
    const events = [interaction(NOON - 730 * DAY_MS, 'shoes'), interaction(NOON, 'hats')];
    for (const arrivals of [events, events.toReversed()]) {
      expect(fold(arrivals).interests[1]).toEqual([['hats', 1]]);
    }
  });

  const twenty = Array.from({ length: 20 }, (_, index) => `c${index + 10}`);
  const categoriesOf = (events: readonly TimelineEvent[]) => fold(events).interests[1].map(([category]) => category);
  const strong = twenty.flatMap((category) => [interaction(NOON - 2, category), interaction(NOON - 1, category)]);

  test('past their bound, the weakest gives way to a new one, the later by name of two as weak', () => {
    expect(categoriesOf([...strong, interaction(NOON, 'new')])).toEqual([...twenty.slice(0, -1), 'new']);
    const strengthened = [...strong, interaction(NOON, 'c29'), interaction(NOON, 'new')];
    expect(categoriesOf(strengthened)).toEqual([...twenty.filter((category) => category !== 'c28'), 'new']);
  });

  test('past their bound, a new one that comes late and is weaker than all is not kept', () => {
    expect(categoriesOf([...strong, interaction(NOON - DAY_MS, 'new')])).toEqual(twenty);
    const weak = twenty.map((category) => interaction(NOON - 60 * DAY_MS, category));
    const late = [...weak, interaction(NOON, 'c10'), interaction(NOON - DAY_MS, 'new')];
    expect(categoriesOf(late)).toEqual([...twenty.slice(0, -1), 'new']);
  });
});

describe('marketing engagement', () => {
  const times = (count: number, kind: MarketingKind) => Array.from({ length: count }, () => marketing(NOON, kind));

  test('has rates over what was delivered, else over what was sent, else none', () => {
    const engaged = [...times(2, 'opened'), ...times(1, 'clicked')];
    const ratesOf = (events: readonly TimelineEvent[]) => {
      const { openRate, clickRate } = describeAt(events).marketing;
      return [openRate, clickRate];
    };
    expect(ratesOf([...engaged, ...times(8, 'sent'), ...times(4, 'delivered')])).toEqual([0.5, 0.25]);
    expect(ratesOf([...engaged, ...times(8, 'sent')])).toEqual([0.25, 0.125]);
    expect(ratesOf(engaged)).toEqual([null, null]);
  });

  test('is kept in one order of kinds, whichever came first', () => {
    const events = MARKETING_KINDS.flatMap((kind) => times(1, kind));
    expect(JSON.stringify(fold(events.toReversed()).marketing)).toBe(JSON.stringify(fold(events).marketing));
  });
});

test('a channel past the bound pushes out the one that was not seen for longest, of one time the last by name', () => {
  const channels = Array.from({ length: 20 }, (_, index) => `c${index + 10}`);
  const seen = channels.map((channel) => interaction(channel < 'c15' ? NOON - 1 : NOON, null, channel));
  const state = fold([...seen, marketing(NOON, 'sent', 'c00')]);
  const kept = ['c00', ...channels.filter((channel) => channel !== 'c14')];
  expect(state.channels.map(([channel]) => channel)).toEqual(kept);
  expect(fold([...seen, marketing(NOON - 2, 'sent', 'c00')]).channels).toEqual(fold(seen).channels);
});

test('a customer of whom nothing is known was never seen; one who only gave a name was', () => {
  expect(exactAt(profile.initial, NOON)['daysSinceLastSeen']).toBeNull();
  const state = fold([identity(NOON - DAY_MS / 2, { name: 'Ada' })]);
  expect(exactAt(state, NOON)['daysSinceLastSeen']).toBe(0.5);
});

describe('in the store', () => {
  const bytesOf = (events: readonly TimelineEvent[]) => {
    const state = fold(events.toSorted((a, b) => a.data.occurredAt - b.data.occurredAt));
    return JSON.stringify({ state, view: null }).length;
  };
  /** 20 events, `days` apart. */
  const eventsApart = (days: number) => {
    const at = (index: number) => NOON - index * days * DAY_MS;
    const traits = { country: 'PT', language: 'pt' };
    return [
      identity(at(19), traits, [{ channel: 'email', purpose: 'marketing', granted: true }], 'crm-123456'),
      ...[0, 3, 4, 5, 7, 8, 9, 12, 13, 17].map((index) => interaction(at(index), index % 2 === 0 ? 'shoes' : 'hats')),
      ...[1, 10, 18].map((index) => order(at(index))),
      ...[2, 6, 11, 14].map((index) => marketing(at(index), 'sent')),
      ...[15, 16].map((index) => marketing(at(index), 'opened')),
    ];
  };

  test('a customer with 20 events in a year takes at most 450 bytes, one with 20 in a month at most 650', () => {
    expect(eventsApart(1)).toHaveLength(20);
    expect(bytesOf(eventsApart(19))).toBeLessThanOrEqual(450);
    expect(bytesOf(eventsApart(1.5))).toBeLessThanOrEqual(650);
  });
});

const PAST_MS = 45 * DAY_MS;
const anyTime = fc.oneof(
  fc.integer({ min: -PAST_MS, max: 5 * MINUTE_MS }).map((age) => NOON + age),
  fc.tuple(fc.integer({ min: -45, max: 0 }), fc.constantFrom(-1, 0, 1)).map(([day, ms]) => TODAY + day * DAY_MS + ms),
  fc.constant(NOON),
);
const anyConsent = fc.record({
  channel: fc.constantFrom('email', 'sms'),
  purpose: fc.constantFrom('marketing', 'analytics'),
  granted: fc.boolean(),
});
const anyEvent: fc.Arbitrary<TimelineEvent> = fc.oneof(
  fc
    .tuple(anyTime, fc.constantFrom(null, 'shoes', 'hats', 'books'), fc.constantFrom('web', 'app', '__proto__'))
    .map((fields) => interaction(...fields)),
  fc.tuple(anyTime, fc.constantFrom(...ORDER_STATUSES)).map((fields) => order(...fields)),
  fc
    .tuple(anyTime, fc.constantFrom(...MARKETING_KINDS), fc.constantFrom('email', 'app'))
    .map((fields) => marketing(...fields)),
  fc
    .tuple(
      anyTime,
      fc.dictionary(fc.constantFrom('city', 'name', '7', '__proto__'), fc.constantFrom('a', 'b', 'c')),
      fc.array(anyConsent, { maxLength: 3 }),
      fc.constantFrom('i1', 'i2', 'i3'),
    )
    .map((fields) => identity(...fields)),
);
/** Some orders are sent again. */
const anyEvents = fc
  .tuple(fc.array(anyEvent, { maxLength: 50 }), fc.array(fc.nat(49), { maxLength: 10 }))
  .map(([all, again]) => {
    const sent = again.map((index) => all[index]).filter((event) => event?.type === 'order');
    return [...all, ...sent.map(againOf)];
  });
const anyDelayMs = fc.oneof(fc.constant(0), fc.nat(10 * DAY_MS), fc.nat(60 * DAY_MS));
const shuffledFrom = (events: fc.Arbitrary<TimelineEvent[]>) =>
  events.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));

/** Every event rounds a score once, by half a millionth at most; one that rounds to 0 is not there. */
function expectSameProfile(found: ProfileNow, expected: ProfileNow, events: number): void {
  expect({ ...found, interests: [] }).toEqual({ ...expected, interests: [] });
  const scoresOf = ({ interests }: ProfileNow) => new Map(interests.map(({ category, score }) => [category, score]));
  const [foundScores, expectedScores] = [scoresOf(found), scoresOf(expected)];
  for (const category of new Set([...foundScores.keys(), ...expectedScores.keys()])) {
    const difference = (foundScores.get(category) ?? 0) - (expectedScores.get(category) ?? 0);
    expect(Math.abs(difference)).toBeLessThanOrEqual(0.5e-6 * events + 1e-12);
  }
}

describe('properties', () => {
  test('the fold equals the batch in any order of arrival, early or late (interests to half a millionth an event)', () => {
    fc.assert(
      fc.property(shuffledFrom(anyEvents), anyDelayMs, ([events, shuffled], delayMs) => {
        const at = (NOON + delayMs) as TimeMs;
        const expected = profileOf(events, at);
        for (const arrivals of [events, shuffled]) {
          expectSameProfile(describeProfile(fold(arrivals), at), expected, events.length);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('the fold equals the batch when stream time moves on between events', () => {
    fc.assert(
      fc.property(anyEvents, fc.array(fc.nat(2 * DAY_MS), { minLength: 60, maxLength: 60 }), (events, steps) => {
        let at: number = NOON;
        let state = profile.initial;
        for (const [index, event] of events.entries()) {
          at += steps[index] ?? 0;
          state = evolve(freeze(roundTrip(state)), event, at);
        }
        expectSameProfile(describeProfile(state, at as TimeMs), profileOf(events, at as TimeMs), events.length);
        expect(state.days.length).toBeLessThanOrEqual(31);
      }),
      { numRuns: 200 },
    );
  });

  test('the state is plain JSON: the same bytes whether or not it went through the store between events', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const kept = events.reduce<ProfileState>((state, event) => evolve(state, event, NOON), profile.initial);
        expect(JSON.stringify(kept)).toBe(JSON.stringify(fold(events)));
        expect(roundTrip(kept)).toStrictEqual(kept);
      }),
    );
  });

  test('past the bounds, traits, consents and the channels kept are still the same in any order of arrival', () => {
    const times = fc.integer({ min: -20, max: 0 }).map((age) => NOON + age);
    const names = fc.nat(250).map((index) => `n${index}`);
    const many = fc.array(
      fc.oneof(
        fc
          .tuple(
            times,
            fc.dictionary(names, fc.constantFrom('a', 'b', null), { minKeys: 20, maxKeys: 60 }),
            fc.array(names),
          )
          .map(([time, traits, purposes]) =>
            identity(
              time,
              traits,
              purposes.map((purpose) => ({ channel: 'email', purpose, granted: true })),
            ),
          ),
        fc.tuple(times, fc.constant(null), fc.nat(40).map(String)).map((fields) => interaction(...fields)),
      ),
      { minLength: 40, maxLength: 80 },
    );
    fc.assert(
      fc.property(shuffledFrom(many), ([events, shuffled]) => {
        const batch = profileOf(events, NOON);
        const newestChannels = batch.channels
          .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt)
          .slice(0, 20)
          .map(({ channel, lastSeenAt }) => [channel, lastSeenAt])
          .sort();
        for (const arrivals of [events, shuffled]) {
          const { traits, consents, channels } = describeProfile(fold(arrivals), NOON);
          expect({ traits, consents }).toEqual({ traits: batch.traits, consents: batch.consents });
          expect(channels.map(({ channel, lastSeenAt }) => [channel, lastSeenAt]).sort()).toEqual(newestChannels);
        }
      }),
      // To shrink histories of this size takes minutes.
      { numRuns: 15, endOnFailure: true },
    );
  });

  test('past their bound, interests are 20 and above the true scores by no more than rounding', () => {
    const looks = fc.array(fc.tuple(anyTime, fc.nat(40).map(String)), { minLength: 60, maxLength: 100 });
    fc.assert(
      fc.property(looks, (all) => {
        const events = all.map((fields) => interaction(...fields));
        const held = describeProfile(fold(events), NOON).interests;
        const batch = profileOf(events, NOON).interests;
        const scores = new Map(batch.map(({ category, score }) => [category, score]));
        expect(held).toHaveLength(Math.min(20, batch.length));
        for (const { category, score } of held) {
          expect(score).toBeLessThanOrEqual((scores.get(category) ?? 0) + 0.5e-6 * events.length);
        }
      }),
      { numRuns: 40 },
    );
  });
});
