/**
 * What `explainCustomer` says will happen if nothing comes, against what the pipeline then did: a replay up to one day,
 * asked, and gone on with to a later one, in which many customers had no event.
 */
import { parseCustomerKey, readTimelineHeaders } from '@tidemark/contracts';
import { DAY_MS, scoreNames, type TimeMs } from '@tidemark/domain';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { defaultPolicy } from '@tidemark/policy';
import { type Explanation, explainCustomer, listCustomers, type Reading, readCustomer } from '@tidemark/reading';
import { openDataset } from '@tidemark/replay';
import { readLane } from '@tidemark/stream';
import { beforeAll, expect, test } from 'vitest';
import { tierChangesOfLane, viewChangesOfLane } from './read-folder.ts';
import { replayInto } from './replayed-folder.ts';
import { temporaryFolder } from './start-up.ts';

const asked = Date.UTC(1997, 5, 30) as TimeMs;
const later = Date.UTC(1998, 2, 31) as TimeMs;
const askedAt = asked + DAY_MS - 1;
const laterAt = later + DAY_MS - 1;

const folder = temporaryFolder();
const explanations = new Map<string, Explanation>();
/** What happened after `askedAt`, as texts, by customer and moment. */
const happened = new Map<string, Map<number, string[]>>();
const busy = new Set<string>();

beforeAll(async () => {
  const dataset = await openDataset({ source: { kind: 'cdnow-sample' }, simulated: true });
  const replay = { folder, lanes: 3, dataset, policy: defaultPolicy() };
  await replayInto(replay, asked);
  await readEmbedded(folder, async (reader) => {
    const reading = readingOf(reader);
    for await (const { customer } of listCustomers(reading)) {
      const explanation = await explainCustomer(reading, customer.customerId);
      if (explanation !== null) explanations.set(customer.customerId, explanation);
    }
  });
  await replayInto(replay, later);
  await readEmbedded(folder, async (reader) => {
    for (let lane = 0; lane < reader.log.lanes; lane++) await readLaneAfterwards(reader, lane);
  });
});

test('what is said to happen in silence is what happened then, to the millisecond', () => {
  const counts = { customers: 0, moments: 0, tiers: 0 };
  for (const [customerId, { next }] of explanations) {
    if (busy.has(customerId)) continue;
    // Nothing is said beyond the next change of tier.
    const until = next.at(-1)?.tier == null ? laterAt : Math.min(laterAt, next.at(-1)?.at ?? laterAt);
    const said = next.filter(({ at }) => at <= until).map((step) => [step.at, saidOf(step)]);
    const done = [...(happened.get(customerId) ?? [])]
      .filter(([at]) => at <= until)
      .map(([at, texts]) => [at, texts.sort()]);
    expect(said).toEqual(done.sort(([a], [b]) => Number(a) - Number(b)));
    counts.customers++;
    counts.moments += said.length;
    counts.tiers += next.filter(({ at, tier }) => at <= until && tier !== null).length;
  }
  expect(counts.customers).toBeGreaterThan(500);
  expect(counts.moments).toBeGreaterThan(1_000);
  expect(counts.tiers).toBeGreaterThan(50);
});

test('the attributes of every customer add up to the points of their tier', () => {
  for (const { attributes, tier } of explanations.values()) {
    expect(attributes.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(tier.points, 6);
  }
});

test('every last change is found, with a record or a silence for each cause', () => {
  for (const { lastChange, tier } of explanations.values()) {
    expect(lastChange).toMatchObject({ to: tier.name, effectiveAt: tier.since });
    for (const { kind, score, view, record } of lastChange?.because ?? []) {
      expect(view === null).toBe(score === null);
      expect(record === null).toBe(kind === 'silence');
      if (kind === 'event') expect(record).toMatchObject({ occurredAt: tier.since });
    }
  }
});

test('the next change of a profile is the next of its explanation', async () => {
  await readEmbedded(folder, async (reader) => {
    const reading = readingOf(reader);
    let compared = 0;
    for await (const { customer } of listCustomers(reading)) {
      if (compared++ > 200) return;
      const now = await readCustomer(reading, customer.customerId);
      const explanation = await explainCustomer(reading, customer.customerId);
      const change = explanation?.next.find(({ tier }) => tier !== null);
      expect(now?.tier?.next ?? null).toEqual(change === undefined ? null : { at: change.at, tier: change.tier?.to });
      const dues = scoreNames.flatMap((name) => now?.scores[name]?.next?.at ?? []);
      const first = explanation?.next.find(({ views }) => views.length > 0);
      if (first !== undefined) expect(Math.min(...dues)).toBe(first.at);
    }
  });
});

function readingOf({ log, store }: EmbeddedReader): Reading {
  // The event clock needs no other.
  return { log, store, clock: { now: () => 0 as TimeMs } };
}

async function readLaneAfterwards(reader: EmbeddedReader, lane: number): Promise<void> {
  for await (const { key, headers } of readLane(reader.log, 'timeline', lane)) {
    const customer = parseCustomerKey(key);
    if (customer.ok && readTimelineHeaders(headers).logTime > askedAt) busy.add(customer.customerId);
  }
  for (const score of scoreNames) {
    for (const { customerId, at, view } of await viewChangesOfLane(reader, score, lane)) {
      note(customerId, at, `${score} ${JSON.stringify(view)}`);
    }
  }
  const { changes } = await tierChangesOfLane(reader, lane);
  for (const { customerId, effectiveAt, from, to, points } of changes) {
    note(customerId, effectiveAt, `tier ${from} ${to} ${points}`);
  }
}

function note(customerId: string, at: number, text: string): void {
  if (at <= askedAt) return;
  const moments = happened.get(customerId) ?? new Map<number, string[]>();
  happened.set(customerId, moments.set(at, [...(moments.get(at) ?? []), text]));
}

function saidOf({ views, tier, points }: Explanation['next'][number]): string[] {
  const texts = views.map(({ score, to }) => `${score} ${JSON.stringify(to)}`);
  return [...texts, ...(tier === null ? [] : [`tier ${tier.from} ${tier.to} ${points}`])].sort();
}
