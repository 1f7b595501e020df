import { type CustomerId, compareCustomerIds, type Policy, type TimeMs } from '@tidemark/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../errors.ts';
import type { LaneFold, OutputIdentity, ScoreChange } from '../folds/lane-fold.ts';
import { waitingFold } from '../folds/waiting-score.testing.ts';
import type { FacetWrite, LaneRead, StoredFacet } from '../ports/profile-store.ts';
import type { PolicyInForce, TimelineReader, TimelineRecord } from '../timeline-record.ts';
import type { FoldContext } from './chunk.ts';
import { foldChunk } from './fold-chunk.ts';
import { LaneCustomers } from './lane-customers.ts';
import { initialMeta, type LaneMeta, type PolicyMeta } from './lane-meta.ts';
import type { JoinedRecord } from './record-steps.ts';
import { compareTimers } from './timer-queue.ts';

/** A level that events raise by 3 and that falls by 1 every `stepMs`, told whenever it changes. */
interface Level {
  readonly level: number;
  readonly since: TimeMs;
}

const toyFold: LaneFold<Level, { readonly stepMs: number }, number> = {
  service: 'toy',
  stateName: 'toy',
  version: 1,
  firstVersion: 1,
  changeTopic: 'toy-changes',
  tellsProgress: false,
  recordPhase: 1,
  rulesOf: ({ number }) => ({ stepMs: number }),
  wants: ({ type }) => type === 'interaction',
  step(facet, { event, timer, policyChanged, record }, at, { stepMs }) {
    if (record.eventId === 'throw' && event !== null) throw new TypeError('a bug');
    const before = facet ?? { level: 0, since: at };
    const level = Math.max(0, before.level + (event === null ? 0 : 3) - (timer ? 1 : 0) + (policyChanged ? 1 : 0));
    const next = level === before.level ? before : { level, since: at };
    const due = level === 0 ? null : ((at + stepMs) as TimeMs);
    return {
      facet: level === 0 && facet === undefined ? undefined : next,
      due,
      change: level === before.level ? null : level,
    };
  },
  labelOf: ({ level }) => (level === 0 ? null : `level ${level}`),
  encode: (level, identity) => ({
    value: new TextEncoder().encode(JSON.stringify({ level, ...identity })),
    headers: {},
  }),
  encodeProgress: () => ({ value: new Uint8Array(), headers: {} }),
  encodeDeadLetter: ({ reason, at, refused }) => ({
    value: new TextEncoder().encode(JSON.stringify({ reason, at, offset: refused.offset })),
    headers: {},
  }),
  takeover: null,
};

const reader: TimelineReader = {
  record: () => {
    throw new Error('not used');
  },
  event: ({ eventId }) => ({ type: 'interaction', data: { eventId: eventId?.slice(1) } as never }),
  policy: ({ logTime }) => {
    const number = (logTime % 5) + 1;
    return { number, document: String(number), format: 1 + (number % 2), policy: policyNamed(String(number)) };
  },
  cutover: () => {
    throw new Error('not used');
  },
  policyOf: policyNamed,
};

function inForce({ number, document, format = 1 }: PolicyMeta): PolicyInForce {
  return { number, document, format, policy: policyNamed(document) };
}

function policyNamed(name: string): Policy {
  return { name } as Policy;
}

describe('folding in chunks', () => {
  test('gives the same outputs, facets, timers and meta however the chunks fall, and whoever is kept in memory', () => {
    fc.assert(
      fc.property(timelines(), bounds(), (timeline, small) => {
        expect(foldAll(timeline, small)).toEqual(foldAll(timeline, NO_BOUNDS));
      }),
      { numRuns: 200 },
    );
  });

  test('a record that is no step of the fold moves the clock, and its event stays unread', () => {
    const { meta, outputs, steps, fault } = foldOnce([eventAt(1, 'a', 5), unreadAt(2, 'order'), unreadAt(3, 'order')]);
    expect(meta).toMatchObject({ streamTime: 8, place: { offset: 3, cursor: null }, origins: { interactions: 3 } });
    expect([outputs.length, steps, fault]).toEqual([1, 4, null]);
  });

  test('an event that cannot be read ends the chunk before it, with why', () => {
    const { recordsDone, meta, outputs, fault } = foldOnce([eventAt(1, 'a', 5), unreadAt(2, 'interaction'), tickAt(3)]);
    expect(fault).toMatchObject({ code: 'corrupt-record' });
    expect(meta).toMatchObject({ streamTime: 5, place: { offset: 1, cursor: null }, origins: { interactions: 1 } });
    expect([recordsDone, outputs.length]).toEqual([1, 1]);
  });

  test('the policy of format 1 is kept as builds keep it that know no other; that of a later one says its format', () => {
    const policies = [5, 6].map((logTime) => foldAll([policyAt(0, logTime)], NO_BOUNDS).meta.policy);
    expect(policies.map((policy) => JSON.stringify(policy))).toEqual([
      '{"number":1,"document":"1","format":2}',
      '{"number":2,"document":"2"}',
    ]);
  });

  test('drops a record whose origin was seen, wholly: no step, no stream time', () => {
    const once = foldAll([policyAt(0), eventAt(1, 'a', 5)], NO_BOUNDS);
    const twice = foldAll([policyAt(0), eventAt(1, 'a', 5), eventAt(1, 'a', 900)], NO_BOUNDS);
    expect(twice.outputs).toEqual(once.outputs);
    expect(twice.meta.streamTime).toBe(5);
  });

  test('a fold that throws costs its customer the step and their timer, gives a dead letter, and goes on', () => {
    const poisoned = { ...eventAt(2, 'a', 6), eventId: 'throw' };
    const { outputs, timers, facets } = foldAll(
      [policyAt(0), eventAt(1, 'a', 5), poisoned, eventAt(3, 'b', 7)],
      NO_BOUNDS,
    );
    expect(outputs.map((output) => output.topic)).toEqual([
      'toy-changes',
      'toy-changes',
      'dead-letters',
      'toy-changes',
    ]);
    expect(outputs[2]?.value).toEqual({ reason: 'poison', at: 6, offset: 2 });
    expect(timers.map(({ customerId }) => customerId)).toEqual(['b']);
    expect(facets['a']).toEqual({ level: 2, since: 6 });
  });

  test('timers fire in order of due time before the record, each effective at its due time', () => {
    const { outputs } = foldAll([policyAt(0), eventAt(1, 'b', 1), eventAt(2, 'a', 2), tickAt(3)], NO_BOUNDS);
    const fired = outputs.map(({ value }) => value as OutputIdentity);
    expect(fired.map(({ effectiveAt, customerId }) => `${customerId}${effectiveAt}`)).toEqual([
      'b1',
      'b2',
      'a2',
      'a3',
      'b3',
    ]);
  });

  test('of those it loaded it keeps in memory who had an event, and nobody whose timer alone came due', () => {
    const [a, b] = ['a', 'b'] as [CustomerId, CustomerId];
    const due = [a, b].map((customerId) => ({ customerId, facet: '{"level":1,"since":0}', timer: 1 as TimeMs }));
    const customers = new LaneCustomers<Level>(9, toyFold.labelOf);
    customers.load(due, 'test');
    const rules = { stepMs: 1 };
    foldChunk({ lane: 0, fold: toyFold, reader, customers, bounds: NO_BOUNDS, rules }, initialMeta(1), {
      records: [{ record: eventAt(0, 'b', 1), changes: NO_CHANGES }],
      read: { customers: [], due, scanned: [], firstTimer: due[0]?.timer ?? null },
      dueComplete: true,
      scanComplete: true,
      told: null,
    });
    expect(customers.takeWrites().map(({ customerId }) => customerId)).toEqual([a, b]);
    customers.evict();
    expect([a, b].map((customerId) => customers.has(customerId))).toEqual([false, true]);
  });
});

describe('a score', () => {
  const foldScore = (timeline: readonly TimelineRecord[], bounds = NO_BOUNDS) => foldAll(timeline, bounds, waitingFold);

  test('gives the same changes, letters and facets however the chunks fall, with what it lets go and old rules', () => {
    fc.assert(
      fc.property(timelines(), bounds(), (timeline, small) => {
        expect(foldScore(timeline, small)).toEqual(foldScore(timeline));
      }),
      { numRuns: 200 },
    );
  });

  test('lets go of what waited in vain at its time: a letter each, without bytes, then the change of the same step', () => {
    const { outputs, meta } = foldScore([policyAt(0), eventAt(2, 'a', 1), eventAt(4, 'a', 1), tickAt(5)]);
    const letter = (offset: number) => ({
      topic: 'dead-letters',
      value: { reason: 'order-unknown', at: 2, from: `interactions:${offset}`, key: 'a', value: null },
    });
    const change = (waiting: number, effectiveAt: number) => ({
      topic: 'waiting-changes',
      value: { to: waiting === 0 ? null : { waiting, adopted: 0 }, effectiveAt, customerId: 'a' },
    });
    expect(outputs).toEqual([change(1, 1), change(2, 1), letter(2), letter(4), change(0, 2)]);
    expect([meta.sequence, meta.number]).toEqual([5, 3]);
  });

  test('a refused event leaves all else of its step as it is: what waited in vain goes, with letters before its own', () => {
    // The step that threw took the timer: what waits is let go when something next happens to the customer.
    const timeline = [policyAt(0), eventAt(2, 'a', 1), eventAt(13, 'a', 1), tickAt(14), eventAt(15, 'a', 4)];
    const { outputs, facets } = foldScore(timeline);
    expect(outputs.slice(2).map(({ value }) => value)).toMatchObject([
      { reason: 'order-unknown', at: 4, from: 'interactions:2' },
      { reason: 'too-old', at: 4, from: 'interactions:15' },
      { to: null },
    ]);
    expect(facets['a']).toEqual({ state: { waiting: [], adopted: [] }, view: null });
  });

  test('every customer takes over new rules with those before, also in chunks after a start half-way through', () => {
    const customers = ['a', 'b', 'c', 'd'].map((customer, i) => eventAt(2 * (i + 1), customer, 1));
    const changed = { ...policyAt(20), logTime: 3 as TimeMs };
    const chunks = { ...NO_BOUNDS, customersMax: 1 };
    for (const bounds of [NO_BOUNDS, chunks]) {
      const { facets } = foldScore([{ ...policyAt(0), logTime: 0 as TimeMs }, ...customers, changed], bounds);
      for (const facet of Object.values(facets)) expect(facet).toMatchObject({ state: { adopted: [[3, 1, 4]] } });
      expect(Object.keys(facets)).toHaveLength(4);
    }
  });

  test('with shorter rules, what has waited too long is let go at once, at the time of the rules', () => {
    const long = { ...policyAt(0), logTime: 4 as TimeMs };
    const short = { ...policyAt(3), logTime: 5 as TimeMs };
    const { outputs } = foldScore([long, eventAt(2, 'a', 4), { ...short, logTime: 10 as TimeMs }]);
    expect(outputs[1]?.value).toMatchObject({ reason: 'order-unknown', at: 9 });
    const early = foldScore([long, eventAt(2, 'a', 4), short]).outputs;
    expect(early.map(({ value }) => value)).toMatchObject([{ effectiveAt: 4 }, { at: 5 }, { effectiveAt: 5 }]);
  });

  test('an event that changed nothing is noted in its customer’s facet by its origin: the number of all, the newest 50', () => {
    const events = Array.from({ length: 60 }, (_, i) => eventAt(1 + 10 * i, 'a', 1));
    const { facets, notes } = foldScore([policyAt(0), ...events]);
    const newest = events.slice(10).map(({ originText }) => originText);
    expect(facets['a']).toMatchObject({ view: null, noted: { repeat: [60, ...newest] } });
    expect(notes).toEqual(Array(60).fill('repeat'));
  });
});

const NO_BOUNDS = { stepsMax: 1e9, customersMax: 1e9, bytesMax: 1e9, recordsMax: 1e9, cacheMax: 0 };
type Bounds = typeof NO_BOUNDS;

/** What the loop and a store do around `foldChunk`, in memory. Each chunk begins with the rules of the committed meta. */
function foldAll<Facet = Level, Rules = { readonly stepMs: number }, Change = number>(
  timeline: readonly TimelineRecord[],
  { recordsMax, cacheMax, ...chunkBounds }: Bounds,
  fold: LaneFold<Facet, Rules, Change> = toyFold as never,
) {
  const facets = new Map<CustomerId, string>();
  const timers = new Map<CustomerId, TimeMs>();
  const labels = new Map<CustomerId, string | null>();
  const outputs: { topic: string; value: unknown }[] = [];
  const notes: string[] = [];
  const customers = new LaneCustomers<Facet>(cacheMax, (facet) => fold.labelOf(facet));
  customers.forget(true);
  let meta: LaneMeta = initialMeta(1);
  for (let at = 0; at < timeline.length; ) {
    const wave = timeline[at]?.type === 'policy';
    const count = wave ? 1 : untilPolicy(timeline, at, recordsMax);
    const records = timeline.slice(at, at + count).map((record): JoinedRecord => ({ record, changes: NO_CHANGES }));
    const limit = chunkBounds.customersMax;
    const until = Math.max(meta.streamTime, ...records.map(({ record }) => record.logTime));
    const stored = readStore(facets, timers, until, limit, wave ? scanAfter(meta, until) : undefined);
    const read = customers.isWhole ? { ...stored, customers: [], due: [] } : stored;
    const { policy } = meta;
    const rules = policy === null ? null : fold.rulesOf(inForce(policy));
    const context: FoldContext<Facet, Rules, Change> = {
      lane: 0,
      fold,
      reader,
      customers,
      bounds: chunkBounds,
      rules,
    };
    customers.load([...read.customers, ...read.due, ...read.scanned], 'test');
    const chunk = foldChunk(context, meta, {
      records,
      read,
      dueComplete: customers.isWhole || read.due.length < limit,
      scanComplete: read.scanned.length < limit,
      told: null,
    });
    ({ meta } = chunk);
    notes.push(...chunk.notes);
    for (const write of customers.takeWrites()) {
      apply(write, facets, timers);
      if (write.label !== undefined) labels.set(write.customerId, write.label);
    }
    for (const [id, facet] of facets) {
      expect(labels.get(id) ?? null).toBe(fold.labelOf(JSON.parse(facet) as Facet));
    }
    for (const { topic, value } of chunk.outputs)
      outputs.push({ topic, value: JSON.parse(new TextDecoder().decode(value)) });
    customers.evict();
    at += chunk.recordsDone;
  }
  return {
    meta,
    outputs,
    notes,
    facets: Object.fromEntries([...facets].sort().map(([id, facet]) => [id, JSON.parse(facet) as unknown])),
    timers: [...timers].map(([customerId, due]) => ({ customerId, due })).sort(compareTimers),
  };
}

const NO_CHANGES: readonly ScoreChange[] = [];

function untilPolicy(timeline: readonly TimelineRecord[], at: number, max: number): number {
  let count = 0;
  while (count < max && timeline[at + count] !== undefined && timeline[at + count]?.type !== 'policy') count++;
  return count;
}

function scanAfter(meta: LaneMeta, until: number): CustomerId | null {
  const { cursor } = meta.place;
  return cursor !== null && cursor.phase === 1 && cursor.at === until ? cursor.customerId : null;
}

function readStore(
  facets: ReadonlyMap<CustomerId, string>,
  timers: ReadonlyMap<CustomerId, TimeMs>,
  until: number,
  limit: number,
  after: CustomerId | null | undefined,
): LaneRead {
  const stored = (customerId: CustomerId): StoredFacet => ({
    customerId,
    facet: facets.get(customerId) ?? 'null',
    timer: timers.get(customerId) ?? null,
  });
  const due = [...timers]
    .map(([customerId, at]) => ({ customerId, due: at }))
    .filter((timer) => timer.due <= until)
    .sort(compareTimers)
    .slice(0, limit);
  const ids = [...facets.keys()].sort(compareCustomerIds);
  const scanned = after === undefined ? [] : ids.filter((id) => after === null || compareCustomerIds(id, after) > 0);
  return {
    customers: ids.map(stored),
    due: due.map(({ customerId }) => stored(customerId)),
    scanned: scanned.slice(0, limit).map(stored),
    firstTimer: [...timers.values()].sort((a, b) => a - b)[0] ?? null,
  };
}

function apply(write: FacetWrite, facets: Map<CustomerId, string>, timers: Map<CustomerId, TimeMs>): void {
  if (write.facet === null) facets.delete(write.customerId);
  else if (write.facet !== undefined) facets.set(write.customerId, write.facet);
  if (write.timer === null) timers.delete(write.customerId);
  else if (write.timer !== undefined) timers.set(write.customerId, write.timer);
}

/** Records in one chunk of a lane that nobody has folded yet. */
function foldOnce(timeline: readonly TimelineRecord[]) {
  const customers = new LaneCustomers<Level>(10, () => null);
  customers.forget(true);
  const event: TimelineReader['event'] = (record) => {
    if (record.eventId === 'unread') throw new Fault('corrupt-record', 'expected an event, found other bytes');
    return reader.event(record);
  };
  const context = { lane: 0, fold: toyFold, reader: { ...reader, event }, customers, bounds: NO_BOUNDS };
  const records = timeline.map((record) => ({ record, changes: NO_CHANGES }));
  const read = { customers: [], due: [], scanned: [], firstTimer: null };
  const input = { records, read, dueComplete: true, scanComplete: true, told: null };
  return foldChunk({ ...context, rules: { stepMs: 9 } }, initialMeta(1), input);
}

function unreadAt(offset: number, type: string): TimelineRecord {
  return { ...eventAt(offset, 'a', 5 + offset), type, eventId: 'unread' };
}

function timelines(): fc.Arbitrary<TimelineRecord[]> {
  const kind = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', '\u{1f600}', '\uffff') },
    { weight: 2, arbitrary: fc.constant('tick') },
    { weight: 1, arbitrary: fc.constant('policy') },
    { weight: 1, arbitrary: fc.constant('again') },
  );
  const entries = fc.array(fc.record({ kind, gap: fc.integer({ min: -2, max: 6 }) }), { maxLength: 25 });
  return entries.map((drawn) => {
    let time = 2;
    const timeline = [policyAt(0)];
    for (const entry of drawn) {
      time = Math.max(0, time + entry.gap);
      const offset = timeline.length;
      if (entry.kind === 'tick') timeline.push({ ...tickAt(offset), logTime: time as TimeMs });
      else if (entry.kind === 'policy') timeline.push({ ...policyAt(offset), logTime: time as TimeMs });
      else if (entry.kind === 'again') timeline.push({ ...(timeline.at(-1) as TimelineRecord), offset });
      else timeline.push(eventAt(offset, entry.kind, time));
    }
    return timeline;
  });
}

function bounds(): fc.Arbitrary<Bounds> {
  const small = fc.integer({ min: 1, max: 4 });
  return fc.record({
    stepsMax: small,
    customersMax: small,
    bytesMax: fc.constantFrom(1, 100),
    recordsMax: small,
    cacheMax: fc.constantFrom(0, 2, 3, 1e9),
  });
}

function eventAt(offset: number, customer: string, logTime: number): TimelineRecord {
  return { ...recordAt(offset, 'interaction', logTime), customerId: customer as CustomerId, eventId: `e${offset}` };
}

function tickAt(offset: number): TimelineRecord {
  return { ...recordAt(offset, 'tick', 3), origin: null, originText: null };
}

function policyAt(offset: number, logTime = 0): TimelineRecord {
  return recordAt(offset, 'policy', logTime);
}

function recordAt(offset: number, type: string, logTime: number): TimelineRecord {
  return {
    offset,
    type,
    customerId: null,
    logTime: logTime as TimeMs,
    origin: { topic: 'interactions', offset },
    originText: `interactions:${offset}`,
    eventId: null,
    clock: 'event',
    rawAppendedAtMs: null,
    schema: null,
    source: { offset, key: null, value: null, headers: {}, appendedAtMs: 0 },
  };
}
