import type { CustomerId, Policy, TimeMs } from '@tidemark/domain';
import { expect, test } from 'vitest';
import type { LaneFold, StepResult, Told } from '../folds/lane-fold.ts';
import type { TimelineReader, TimelineRecord } from '../timeline-record.ts';
import type { ChunkBounds, FoldContext } from './chunk.ts';
import { foldChunk } from './fold-chunk.ts';
import { LaneCustomers } from './lane-customers.ts';
import { initialMeta, type LaneMeta } from './lane-meta.ts';
import type { ToldBefore } from './mark.ts';
import { cutoverAt } from './stand.ts';

const NO_BOUNDS: ChunkBounds = { stepsMax: 1e9, customersMax: 1e9, bytesMax: 1e9 };

test('a version that folds beside the one in force is silent: it counts, and puts out nothing', () => {
  const { meta, outputs, facets } = foldAll(3, [policy({}), event('anna'), event('anna'), event('poison')]);
  expect([meta.number, meta.sequence, meta.force, outputs]).toEqual([0, 0, undefined, []]);
  expect(facets['anna']).toBe('2');
});

test('at its cutover it tells whoever differs from what was told last, numbered on, and from there all', () => {
  const told = toldBefore(7, { anna: 2, ben: 5, cleo: 1 });
  const records = [policy({}), event('anna'), event('anna'), event('dora'), cutover('count', 3), event('anna')];
  const { meta, outputs } = foldAll(3, records, { told });
  expect(outputs).toEqual(['8 ben 5>0', '9 cleo 1>0', '10 dora 0>1', '11 anna 2>3']);
  expect(meta).toMatchObject({ force: 3, number: 11, sequence: 4 });
});

test('a look in many chunks says what one in a single chunk says', () => {
  const told = toldBefore(7, { anna: 2, ben: 5, cleo: 1 });
  const records = [policy({}), event('dora'), event('emil'), cutover('count', 3)];
  const whole = foldAll(3, records, { told });
  const small = foldAll(3, records, { told, bounds: { ...NO_BOUNDS, stepsMax: 1 } });
  expect(small.chunks).toBeGreaterThan(whole.chunks);
  expect([small.outputs, small.meta]).toEqual([whole.outputs, whole.meta]);
});

test('another fold’s cutover, and one to a version that is in force or was, is none', () => {
  const records = [policy({ count: 3 }), event('anna'), cutover('other', 9), cutover('count', 3), cutover('count', 2)];
  const { meta, outputs } = foldAll(3, [...records, event('anna')]);
  expect(outputs).toEqual(['1 anna 0>1', '2 anna 1>2']);
  expect(meta.force).toBe(3);
});

test('a version is at its end before a cutover to a later one', () => {
  const stands = [2, 3, 4].map((version) => cutoverAt(foldOf(version), undefined, cutover('count', 3), reader)?.kind);
  expect(stands).toEqual(['ends', 'looks', 'passes']);
  expect(cutoverAt(foldOf(4), 3, cutover('count', 3), reader)).toBeNull();
});

test('a lane begins with the version that its first policy names, and what later policies name is nothing', () => {
  const born = foldAll(3, [policy({ count: 3 }), event('anna'), policy({ count: 2 }), event('anna')]);
  expect(born.outputs).toEqual(['1 anna 0>1', '2 anna 1>2']);
  expect(foldAll(2, [policy({}), event('anna')]).meta.force).toBeUndefined();
});

test('a version before the one that the lane begins with stops at the first policy: a newer build began it', () => {
  const { fault } = foldAll(2, [policy({ count: 3 })]);
  expect(fault).toMatchObject({ code: 'other-fold-version' });
  expect(fault?.message).toContain('found one by which it begins with version 3. A newer build wrote it');
});

/** Counts a customer's events, and says so whenever the count changes. */
function foldOf(version: number): LaneFold<number, object, string> {
  const changed = (from: number, to: number): StepResult<number, string> => {
    return { facet: to, due: null, change: from === to ? null : `${from}>${to}` };
  };
  return {
    service: 'count',
    stateName: 'count',
    version,
    firstVersion: 2,
    changeTopic: 'count-changes',
    tellsProgress: false,
    recordPhase: 1,
    rulesOf: () => ({}),
    wants: ({ type }) => type === 'interaction',
    step(facet = 0, { event: own, record }) {
      if (record.customerId === 'poison') throw new TypeError('a bug');
      return changed(facet, own === null ? facet : facet + 1);
    },
    labelOf: () => null,
    encode: (change, { number, customerId }) => encoded(`${number} ${customerId} ${change}`),
    encodeProgress: () => encoded('progress'),
    encodeDeadLetter: () => encoded('letter'),
    takeover: {
      readTold: () => ({ kind: 'marker', version: 0 }),
      encodeMarker: () => encoded('marker'),
      look: (facet, told) => changed(countOf(told), facet ?? 0),
    },
  };
}

function countOf(told: Told | undefined): number {
  return told !== undefined && 'view' in told ? Number(told.view?.['count'] ?? 0) : 0;
}

function toldBefore(number: number, counts: Readonly<Record<string, number>>): ToldBefore {
  const last = new Map(Object.entries(counts).map(([id, count]) => [id as CustomerId, { view: { count } }]));
  return { number, last, customers: [...last.keys()] };
}

interface How {
  readonly told?: ToldBefore;
  readonly bounds?: ChunkBounds;
}

/** Each record in a chunk of its own, or in several, with whoever is known scanned. */
function foldAll(version: number, records: readonly TimelineRecord[], { told, bounds = NO_BOUNDS }: How = {}) {
  const fold = foldOf(version);
  const customers = new LaneCustomers<number>(1_000, () => null);
  customers.forget(true);
  const context: FoldContext<number, object, string> = {
    lane: 0,
    fold,
    reader,
    customers,
    bounds,
    rules: null,
  };
  const facets: Record<string, string> = {};
  const outputs: string[] = [];
  let meta: LaneMeta = initialMeta(version);
  let chunks = 0;
  for (const [offset, record] of records.entries()) {
    const numbered = { ...record, offset, origin: { topic: 'raw', offset } };
    for (let isDone = false; !isDone; chunks++) {
      const scanned = Object.entries(facets).sort(([a], [b]) => (a < b ? -1 : 1));
      const after = meta.place.offset === offset ? (meta.place.cursor?.customerId ?? '') : '';
      const chunk = foldChunk(context, meta, {
        records: [{ record: numbered, changes: [] }],
        read: {
          customers: [],
          due: [],
          scanned: scanned
            .filter(([id]) => id > after)
            .map(([customerId, facet]) => ({ customerId: customerId as CustomerId, facet, timer: null })),
          firstTimer: null,
        },
        dueComplete: true,
        scanComplete: true,
        told: told ?? null,
      });
      meta = chunk.meta;
      outputs.push(...chunk.outputs.map(({ value }) => new TextDecoder().decode(value)));
      for (const { customerId, facet } of customers.takeWrites())
        if (typeof facet === 'string') facets[customerId] = facet;
      if (chunk.fault !== null) return { meta, outputs, facets, chunks, fault: chunk.fault };
      isDone = chunk.recordsDone === 1;
    }
  }
  return { meta, outputs, facets, chunks, fault: null };
}

const reader: TimelineReader = {
  record: () => {
    throw new Error('not used');
  },
  event: () => ({ type: 'interaction', data: {} as never }),
  policy: ({ source }) => {
    const versions = JSON.parse(new TextDecoder().decode(source.value ?? undefined));
    return { number: 1, document: '', format: 1, versions, policy: {} as Policy };
  },
  cutover: ({ source }) => JSON.parse(new TextDecoder().decode(source.value ?? undefined)),
  policyOf: () => ({}) as Policy,
};

function policy(versions: Readonly<Record<string, number>>): TimelineRecord {
  return recordOf('policy', null, versions);
}

function event(customer: string): TimelineRecord {
  return recordOf('interaction', customer, null);
}

function cutover(facet: string, version: number): TimelineRecord {
  return recordOf('cutover', null, { facet, version });
}

function recordOf(type: string, customer: string | null, content: unknown): TimelineRecord {
  const value = new TextEncoder().encode(JSON.stringify(content));
  return {
    offset: 0,
    type,
    customerId: customer as CustomerId | null,
    logTime: 5 as TimeMs,
    origin: null,
    originText: null,
    eventId: null,
    clock: 'live',
    rawAppendedAtMs: null,
    schema: null,
    source: { offset: 0, key: null, value, headers: {}, appendedAtMs: 0 },
  };
}

function encoded(text: string) {
  return { value: new TextEncoder().encode(text), headers: {} };
}
