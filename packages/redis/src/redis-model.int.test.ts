import { type CustomerId, compareCustomerIds, type TimeMs } from '@tidemark/domain';
import type { Chunk, FacetWrite, LaneRead, OutboxEntry, PartCommit, StoredFacet } from '@tidemark/stream';
import { requireServer } from '@tidemark/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';
import { Keys } from './keys.ts';
import { startRedisServer, type TestServer } from './testing/redis-server.ts';
import { storedKeys } from './testing/stored-keys.ts';

const SERVICES = ['rfm', 'churn', 'tier'] as const;
const LABELS = ['', 'gold', 'silver:{x}'];
const IDS = ['\u0000', 'a', 'a\u0000b', 'b', '{0.1}', 'é', '\uFFFF', '\u{1F600}'] as CustomerId[];
/** Outputs of the same headers object are kept in one block. */
const HEADERS = [{ n: '0' }, { n: '1' }];
const END = Number.MAX_SAFE_INTEGER as TimeMs;

const EVERYTHING = { customers: IDS, due: { until: END, limit: 99 }, scan: { after: null, limit: 99 } };

/** What one service's lane holds, as plainly as can be. */
interface Model {
  token: string | null;
  outbox: OutboxEntry[];
  sequence: number;
  readonly customers: Map<CustomerId, { facet: string; timer: TimeMs | null; label: string | null }>;
}

describe.skipIf(!requireServer('redis-server'))('RedisStore', () => {
  let server: TestServer;
  let store: RedisStore;
  beforeAll(async () => {
    server = await startRedisServer({});
    store = await openRedisStore({
      mode: 'single',
      url: server.url,
      namespace: 'model',
      lanes: 1,
      onWarning: () => {},
    });
  });
  afterAll(async () => {
    store?.close();
    await server?.close();
  });

  test('holds after any commits and clears what a plain model holds, to whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps(), { minLength: 1, maxLength: 12 }), async (script) => {
        await server.client.flushall();
        const models = new Map<string, Model>(SERVICES.map((service) => [service, emptyModel()]));
        for (const [i, { clears, parts }] of script.entries()) {
          if (clears) {
            for (const { service } of parts) {
              await store.clear(service, 0);
              models.set(service, emptyModel());
            }
            continue;
          }
          const modelOf = (service: string): Model => models.get(service) ?? emptyModel();
          const commits = parts.map(({ service, action, stale }): PartCommit => {
            const model = modelOf(service);
            return { service, token: stale ? null : model.token, chunk: chunkOf(model, action, `token ${i}`) };
          });
          const areAll = commits.every(({ service, token }) => token === modelOf(service).token);
          expect(await store.commitLane(0, commits)).toBe(areAll ? 'committed' : 'refused');
          if (areAll) for (const { service, chunk } of commits) apply(modelOf(service), chunk);
        }
        const reads = await store.readLane(
          0,
          [...models].map(([service, { token }]) => ({ service, token, request: EVERYTHING })),
        );
        for (const [i, [service, model]] of [...models].entries()) {
          await compare(store, service, model, reads === 'refused' ? undefined : reads[i]);
        }
        const customers = await compareLane(store, models);
        const { 'the customers': listed } = await storedKeys(server.client, new Keys('model', 1), 0, {
          service: 'rfm',
        });
        expect(await server.client.zcard(listed)).toBe(customers);
      }),
      { numRuns: 60 },
    );
  });
});

interface Action {
  readonly writes: readonly FacetWrite[];
  readonly outputs: number;
  readonly trim: number;
}

function steps() {
  const kept = <Value>(value: fc.Arbitrary<Value>) => fc.oneof(value, fc.constant(undefined), fc.constant(null));
  const write: fc.Arbitrary<FacetWrite> = fc.record({
    customerId: fc.constantFrom(...IDS),
    facet: kept(fc.json()),
    timer: kept(fc.integer({ min: 0, max: 5 }).map((ms) => ms as TimeMs)),
    label: kept(fc.constantFrom(...LABELS)),
  });
  const action: fc.Arbitrary<Action> = fc.record({
    writes: fc.array(write, { maxLength: 10 }),
    outputs: fc.nat(9),
    trim: fc.nat(40),
  });
  const seldom = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
  const part = fc.record({ service: fc.constantFrom(...SERVICES), action, stale: seldom });
  const parts = fc.uniqueArray(part, { selector: ({ service }) => service, minLength: 1, maxLength: SERVICES.length });
  return fc.record({ parts, clears: seldom });
}

function emptyModel(): Model {
  return { token: null, outbox: [], sequence: 0, customers: new Map() };
}

function chunkOf(model: Model, { writes, outputs, trim }: Action, token: string): Chunk {
  const outbox = Array.from({ length: outputs }, (_, i): OutboxEntry => {
    const sequence = model.sequence + 1 + i;
    const key = sequence % 2 === 0 ? null : Uint8Array.of(0, sequence);
    return {
      sequence,
      topic: 'changes',
      key,
      value: Uint8Array.of(255, sequence),
      headers: HEADERS[(sequence >> 2) % 2] ?? {},
    };
  });
  return {
    token,
    meta: JSON.stringify({ token }),
    facets: writes,
    outbox,
    trimThrough: Math.min(trim, model.sequence),
  };
}

function apply(model: Model, { token, facets, outbox, trimThrough }: Chunk): void {
  model.token = token;
  model.outbox = [...model.outbox.filter(({ sequence }) => sequence > trimThrough), ...outbox];
  model.sequence += outbox.length;
  for (const { customerId, facet, timer, label } of facets) {
    const before = model.customers.get(customerId);
    const kept = facet === undefined ? before?.facet : facet;
    if (kept === undefined || kept === null) {
      model.customers.delete(customerId);
      continue;
    }
    model.customers.set(customerId, {
      facet: kept,
      timer: timer === undefined ? (before?.timer ?? null) : timer,
      label: label === undefined ? (before?.label ?? null) : label,
    });
  }
}

async function compare(store: RedisStore, service: string, model: Model, read: LaneRead | undefined): Promise<void> {
  const snapshot = await store.acquire(service, 0);
  expect(snapshot?.token ?? null).toBe(model.token);
  expect(snapshot?.outbox.map(plain) ?? []).toEqual(model.outbox);
  const all = [...model.customers]
    .map(([customerId, { facet, timer }]): StoredFacet => ({ customerId, facet, timer }))
    .sort((a, b) => compareCustomerIds(a.customerId, b.customerId));
  const due = all.filter(({ timer }) => timer !== null).sort((a, b) => (a.timer ?? 0) - (b.timer ?? 0));
  const inOrderAsked = IDS.flatMap((id) => all.filter(({ customerId }) => customerId === id));
  expect(read).toEqual({
    customers: inOrderAsked,
    due,
    scanned: all,
    firstTimer: due[0]?.timer ?? null,
  });
  expect(await store.timersDue(service, 0, 3 as TimeMs)).toBe(due.filter(({ timer }) => (timer ?? 9) <= 3).length);
  const counts = new Map<string, number>();
  for (const label of LABELS) {
    const ids = all.map(({ customerId }) => customerId).filter((id) => model.customers.get(id)?.label === label);
    if (ids.length > 0) counts.set(label, ids.length);
    expect(await store.labelled(service, 0, label, null, 99)).toEqual(ids);
  }
  expect(await store.labelCounts(service, 0)).toEqual(counts);
}

async function compareLane(store: RedisStore, models: ReadonlyMap<string, Model>): Promise<number> {
  const expected = IDS.toSorted(compareCustomerIds).flatMap((customerId) => {
    const facets = [...models].flatMap(([service, { customers }]): [string, string][] => {
      const customer = customers.get(customerId);
      return customer === undefined ? [] : [[service, customer.facet]];
    });
    return facets.length === 0 ? [] : [{ customerId, facets: new Map(facets) }];
  });
  expect(await store.customers(0, null, 99)).toEqual(expected);
  for (const { customerId, facets } of expected) {
    expect((await store.customer(0, customerId)).facets).toEqual(facets);
  }
  return expected.length;
}

function plain({ key, value, ...rest }: OutboxEntry): OutboxEntry {
  return { ...rest, key: key && Uint8Array.from(key), value: Uint8Array.from(value) };
}
