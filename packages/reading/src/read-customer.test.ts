import { DAY_MS, isOn, scoreNames, type TimelineEvent, type TimeMs } from '@tidemark/domain';
import { defaultPolicy } from '@tidemark/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Customer } from './customer.ts';
import { explainCustomer } from './explain-customer.ts';
import { QueryError } from './query-error.ts';
import { readCustomer } from './read-customer.ts';
import { customerOf, daysAgo, FOLD_VERSIONS, metaOf, NOW, order, visit, World } from './world.testing.ts';

const ANNA = customerOf(
  'anna',
  [
    order('o1', daysAgo(200), 12_000),
    order('o2', daysAgo(20), 3_000),
    visit('v1', daysAgo(3)),
    visit('v2', daysAgo(1)),
  ],
  NOW,
);
const anna = ANNA.customerId;

async function worldOf(customer: Customer, meta: Parameters<World['commitCustomer']>[1] = {}): Promise<World> {
  const world = new World();
  await world.commitCustomer(customer, meta);
  return world;
}

test('a customer is everything that the store has of them, with the place of each facet', async () => {
  const { reading } = await worldOf(ANNA);
  const now = await readCustomer(reading, anna);
  expect(now).toMatchObject({ customerId: 'anna', lane: 0, clock: 'event', at: NOW, profile: null });
  for (const name of scoreNames) {
    if (!isOn(name, defaultPolicy())) {
      // What is folded beside, before a policy switches it on, is nobody's yet.
      expect(now?.scores[name]).toBeNull();
      continue;
    }
    expect(now?.scores[name]).toMatchObject({ view: ANNA.scores.get(name)?.view });
    expect(now?.scores[name]?.place).toEqual({ timelineOffset: 100, streamTime: NOW, ageMs: 0 });
  }
  expect(now?.tier).toMatchObject({ tier: ANNA.tier?.tier, points: ANNA.tier?.points, since: NOW });
});

test('of one whom no service knows there is nothing', async () => {
  const { reading } = await worldOf(ANNA);
  expect(await readCustomer(reading, customerOf('bert', [], NOW).customerId)).toBeNull();
  expect(await explainCustomer(reading, customerOf('bert', [], NOW).customerId)).toBeNull();
});

test('a customer with facets and without a tier is known, and cannot be explained', async () => {
  const { reading } = await worldOf({ ...ANNA, tier: null });
  expect(await readCustomer(reading, anna)).toMatchObject({ tier: null, scores: { rfm: { view: expect.anything() } } });
  expect(await explainCustomer(reading, anna)).toBeNull();
});

test('live, the time is that of the wall clock, and time that passed without events counts', async () => {
  const streamTime = daysAgo(60);
  const customer = customerOf('anna', [order('o1', daysAgo(61), 3_000), visit('v1', daysAgo(61))], streamTime);
  const { reading } = await worldOf(customer, { clock: 'live', streamTime });
  const now = await readCustomer(reading, anna);
  expect(now).toMatchObject({ clock: 'live', at: NOW });
  expect(now?.scores.rfm).toMatchObject({ exact: { daysSinceLastOrder: 61 }, place: { ageMs: 60 * DAY_MS } });
  expect(now?.tier?.views['rfm']).toEqual(now?.scores.rfm?.view);
  expect(now?.scores.rfm?.view).not.toEqual(customer.scores.get('rfm')?.view);
  const ahead = await worldOf(customer, { clock: 'live', streamTime: (NOW + 5) as TimeMs });
  expect(await readCustomer(ahead.reading, anna)).toMatchObject({ at: NOW + 5 });
});

test('the attributes add up to the points, and the next changes are those of the scores', async () => {
  const days = fc.double({ min: 0, max: 500, noNaN: true });
  const ago = days.map((count) => Math.floor(NOW - count * DAY_MS));
  const event = fc.oneof(
    ago.map((at) => visit(`v${at}`, at)),
    fc.tuple(ago, fc.nat(100_000)).map(([at, amount]) => order(`o${at}`, at, amount)),
  );
  const inOrder = (events: readonly TimelineEvent[]) =>
    events.toSorted((a, b) => a.data.occurredAt - b.data.occurredAt);
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 12 }).map(inOrder), async (events) => {
      const { reading } = await worldOf(customerOf('anna', events, NOW));
      const explanation = await explainCustomer(reading, anna);
      const now = await readCustomer(reading, anna);
      const sum = explanation?.attributes.reduce((total, { points }) => total + points, 0);
      expect(sum).toBeCloseTo(now?.tier?.points ?? 0, 6);
      expect(explanation?.tier).toMatchObject({ name: now?.tier?.tier, points: now?.tier?.points });
      for (const { inputs, value, score, attribute } of explanation?.attributes ?? []) {
        expect(now?.scores[score]?.view?.[attribute]).toBe(value);
        expect(inputs.length).toBeGreaterThan(0);
      }
      const dues = scoreNames.flatMap((name) => now?.scores[name]?.next?.at ?? []);
      const first = explanation?.next.find(({ views }) => views.length > 0);
      expect(first?.at ?? Number.POSITIVE_INFINITY).toBe(Math.min(...dues));
    }),
    { numRuns: 30 },
  );
});

test("a tier's thresholds are those of the policy, and none below the lowest or above the highest", async () => {
  const { reading } = await worldOf(ANNA);
  const found = await explainCustomer(reading, anna);
  expect(found?.policy).toEqual({ number: 1, name: 'default' });
  const tierNamed = async (tier: string) => {
    const state = ANNA.tier === null ? null : { ...ANNA.tier, tier };
    const explanation = await explainCustomer((await worldOf({ ...ANNA, tier: state })).reading, anna);
    return explanation?.tier;
  };
  expect(await tierNamed('member')).toMatchObject({ leave: null, down: null, up: { name: 'silver' } });
  expect(await tierNamed('platinum')).toMatchObject({ leave: expect.any(Number), down: { name: 'gold' }, up: null });
  expect(await tierNamed('of an older policy')).toMatchObject({ leave: null, down: null, up: null });
});

test('a last change that the log does not have leaves the rest of the explanation', async () => {
  const { reading } = await worldOf(ANNA);
  expect(await explainCustomer(reading, anna)).toMatchObject({ lastChange: null, tier: { name: ANNA.tier?.tier } });
});

test.each([...FOLD_VERSIONS])('state of another version of %s is refused, and says which', async (service, version) => {
  const world = await worldOf(ANNA);
  await world.commit(service, {}, metaOf(service, { foldVersion: version + 7 }));
  await expect(readCustomer(world.reading, anna)).rejects.toMatchObject({
    code: 'other-fold-version',
    message: expect.stringContaining(`${service}, lane 0 of fold version ${version}, found version ${version + 7}`),
  });
});

test('a policy of a newer build is an error that says so, and not a guess', async () => {
  const world = await worldOf(ANNA);
  const policy = { number: 2, document: JSON.stringify(defaultPolicy()), format: 3 };
  await world.commit('rfm', {}, metaOf('rfm', { policy }));
  await expect(readCustomer(world.reading, anna)).rejects.toMatchObject({
    code: 'policy-unreadable',
    message: expect.stringMatching(/^rfm, lane 0: .*found format 3: a newer build wrote it/),
  });
});

test('what the policy says of a tier, and of itself, is told with it', async () => {
  const policy = defaultPolicy();
  const [first, ...higher] = policy.tiers.tiers;
  const label = { und: 'Everybody' };
  const named = ANNA.tier?.tier;
  const tiers = [first, ...higher].map((rule) =>
    rule?.name === named ? { ...rule, label, benefits: ['post'] } : rule,
  );
  const spoken = { ...policy, review: '2027-01-31', utcOffsetMinutes: -210, tiers: { ...policy.tiers, tiers } };
  const world = await worldOf(ANNA);
  await world.commit(
    'tier',
    {},
    metaOf('tier', { policy: { number: 3, document: JSON.stringify(spoken), format: 2 } }),
  );
  expect(await readCustomer(world.reading, anna)).toMatchObject({
    policy: { number: 3, name: 'default', review: '2027-01-31', utcOffset: '-03:30' },
    tier: { labels: label, benefits: ['post'], strategy: null },
  });
});

/** Damage deep in a score's own state is the store's to find: no reader could tell a wrong number from a right one. */
test('damaged state never throws anything but a QueryError, which holds nothing of the customer', async () => {
  const sound = new Map<string, unknown>([...ANNA.scores, ['tier', ANNA.tier]]);
  const metas = new Map([...sound.keys()].map((service) => [service, JSON.parse(metaOf(service))]));
  const damage = fc.oneof(
    { weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    fc.constantFrom(null, undefined, '', 'x', -1, 1e300, [], {}, [null]),
  );
  const place = fc.record({
    service: fc.constantFrom(...sound.keys()),
    isMeta: fc.boolean(),
    path: fc.array(fc.nat(10), { maxLength: 5 }),
    damage,
    cut: fc.option(fc.nat(50)),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(place, async ({ service, isMeta, path, damage: value, cut }) => {
      const world = await worldOf(ANNA);
      const whole = damagedAt(
        isMeta ? metas.get(service) : sound.get(service),
        isMeta || service === 'tier' ? path : path.slice(0, 1),
        value,
      );
      const json = JSON.stringify(whole) ?? '';
      const text = cut === null ? json : json.slice(0, cut);
      if (isMeta) await world.commit(service, {}, text);
      else await world.commit(service, { anna: { facet: text } });
      for (const read of [readCustomer, explainCustomer]) {
        const answer: unknown = await read(world.reading, anna).catch((error) => error);
        if (!(answer instanceof Error)) continue;
        refused++;
        expect(answer).toBeInstanceOf(QueryError);
        expect(answer.message).not.toContain('anna');
      }
    }),
    { numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(20);
});

/** A copy in which something else stands at the path. */
function damagedAt(value: unknown, [head, ...rest]: readonly number[], damage: unknown): unknown {
  if (head === undefined || typeof value !== 'object' || value === null) return damage;
  const entries = Object.entries(value);
  const [name, inner] = entries[head % Math.max(1, entries.length)] ?? [];
  if (name === undefined) return damage;
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  copy[name] = damagedAt(inner, rest, damage);
  return copy;
}
