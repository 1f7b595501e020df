import { isDeepStrictEqual } from 'node:util';
import { LANES_DEFAULT } from '@tidemark/contracts';
import { DAY_MS, isOn, type Policy, scoreNames, type TimeMs } from '@tidemark/domain';
import { type EmbeddedReader, readEmbedded } from '@tidemark/embedded';
import { scores } from '@tidemark/pipeline';
import { defaultPolicy, policyDocument } from '@tidemark/policy';
import { type Dataset, openDataset } from '@tidemark/replay';
import type { LogRecord, Topic } from '@tidemark/stream';
import { readLane } from '@tidemark/stream';
import { beforeAll, expect, test } from 'vitest';
import { OutputHash, readOutputHashes } from './output-hashes.ts';
import { plainTimelines } from './plain-timeline.ts';
import { type LoggedViewChange, type TierChange, tierChangesOfLane, viewChangesOfLane } from './read-folder.ts';
import { type CustomerRows, endOf, readCustomerRows } from './source-rows.ts';
import { startUp, temporaryFolder, type UpSummary } from './start-up.ts';
import { type ExpectedChange, tierChangesOf, tierStepsByDomain } from './tier-histories.ts';
import { type ViewHistories, viewHistoriesOf } from './view-histories.ts';

/**
 * A moment at which a sum of decaying parts crosses a bound is computed in two ways whose roundings differ by some 1e-15.
 * A millisecond changes the sum by 6e-10 of itself, so a few in a million crossings lie so close to the boundary between
 * two milliseconds that the two disagree. Usually none does.
 */
const ROUNDED_MAX = { rfm: 0, behaviour: 5, churn: 5, tier: 5 };
/** Those whose histories are computed here by brute force. */
const SCORES = ['rfm', 'behaviour', 'churn'] as const;
/** Differences shown of those found. */
const SHOWN_MAX = 3;

/** The batch is asked for one customer in so many; for all of them, with `EVERY=1` in the environment, it takes minutes. */
const EVERY = Number(process.env['EVERY'] ?? 24);
/** Of those, one in so many is enough where another way is compared, or another policy. */
const EVERY_OTHER = Math.max(1, Math.round(72 / EVERY));

const policy = defaultPolicy();
const folder = temporaryFolder();
let dataset: Dataset;
let summary: UpSummary;
/** Those of whom the batch is asked. */
let customers: readonly CustomerRows[];
let histories: readonly ViewHistories[];
/** All that the replay told, by customer. */
let tierChanges: ReadonlyMap<string, readonly TierChange[]>;
let until: TimeMs;

beforeAll(async () => {
  summary = await startUp(folder).summary();
  dataset = await openDataset({ source: { kind: 'cdnow' }, simulated: true });
  until = endOf(dataset);
  customers = everyNth(readCustomerRows(dataset, LANES_DEFAULT), EVERY);
  histories = customers.map(({ rows }) => viewHistoriesOf(rows, policy, until));
  tierChanges = await byCustomer((reader, lane) => tierChangesOfLane(reader, lane).then(({ changes }) => changes));
});

test('an independent batch confirms every tier change of the replay, silence included', () => {
  const comparison = new Comparison();
  let changes = 0;
  let bySilence = 0;
  for (const [i, { customerId, rows }] of customers.entries()) {
    const expected = tierChangesOf(rows, historiesOf(i), policy, until);
    changes += expected.length;
    bySilence += expected.filter((change) => change.bySilence).length;
    comparison.compare(customerId, expected, (tierChanges.get(customerId) ?? []).map(asExpected));
  }
  console.log(`${changes} tier changes of ${customers.length} customers, ${bySilence} by silence; ${comparison}`);
  comparison.expectNone(ROUNDED_MAX.tier);
  expect(bySilence).toBeGreaterThan(0);
  const all = [...tierChanges.values()].flat().map(asExpected);
  expect(summary.tierChanges).toBe(all.length);
  expect(summary.tierChangesBySilence).toBe(all.filter((change) => change.bySilence).length);
});

test.for(SCORES)('an independent batch confirms every change of the view of %s', async (score) => {
  const found = await byCustomer((reader, lane) => viewChangesOfLane(reader, score, lane));
  const comparison = new Comparison();
  let changes = 0;
  let bySilence = 0;
  for (const [i, { customerId }] of customers.entries()) {
    const history = historiesOf(i).get(score) ?? [];
    const expected = history.map(({ at, row, view }) => ({ at, view, bySilence: row === null }));
    changes += expected.length;
    bySilence += expected.filter((change) => change.bySilence).length;
    comparison.compare(customerId, expected, (found.get(customerId) ?? []).map(withoutCustomer));
  }
  console.log(`${changes} changes of ${score}, ${bySilence} by silence; ${comparison}`);
  comparison.expectNone(ROUNDED_MAX[score]);
  expect(bySilence).toBeGreaterThan(0);
});

test.for(shiftedPolicies())('the batch notices %s', ([, shifted]) => {
  const comparison = new Comparison();
  for (const { customerId, rows } of everyNth(customers, EVERY_OTHER)) {
    const expected = tierChangesOf(rows, viewHistoriesOf(rows, shifted, until), shifted, until);
    comparison.compare(customerId, expected, (tierChanges.get(customerId) ?? []).map(asExpected));
  }
  expect(comparison.different).toBeGreaterThan(0);
});

test("the batch's tiers are those of the domain's own tierHistory", () => {
  // Its cost grows with the square of all sums of graces and stays that the span holds.
  const spanMs = 120 * DAY_MS;
  let steps = 0;
  for (const [i, { rows }] of customers.entries()) {
    const start = rows[0]?.at;
    if (i % EVERY_OTHER !== 0 || start === undefined) continue;
    const end = Math.min(start + spanMs, until) as TimeMs;
    const expected = tierStepsByDomain(rows, historiesOf(i), policy, end);
    const found = tierChangesOf(rows, historiesOf(i), policy, until)
      .filter(({ at }) => at <= end)
      .map(({ at, to, points }) => ({ at, tier: to, points }));
    expect(found).toEqual(expected);
    steps += expected.length;
  }
  expect(steps).toBeGreaterThan(0);
});

test('the timeline is, record for record, what the data set says', async () => {
  const replay = { dataset, policy, policyDocument: policyDocument(policy), lanes: LANES_DEFAULT };
  let records = 0;
  await readEmbedded(folder, async (reader) => {
    for (const [lane, timeline] of plainTimelines(replay).entries()) {
      const found = readLane(reader.log, 'timeline', lane);
      for (const expected of timeline) {
        const { value } = await found.next();
        if (!isSameRecord(expected, value)) expect(value, `lane ${lane}`).toEqual(expected);
        records += 1;
      }
      expect(await found.next(), `lane ${lane}`).toMatchObject({ done: true });
    }
  });
  expect(records).toBeGreaterThan(dataset.size);
});

test('the replay puts out the very bytes of the plain fold', async () => {
  const expected = readOutputHashes()?.folds;
  const topics = new Map<string, Topic>(
    scoreNames.filter((name) => isOn(name, policy)).map((name) => [name, scores[name].changeTopic]),
  );
  for (const [fold, topic] of topics.set('tier', 'tier-changes')) {
    expect(await hashOutputs(topic), fold).toEqual(expected?.[fold]?.sha256);
  }
});

/** Whenever it was appended. */
function isSameRecord(expected: LogRecord, found: LogRecord | undefined): boolean {
  return (
    found?.offset === expected.offset &&
    isSameBytes(found.key, expected.key) &&
    isSameBytes(found.value, expected.value) &&
    isDeepStrictEqual({ ...found.headers }, { ...expected.headers })
  );
}

function isSameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

/** Policies in each of which one number is a little off. */
function shiftedPolicies(): readonly (readonly [string, Policy])[] {
  const { rfm, behaviour, churn, tiers } = policy;
  const [firstCut, ...otherCuts] = rfm.recencyDays;
  return [
    [
      'a cut of recency shifted by a minute',
      { ...policy, rfm: { ...rfm, recencyDays: [firstCut + 1 / 1440, ...otherCuts] } },
    ],
    ['a window longer by a day', { ...policy, rfm: { ...rfm, windowDays: rfm.windowDays + 1 } }],
    [
      'a bound of behaviour shifted by a millionth',
      { ...policy, behaviour: { ...behaviour, bands: { ...behaviour.bands, cool: behaviour.bands.cool * 1.000001 } } },
    ],
    [
      'a bound of churn shifted by a millionth',
      { ...policy, churn: { ...churn, bands: { ...churn.bands, high: churn.bands.high * 1.000001 } } },
    ],
    ['a grace longer by a second', { ...policy, tiers: { ...tiers, graceDays: tiers.graceDays + 1 / 86_400 } }],
  ];
}

/** Counts what differs between expected and found changes of customers, and keeps the first few. */
class Comparison {
  different = 0;
  /** Alike but for a millisecond, of a change by silence. */
  rounded = 0;
  readonly #shown: unknown[] = [];

  compare<Change extends { readonly at: TimeMs; readonly bySilence: boolean }>(
    customerId: string,
    expected: readonly Change[],
    found: readonly Change[],
  ): void {
    for (let i = 0; i < Math.max(expected.length, found.length); i++) {
      const [a, b] = [expected[i], found[i]];
      if (JSON.stringify(a) === JSON.stringify(b)) continue;
      if (a !== undefined && b !== undefined && isRounded(a, b)) {
        this.rounded += 1;
        continue;
      }
      this.different += 1;
      if (this.#shown.length < SHOWN_MAX) this.#shown.push({ customerId, number: i + 1, expected: a, found: b });
    }
  }

  expectNone(roundedMax: number): void {
    expect(this.#shown, `${this.different} differ`).toEqual([]);
    expect(this.rounded).toBeLessThanOrEqual(roundedMax);
  }

  toString(): string {
    return `${this.different} differ, ${this.rounded} by a rounded millisecond`;
  }
}

function isRounded<Change extends { readonly at: TimeMs; readonly bySilence: boolean }>(a: Change, b: Change): boolean {
  return a.bySilence && Math.abs(a.at - b.at) === 1 && JSON.stringify({ ...a, at: b.at }) === JSON.stringify(b);
}

/** A record of tier-changes in the words of the batch. */
function asExpected(change: TierChange): ExpectedChange {
  const { from, to, direction, points, reasons, causes } = change;
  const names = causes.map(({ score }) => score).filter((score) => score !== null);
  return {
    change: change.change,
    at: change.effectiveAt,
    from,
    to,
    direction,
    points,
    reasons,
    bySilence: causes.every(({ kind }) => kind === 'silence'),
    eventId: causes.find(({ eventId }) => eventId !== null)?.eventId ?? null,
    scores: [...new Set(names)].sort(),
  };
}

function withoutCustomer({ customerId: _, ...change }: LoggedViewChange) {
  return change;
}

async function byCustomer<Change extends { readonly customerId: string }>(
  changesOfLane: (reader: EmbeddedReader, lane: number) => Promise<readonly Change[]>,
): Promise<ReadonlyMap<string, readonly Change[]>> {
  return readEmbedded(folder, async (reader) => {
    const changes: Change[] = [];
    for (let lane = 0; lane < reader.log.lanes; lane++)
      for (const change of await changesOfLane(reader, lane)) changes.push(change);
    return Map.groupBy(changes, ({ customerId }) => customerId);
  });
}

async function hashOutputs(topic: Topic): Promise<string> {
  return readEmbedded(folder, async (reader) => {
    const hash = new OutputHash();
    for (let lane = 0; lane < reader.log.lanes; lane++) {
      for await (const { key, value, headers } of readLane(reader.log, topic, lane)) {
        if (headers['type'] === 'change' && key !== null && value !== null) hash.add(key, value);
      }
    }
    return hash.result().sha256;
  });
}

function historiesOf(customer: number): ViewHistories {
  const ofCustomer = histories[customer];
  if (ofCustomer === undefined)
    throw new RangeError(`expected a customer below ${histories.length}, found ${customer}`);
  return ofCustomer;
}

function everyNth<Item>(items: readonly Item[], n: number): readonly Item[] {
  return items.filter((_, i) => i % n === 0);
}
