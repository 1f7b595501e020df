import type { CustomerId } from '@tidemark/domain';
import {
  type Chunk,
  commitPart,
  type FacetWrite,
  type OutboxEntry,
  type ProfileReader,
  type ProfileStore,
  type ReadRequest,
  readPart,
  type StoredFacet,
  type StoredProfile,
} from '@tidemark/stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TEST_TIMEOUT_MS } from './eventually.ts';
import { describeParts } from './profile-store-parts.ts';
import {
  asStored,
  byDue,
  chunk,
  customer,
  entry,
  NOTHING,
  plain,
  read,
  readEverything,
  stored,
  time,
  write,
} from './profile-store-samples.ts';

/** A store opened for one test. */
export interface StoreUnderTest {
  readonly store: ProfileStore;
  readonly reader: ProfileReader;
  /** Three names of services that no other test uses. */
  readonly services: readonly [string, string, string];
  /**
   * Takes a part of a lane's state away while all else stays, as an eviction does: a customer's facets of all services, the
   * list of customers, or a service's timers or outbox. Null: of this store no part goes alone.
   */
  readonly lose: ((lane: number, part: LostPart) => Promise<void>) | null;
  /** Releases what `open` took, after the test. */
  close(): Promise<void>;
}

export type LostPart =
  | { readonly what: 'customer'; readonly customerId: CustomerId }
  | { readonly what: 'list' }
  | { readonly what: 'timers' | 'outbox'; readonly service: string };

/** Ids that other orders, encodings and key formats get wrong, in order of their bytes. */
const AWKWARD_IDS = [
  '\u0000',
  '\n',
  ' ',
  '"quoted"',
  '0',
  '10',
  '9',
  'A:b',
  'a',
  'a\u0000b',
  'ab',
  '{tag}',
  'é',
  '中',
  '\uE000',
  '\uFFFF',
  '\u{10000}',
  '\u{1F600}',
  '\u{1F600}a',
  '\u{10FFFF}',
].map(customer);

/** Checks that an adapter keeps what the port `ProfileStore` promises. Lanes 0 and 1 are used. */
export function describeProfileStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the promises of ProfileStore:`, { timeout: TEST_TIMEOUT_MS }, () => {
    let current: StoreUnderTest | undefined;
    beforeEach(async () => {
      current = await open();
    }, TEST_TIMEOUT_MS);
    afterEach(async () => {
      await current?.close();
    }, TEST_TIMEOUT_MS);
    const use = (): StoreUnderTest => {
      if (current === undefined) throw new Error('the store is opened before each test');
      return current;
    };
    describeGuard(use);
    describeFacets(use);
    describeReader(use);
    describeTimers(use);
    describeScan(use);
    describeOutbox(use);
    describeIsolation(use);
    describeLosses(use);
    describeParts(use);
  });
}

export type Use = () => StoreUnderTest;

function describeGuard(use: Use): void {
  test('a lane without state is acquired as null, and read with token null', async () => {
    const { store, services } = use();
    expect(await store.acquire(services[0], 0)).toBeNull();
    const request = { customers: [customer('a')], due: { until: time(9), limit: 9 }, scan: { after: null, limit: 9 } };
    expect(await readPart(store, services[0], 0, null, request)).toEqual(NOTHING);
    expect(await readPart(store, services[0], 0, 't', request)).toBe('refused');
  });

  test('the first commit needs token null, each later one the token of the one before', async () => {
    const { store, services } = use();
    const commit = (token: string | null, next: string) =>
      commitPart(store, services[0], 0, token, chunk({ token: next }));
    expect(await commit('one', 'two')).toBe('refused');
    expect(await store.acquire(services[0], 0)).toBeNull();
    expect(await commit(null, 'one')).toBe('committed');
    expect(await commit(null, 'again')).toBe('refused');
    expect(await commit('one', 'two')).toBe('committed');
    expect(await commit('one', 'three')).toBe('refused');
    expect(await store.acquire(services[0], 0)).toEqual({ token: 'two', meta: '{}', outbox: [] });
  });

  test('a refused commit leaves facets, timers, meta and outbox as they were', async () => {
    const { store, services } = use();
    const before = chunk({ token: 'one', meta: '{"n":1}', facets: [write('a', '1', 5)], outbox: [entry(1), entry(2)] });
    await commitPart(store, services[0], 0, null, before);
    const stale = chunk({
      token: 'two',
      meta: '{"n":2}',
      facets: [write('a', '2', 1), write('b', '2', 1)],
      outbox: [entry(3)],
      trimThrough: 2,
    });
    expect(await commitPart(store, services[0], 0, 'zero', stale)).toBe('refused');
    expect(await commitPart(store, services[0], 0, null, stale)).toBe('refused');
    expect(await store.acquire(services[0], 0)).toMatchObject({ token: 'one', meta: '{"n":1}' });
    expect((await store.acquire(services[0], 0))?.outbox.map(plain)).toEqual([entry(1), entry(2)]);
    const everything = await readEverything(store, services[0], 'one');
    expect(everything.scanned).toEqual([stored('a', '1', 5)]);
    expect(everything.due).toEqual([stored('a', '1', 5)]);
  });

  test('a read with another token is refused', async () => {
    const { store, services } = use();
    await commitPart(store, services[0], 0, null, chunk({ token: 'one' }));
    const request: ReadRequest = { customers: [], due: null, scan: null };
    expect(await readPart(store, services[0], 0, null, request)).toBe('refused');
    expect(await readPart(store, services[0], 0, 'zero', request)).toBe('refused');
    expect(await readPart(store, services[0], 0, 'one', request)).toEqual(NOTHING);
  });

  test('of commits that race with the same token one wins, and all of it is there', async () => {
    const { store, services } = use();
    const outcomes = await Promise.all(
      ['x', 'y', 'z'].map((name) => {
        const facets = [write('a', JSON.stringify(name), 1), write('b', JSON.stringify(name), 2)];
        return commitPart(store, services[0], 0, null, chunk({ token: name, facets }));
      }),
    );
    expect(outcomes.toSorted()).toEqual(['committed', 'refused', 'refused']);
    const winner = (await store.acquire(services[0], 0))?.token ?? '';
    const { scanned } = await readEverything(store, services[0], winner);
    expect(scanned.map((facet) => facet.facet)).toEqual([JSON.stringify(winner), JSON.stringify(winner)]);
  });

  test('tokens and meta come back as given, unicode and long ones too', async () => {
    const { store, services } = use();
    const meta = JSON.stringify({ text: 'é中\u{1F600}\uFFFF"\\\n', long: 'x'.repeat(20_000) });
    const token = 'place {1}:é中\u{1F600} "quoted"';
    await commitPart(store, services[0], 0, null, chunk({ token, meta }));
    expect(await store.acquire(services[0], 0)).toEqual({ token, meta, outbox: [] });
    expect(await commitPart(store, services[0], 0, token, chunk({ token: 'next' }))).toBe('committed');
  });
}

function describeFacets(use: Use): void {
  test('facets come back as given, whatever is in the id or the JSON', async () => {
    const { store, services } = use();
    const json = (id: string): string =>
      JSON.stringify({ id, text: 'é中\u{1F600}\uFFFF"\\\n\u0000', list: [1, null, 0.1] });
    const facets = AWKWARD_IDS.map((id): FacetWrite => write(id, json(id), undefined));
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets }));
    const asked = [...AWKWARD_IDS, customer('not there')];
    const { customers } = await read(store, services[0], 'one', { customers: asked });
    expect(new Map(customers.map(({ customerId, facet }) => [customerId, facet]))).toEqual(
      new Map(AWKWARD_IDS.map((id) => [id, json(id)])),
    );
  });

  test('undefined leaves a facet or timer as it is, null removes it', async () => {
    const { store, services } = use();
    const names = ['keep', 'facet', 'timer', 'both', 'disarm', 'arm', 'remove'];
    await commitPart(
      store,
      services[0],
      0,
      null,
      chunk({ token: 'one', facets: names.map((name) => write(name, '1', name === 'arm' ? null : 10)) }),
    );
    const facets = [
      write('keep', undefined, undefined),
      write('facet', '2', undefined),
      write('timer', undefined, 20),
      write('both', '2', 20),
      write('disarm', '2', null),
      write('arm', undefined, 20),
      write('remove', null, null),
      write('new', '2', undefined),
    ];
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', facets }));
    const { scanned, due } = await readEverything(store, services[0], 'two');
    expect(scanned).toEqual([
      stored('arm', '1', 20),
      stored('both', '2', 20),
      stored('disarm', '2', null),
      stored('facet', '2', 10),
      stored('keep', '1', 10),
      stored('new', '2', null),
      stored('timer', '1', 20),
    ]);
    expect(due.map((facet) => facet.customerId)).toEqual(['facet', 'keep', 'arm', 'both', 'timer']);
  });

  test('a removed facet leaves no timer, and can come back', async () => {
    const { store, reader, services } = use();
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets: [write('a', '1', 10)] }));
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', facets: [write('a', null, undefined)] }));
    expect(await readEverything(store, services[0], 'two')).toEqual(NOTHING);
    expect((await reader.customer(0, customer('a'))).facets).toEqual(new Map());
    await commitPart(store, services[0], 0, 'two', chunk({ token: 'three', facets: [write('a', '3', undefined)] }));
    expect((await readEverything(store, services[0], 'three')).scanned).toEqual([stored('a', '3', null)]);
  });

  test('a chunk of 2,000 customers is written and read in one go', async () => {
    const { store, services } = use();
    const ids = Array.from({ length: 2_000 }, (_, i) => `customer-${i}`);
    const facet = (id: string): string => JSON.stringify({ id, padding: 'x'.repeat(300) });
    const facets = ids.map((id, i) => write(id, facet(id), 1_000 + (i % 7)));
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets }));
    const got = await read(store, services[0], 'one', {
      customers: ids.map(customer),
      due: { until: time(2_000), limit: 5_000 },
    });
    expect(got.customers).toHaveLength(2_000);
    expect(new Set(got.customers.map((found) => found.facet))).toEqual(new Set(ids.map(facet)));
    expect(got.due).toEqual(got.due.toSorted(byDue));
    expect(got.due).toHaveLength(2_000);
  });

  test("a customer's facets and the lane's metas are found by service, of the lane alone", async () => {
    const { store, reader, services } = use();
    const commit = (service: string, lane: number, facet: string) =>
      commitPart(
        store,
        service,
        lane,
        null,
        chunk({ token: 'one', meta: JSON.stringify([service, lane]), facets: [write('a', facet, null)] }),
      );
    for (const service of services.slice(0, 2)) await commit(service, 0, JSON.stringify(service));
    for (const service of services.slice(1)) await commit(service, 1, '"other lane"');
    const metas = new Map(services.slice(0, 2).map((service) => [service, JSON.stringify([service, 0])]));
    expect(await reader.customer(0, customer('a'))).toEqual({
      metas,
      facets: new Map(services.slice(0, 2).map((service) => [service, JSON.stringify(service)])),
    });
    expect(await reader.customer(0, customer('b'))).toEqual({ metas, facets: new Map() });
    expect(await reader.metas(0)).toEqual(metas);
  });
}

function describeReader(use: Use): void {
  test('customers of a lane are paged by the bytes of their ids, each with all facets', async () => {
    const { store, reader, services } = use();
    for (const [i, service] of services.entries()) {
      const facets = AWKWARD_IDS.filter((_, n) => n % (i + 1) === 0).map((id) =>
        write(id, JSON.stringify(service), null),
      );
      await commitPart(store, service, 0, null, chunk({ token: 'one', facets }));
    }
    await commitPart(store, services[0], 1, null, chunk({ token: 'one', facets: [write('other lane', '1', null)] }));
    const found: StoredProfile[] = [];
    for (let page = await reader.customers(0, null, 3); page.length > 0; ) {
      expect(page.length).toBeLessThanOrEqual(3);
      found.push(...page);
      page = await reader.customers(0, page.at(-1)?.customerId ?? null, 3);
    }
    expect(found.map(({ customerId }) => customerId)).toEqual(AWKWARD_IDS);
    for (const [n, { facets }] of found.entries()) {
      const expected = services
        .filter((_, i) => n % (i + 1) === 0)
        .map((service) => [service, JSON.stringify(service)]);
      expect(facets).toEqual(new Map(expected as [string, string][]));
    }
  });

  test('customers are listed and counted under the label last written, of the service and lane alone', async () => {
    const { store, reader, services } = use();
    const [service, other] = services;
    const labelled = (id: string, label: string | null | undefined): FacetWrite => ({ ...write(id, '1', null), label });
    const facets = [
      ...AWKWARD_IDS.map((id) => labelled(id, 'gold')),
      labelled('none', null),
      labelled('unsaid', undefined),
    ];
    await commitPart(store, service, 0, null, chunk({ token: 'one', facets }));
    await commitPart(store, other, 0, null, chunk({ token: 'one', facets: [labelled('x', 'gold')] }));
    await commitPart(store, service, 1, null, chunk({ token: 'one', facets: [labelled('y', 'gold')] }));
    const list = (label: string) => reader.labelled(service, 0, label, null, 1_000);
    expect(await list('gold')).toEqual(AWKWARD_IDS);
    expect(await reader.labelCounts(service, 0)).toEqual(new Map([['gold', AWKWARD_IDS.length]]));

    const [kept, moved, unlisted, removed, timed] = AWKWARD_IDS as [
      CustomerId,
      CustomerId,
      CustomerId,
      CustomerId,
      CustomerId,
    ];
    const changes = [
      { ...write(kept, '2', 5), label: undefined },
      { ...write(timed, undefined, 6), label: undefined },
      labelled(moved, 'silver'),
      labelled(unlisted, null),
      { ...write(removed, null, undefined), label: undefined },
    ];
    await commitPart(store, service, 0, 'one', chunk({ token: 'two', facets: changes }));
    const gold = AWKWARD_IDS.filter((id) => ![moved, unlisted, removed].includes(id));
    expect(await list('gold')).toEqual(gold);
    expect(await list('silver')).toEqual([moved]);
    expect(await reader.labelled(service, 0, 'gold', gold[2] ?? null, 2)).toEqual(gold.slice(3, 5));
    expect(await reader.labelCounts(service, 0)).toEqual(
      new Map([
        ['gold', gold.length],
        ['silver', 1],
      ]),
    );

    await store.clear(service, 0);
    expect(await list('gold')).toEqual([]);
    expect(await reader.labelCounts(service, 0)).toEqual(new Map());
    expect(await reader.labelled(other, 0, 'gold', null, 9)).toEqual(['x']);
  });

  test('timers that are due are counted', async () => {
    const { store, reader, services } = use();
    const facets = [3, 5, 5, 8, null].map((due, i) => write(`c${i}`, '1', due));
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets }));
    const counts = await Promise.all([2, 3, 5, 9].map((until) => reader.timersDue(services[0], 0, time(until))));
    expect(counts).toEqual([0, 1, 3, 4]);
    expect(await reader.timersDue(services[0], 1, time(9))).toBe(0);
  });

  test("the first timer after a time is found, whichever of a lane's services has it", async () => {
    const { store, reader, services } = use();
    const [one, other] = services;
    await commitPart(store, one, 0, null, chunk({ token: 'one', facets: [write('a', '1', 3), write('b', '1', 8)] }));
    await commitPart(
      store,
      other,
      0,
      null,
      chunk({ token: 'one', facets: [write('a', '1', 5), write('c', '1', null)] }),
    );
    const firsts = await Promise.all([2, 3, 5, 7, 8].map((after) => reader.firstTimerAfter(0, time(after))));
    expect(firsts).toEqual([3, 5, 8, 8, null]);
    expect(await reader.firstTimerAfter(1, time(0))).toBe(null);
    await store.clear(one, 0);
    expect(await reader.firstTimerAfter(0, time(2))).toBe(5);
  });
}

function describeTimers(use: Use): void {
  test('due timers come by due time, then by the bytes of the id', async () => {
    const { store, services } = use();
    const facets = AWKWARD_IDS.toReversed().flatMap((id) => [write(id, '"five"', 5), write(`${id}-four`, '"four"', 4)]);
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets }));
    const { due } = await readEverything(store, services[0], 'one');
    expect(due.map((found) => found.customerId)).toEqual(
      facets
        .map(asStored)
        .toSorted(byDue)
        .map((f) => f.customerId),
    );
    expect(due.filter((found) => found.timer === 5).map((found) => found.customerId)).toEqual(AWKWARD_IDS);
  });

  test('only timers due at or before `until` come, at most `limit`, the earliest first', async () => {
    const { store, services } = use();
    const facets = Array.from({ length: 10 }, (_, i) => write(`c${i}`, String(i), 100 - i));
    await commitPart(
      store,
      services[0],
      0,
      null,
      chunk({ token: 'one', facets: [...facets, write('none', '0', null)] }),
    );
    const due = async (until: number, limit: number): Promise<string[]> => {
      const got = await read(store, services[0], 'one', { due: { until: time(until), limit } });
      return got.due.map((found) => found.customerId);
    };
    expect(await due(90, 100)).toEqual([]);
    expect(await due(91, 100)).toEqual(['c9']);
    expect(await due(94, 100)).toEqual(['c9', 'c8', 'c7', 'c6']);
    expect(await due(94, 2)).toEqual(['c9', 'c8']);
    expect(await due(1_000, 100)).toHaveLength(10);
  });

  test('the earliest timer is told, whether it is due or not, where timers are asked for', async () => {
    const { store, services } = use();
    const first = async (token: string | null, until: number | null) => {
      const due = until === null ? null : { until: time(until), limit: 1 };
      const got = await readPart(store, services[0], 0, token, { customers: [], due, scan: null });
      return got === 'refused' ? got : got.firstTimer;
    };
    expect(await first(null, 9)).toBeNull();
    const facets = [write('a', '1', 7), write('b', '1', 5), write('c', '1', null)];
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets }));
    expect(await Promise.all([first('one', 4), first('one', 9), first('one', null)])).toEqual([5, 5, null]);
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', facets: [write('b', '1', null)] }));
    expect(await first('two', 4)).toBe(7);
    await commitPart(store, services[0], 0, 'two', chunk({ token: 'three', facets: [write('a', null, null)] }));
    expect(await first('three', 4)).toBeNull();
  });

  test('a timer that is moved is due at its new time alone, with its facet', async () => {
    const { store, services } = use();
    const start = 1_700_000_000_000;
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets: [write('a', '1', start)] }));
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', facets: [write('a', '2', start + 10)] }));
    const due = async (token: string, until: number): Promise<readonly StoredFacet[]> =>
      (await read(store, services[0], token, { due: { until: time(until), limit: 10 } })).due;
    expect(await due('two', start + 9)).toEqual([]);
    expect(await due('two', start + 10)).toEqual([stored('a', '2', start + 10)]);
    await commitPart(
      store,
      services[0],
      0,
      'two',
      chunk({ token: 'three', facets: [write('a', undefined, start - 10)] }),
    );
    expect(await due('three', start - 10)).toEqual([stored('a', '2', start - 10)]);
  });
}

function describeScan(use: Use): void {
  test('a scan goes through all customers by the bytes of their ids, from after its cursor', async () => {
    const { store, services } = use();
    const facets = AWKWARD_IDS.toReversed().map((id): FacetWrite => write(id, '{}', null));
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', facets }));
    const scanned: CustomerId[] = [];
    while (scanned.length <= AWKWARD_IDS.length) {
      const after = scanned.at(-1) ?? null;
      const page = await read(store, services[0], 'one', { scan: { after, limit: 3 } });
      scanned.push(...page.scanned.map((found) => found.customerId));
      if (page.scanned.length < 3) break;
    }
    expect(scanned).toEqual(AWKWARD_IDS);
  });

  test("a scan's cursor needs no facet of its own", async () => {
    const { store, services } = use();
    await commitPart(
      store,
      services[0],
      0,
      null,
      chunk({ token: 'one', facets: [write('a', '1', null), write('c', '3', 7)] }),
    );
    const { scanned } = await read(store, services[0], 'one', { scan: { after: customer('b'), limit: 10 } });
    expect(scanned).toEqual([stored('c', '3', 7)]);
  });
}

function describeOutbox(use: Use): void {
  test('outbox entries come back byte for byte, in order, until they are trimmed', async () => {
    const { store, services } = use();
    const outboxOf = async (): Promise<readonly OutboxEntry[]> =>
      ((await store.acquire(services[0], 0))?.outbox ?? []).map(plain);
    const entries = Array.from({ length: 12 }, (_, i) => entry(i + 1));
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', outbox: entries.slice(0, 5) }));
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', outbox: entries.slice(5) }));
    expect(await outboxOf()).toEqual(entries);
    await commitPart(store, services[0], 0, 'two', chunk({ token: 'three', trimThrough: 3 }));
    expect(await outboxOf()).toEqual(entries.slice(3));
    await commitPart(store, services[0], 0, 'three', chunk({ token: 'four', outbox: [entry(13)], trimThrough: 12 }));
    expect(await outboxOf()).toEqual([entry(13)]);
    await commitPart(store, services[0], 0, 'four', chunk({ token: 'five', trimThrough: 13 }));
    expect(await outboxOf()).toEqual([]);
  });

  test('trimming again what was trimmed, or nothing, changes nothing', async () => {
    const { store, services } = use();
    await commitPart(
      store,
      services[0],
      0,
      null,
      chunk({ token: 'one', outbox: [1, 2, 3].map(entry), trimThrough: 0 }),
    );
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', trimThrough: 2 }));
    await commitPart(store, services[0], 0, 'two', chunk({ token: 'three', trimThrough: 1 }));
    await commitPart(store, services[0], 0, 'three', chunk({ token: 'four', trimThrough: 0 }));
    expect((await store.acquire(services[0], 0))?.outbox.map(plain)).toEqual([entry(3)]);
  });

  test('thousands of entries of one commit stay in order', async () => {
    const { store, services } = use();
    const entries = Array.from({ length: 3_000 }, (_, i) => entry(i + 1));
    await commitPart(store, services[0], 0, null, chunk({ token: 'one', outbox: entries }));
    await commitPart(store, services[0], 0, 'one', chunk({ token: 'two', trimThrough: 1_234 }));
    expect((await store.acquire(services[0], 0))?.outbox.map(plain)).toEqual(entries.slice(1_234));
  });
}

function describeIsolation(use: Use): void {
  const places = (services: readonly string[]) =>
    services.flatMap((service) => [0, 1].map((lane) => ({ service, lane })));
  const chunkOf = (service: string, lane: number): Chunk => {
    const facets = [write('a', JSON.stringify(service + lane), 5)];
    return chunk({ token: `${service} ${lane}`, facets, outbox: [entry(1)] });
  };

  test('services and lanes are apart', async () => {
    const { store, services } = use();
    for (const { service, lane } of places(services)) {
      expect(await commitPart(store, service, lane, null, chunkOf(service, lane))).toBe('committed');
    }
    for (const { service, lane } of places(services)) {
      const token = `${service} ${lane}`;
      expect(await store.acquire(service, lane)).toMatchObject({ token });
      const { due, scanned } = await readEverything(store, service, token, lane);
      expect(scanned).toEqual([stored('a', JSON.stringify(service + lane), 5)]);
      expect(due).toEqual(scanned);
    }
  });

  test("clear removes a service's state in one lane, all of it, and nothing else", async () => {
    const { store, reader, services } = use();
    for (const { service, lane } of places(services))
      await commitPart(store, service, lane, null, chunkOf(service, lane));
    await store.clear(services[0], 0);
    expect(await store.acquire(services[0], 0)).toBeNull();
    const request = { customers: [customer('a')], due: { until: time(9), limit: 9 }, scan: { after: null, limit: 9 } };
    expect(await readPart(store, services[0], 0, null, request)).toEqual(NOTHING);
    expect([...(await reader.customer(0, customer('a'))).facets.keys()].toSorted()).toEqual(
      services.slice(1).toSorted(),
    );
    for (const { service, lane } of places(services).slice(1)) {
      expect((await store.acquire(service, lane))?.outbox).toHaveLength(1);
      expect((await readEverything(store, service, `${service} ${lane}`, lane)).due).toHaveLength(1);
    }
    // A rebuilt lane starts its sequence again.
    await commitPart(store, services[0], 0, null, chunk({ token: 'new', outbox: [entry(1)] }));
    expect((await store.acquire(services[0], 0))?.outbox.map(plain)).toEqual([entry(1)]);
  });

  test('clear of a lane without state does nothing', async () => {
    const { store, services } = use();
    await store.clear(services[0], 0);
    expect(await store.acquire(services[0], 0)).toBeNull();
  });
}

function describeLosses(use: Use): void {
  const A = customer('a');
  const MISSING = { name: 'Fault', code: 'state-missing' };
  const everyone: ReadRequest = {
    customers: [A],
    due: { until: time(9), limit: 9 },
    scan: { after: null, limit: 9 },
  };
  const nothingOf: ReadRequest = { customers: [], due: null, scan: null };

  /** Two services with customers, timers and an output each, of which a part is taken away; skipped where none goes alone. */
  async function losing(part: (service: string) => LostPart): Promise<StoreUnderTest | null> {
    const current = use();
    const { store, services, lose } = current;
    if (lose === null) return null;
    const facets = ['a', 'b'].map((name) => write(name, '1', 5));
    for (const service of services.slice(0, 2)) {
      await commitPart(store, service, 0, null, chunk({ token: 'one', facets, outbox: [entry(1)] }));
    }
    await lose(0, part(services[0]));
    return current;
  }

  test('a customer whose facets are gone is missing, asked for, due, scanned or written; others are there', async () => {
    const current = await losing(() => ({ what: 'customer', customerId: A }));
    if (current === null) return;
    const { store, services } = current;
    for (const service of services.slice(0, 2)) {
      for (const part of ['customers', 'due', 'scan'] as const) {
        const request = { ...nothingOf, [part]: everyone[part] };
        await expect(readPart(store, service, 0, 'one', request)).rejects.toMatchObject(MISSING);
      }
      const both = chunk({ token: 'two', facets: [write('b', '2', 6), write('a', '2', 6)] });
      await expect(commitPart(store, service, 0, 'one', both)).rejects.toMatchObject(MISSING);
      const { customers } = await read(store, service, 'one', { customers: [customer('b'), customer('new')] });
      expect(customers).toEqual([stored('b', '1', 5)]);
      const other = chunk({ token: 'two', facets: [write('b', '2', 6), write('new', '1', null)] });
      expect(await commitPart(store, service, 0, 'one', other)).toBe('committed');
    }
  });

  test.each(['list', 'timers', 'outbox'] as const)('nothing is written to a lane whose %s is gone', async (what) => {
    const current = await losing((service) => (what === 'list' ? { what } : { what, service }));
    if (current === null) return;
    const { store, services } = current;
    await expect(store.acquire(services[0], 0)).rejects.toMatchObject(MISSING);
    const next = chunk({ token: 'two', facets: [write('b', '2', 6)] });
    await expect(commitPart(store, services[0], 0, 'one', next)).rejects.toMatchObject(MISSING);
    if (what !== 'outbox') {
      await expect(readPart(store, services[0], 0, 'one', nothingOf)).rejects.toMatchObject(MISSING);
    }
    if (what === 'list') return;
    expect(await commitPart(store, services[1], 0, 'one', next)).toBe('committed');
  });

  test.each([
    ['a customer', () => ({ what: 'customer' as const, customerId: A })],
    ['the list', () => ({ what: 'list' as const })],
    ['the timers', (service: string) => ({ what: 'timers' as const, service })],
    ['the outbox', (service: string) => ({ what: 'outbox' as const, service })],
  ] as const)(
    'a lane that lost %s and is cleared begins from nothing, and meets nothing from before',
    async (_, part) => {
      const current = await losing(part);
      if (current === null) return;
      const { store, services } = current;
      await store.clear(services[0], 0);
      expect(await store.acquire(services[0], 0)).toBeNull();
      expect(await readPart(store, services[0], 0, null, everyone)).toEqual(NOTHING);
      const first = chunk({ token: 'new', facets: [write('c', '3', 7)], outbox: [entry(1)] });
      expect(await commitPart(store, services[0], 0, null, first)).toBe('committed');
      expect(await readEverything(store, services[0], 'new')).toMatchObject({ scanned: [stored('c', '3', 7)] });
    },
  );
}
