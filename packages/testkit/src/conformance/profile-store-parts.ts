import type { Chunk, PartCommit, PartRead } from '@tidemark/stream';
import { expect, test } from 'vitest';
import type { StoreUnderTest, Use } from './profile-store.ts';
import {
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

const POSITIONS = [0, 1, 2] as const;

/** Round trips of several services of a lane. */
export function describeParts(use: Use): void {
  test('a read of several services answers in the order asked, each what it was asked for', async () => {
    const { store, services } = use();
    expect(await store.commitLane(0, beginning(services))).toBe('committed');
    const requests: readonly PartRead['request'][] = [
      { customers: [customer('c'), customer('a')], due: null, scan: null },
      { customers: [], due: { until: time(6), limit: 9 }, scan: null },
      { customers: [customer('none')], due: null, scan: { after: customer('a'), limit: 1 } },
    ];
    const parts = services.map((service, i) => ({
      service,
      token: 'one',
      request: requests[i] as PartRead['request'],
    }));
    const expected = [
      { ...NOTHING, customers: [stored('a', '"0"', 5)] },
      { ...NOTHING, due: [stored('a', '"1"', 6)], firstTimer: 6 },
      { ...NOTHING, scanned: [stored('b', '"2"', null)] },
    ];
    expect(await store.readLane(0, parts)).toEqual(expected);
    expect(await store.readLane(0, parts.toReversed())).toEqual(expected.toReversed());
    expect(
      await store.readLane(
        1,
        parts.map((part) => ({ ...part, token: null })),
      ),
    ).toEqual([NOTHING, NOTHING, NOTHING]);
  });

  test('a commit of several services writes all of each: facets, timers, labels, meta, outbox', async () => {
    const { store, reader, services } = use();
    await store.commitLane(0, beginning(services));
    for (const [i, service] of services.entries()) await expectBeginning(use(), service, i);
    expect(await reader.metas(0)).toEqual(new Map(services.map((service, i) => [service, metaOf(i)])));
    const facets = new Map(services.map((service, i) => [service, JSON.stringify(String(i))]));
    expect(await reader.customers(0, null, 9)).toEqual(['a', 'b'].map((id) => ({ customerId: customer(id), facets })));
  });

  test.each(POSITIONS)('with a wrong token in place %i nothing is written of any service', async (wrong) => {
    const current = use();
    const { store, reader, services } = current;
    await store.commitLane(0, beginning(services));
    for (const token of ['another', null]) {
      const parts = going(services).map((part, i) => (i === wrong ? { ...part, token } : part));
      expect(await store.commitLane(0, parts)).toBe('refused');
    }
    for (const [i, service] of services.entries()) await expectBeginning(current, service, i);
    expect((await reader.customers(0, null, 9)).map(({ customerId }) => customerId)).toEqual(['a', 'b']);
    expect(await store.commitLane(0, going(services))).toBe('committed');
  });

  test.each(POSITIONS)('where the service in place %i alone has state, the others do not begin', async (begun) => {
    const { store, services } = use();
    const { token } = chunk({ token: 'other' });
    await store.commitLane(0, [{ service: services[begun], token: null, chunk: chunk({ token }) }]);
    expect(await store.commitLane(0, beginning(services))).toBe('refused');
    for (const service of services) {
      expect(await store.acquire(service, 0)).toEqual(
        service === services[begun] ? { token, meta: '{}', outbox: [] } : null,
      );
    }
    const parts = beginning(services).map((part, i) => (i === begun ? { ...part, token } : part));
    expect(await store.commitLane(0, parts)).toBe('committed');
  });

  test.each(POSITIONS)('with a wrong token in place %i a read is refused', async (wrong) => {
    const { store, services } = use();
    await store.commitLane(0, beginning(services));
    const request = { customers: [customer('a')], due: null, scan: null };
    for (const token of ['another', null]) {
      const parts = services.map((service, i) => ({ service, token: i === wrong ? token : 'one', request }));
      expect(await store.readLane(0, parts)).toBe('refused');
    }
  });

  test('a takeover of one service between read and commit refuses all of them, until each has its token', async () => {
    const { store, services } = use();
    await store.commitLane(0, beginning(services));
    const request = { customers: [customer('a')], due: null, scan: null };
    const parts = services.map((service) => ({ service, token: 'one', request }));
    expect(await store.readLane(0, parts)).not.toBe('refused');
    const taken = chunk({ token: 'taken', facets: [write('a', '"taken"', null)] });
    expect(await store.commitLane(0, [{ service: services[1], token: 'one', chunk: taken }])).toBe('committed');
    expect(await store.commitLane(0, going(services))).toBe('refused');
    expect(await store.readLane(0, parts)).toBe('refused');
    await expectBeginning(use(), services[0], 0);
    await expectBeginning(use(), services[2], 2);
    expect((await readEverything(store, services[1], 'taken')).scanned).toEqual([
      stored('a', '"taken"', null),
      stored('b', '"1"', null),
    ]);
    const again = going(services).map((part, i) => (i === 1 ? { ...part, token: 'taken' } : part));
    expect(await store.commitLane(0, again)).toBe('committed');
  });

  test('outputs are numbered, and trimmed, by service', async () => {
    const { store, services } = use();
    const [first, second, third] = services;
    const outboxes = [[1, 2, 3], [], [1]].map((sequences) => sequences.map(entry));
    const commit = (token: string | null, chunks: readonly Chunk[]) =>
      store.commitLane(
        0,
        services.map((service, i) => ({ service, token, chunk: chunks[i] as Chunk })),
      );
    await commit(
      null,
      outboxes.map((outbox) => chunk({ token: 'one', outbox })),
    );
    const later = [[], [1, 2], [2]].map((sequences) => sequences.map(entry));
    const trims = [2, 0, 1];
    await commit(
      'one',
      later.map((outbox, i) => chunk({ token: 'two', outbox, trimThrough: trims[i] ?? 0 })),
    );
    const outboxOf = async (service: string) => (await store.acquire(service, 0))?.outbox.map(plain);
    expect(await outboxOf(first)).toEqual([entry(3)]);
    expect(await outboxOf(second)).toEqual([entry(1), entry(2)]);
    expect(await outboxOf(third)).toEqual([entry(2)]);
  });

  test('a customer whose last facet goes in one part is there by what another part writes, and else gone', async () => {
    const { store, reader, services } = use();
    const [first, second] = services;
    const begin = chunk({ token: 'one', facets: ['a', 'b', 'c'].map((id) => write(id, '1', 5)) });
    await store.commitLane(0, [{ service: first, token: null, chunk: begin }]);
    const removed = chunk({ token: 'two', facets: ['a', 'b'].map((id) => write(id, null, null)) });
    const added = chunk({ token: 'two', facets: [write('b', '2', null), write('d', '2', 7)] });
    await store.commitLane(0, [
      { service: first, token: 'one', chunk: removed },
      { service: second, token: null, chunk: added },
    ]);
    const customers = await reader.customers(0, null, 9);
    expect(customers.map(({ customerId, facets }) => [customerId, ...facets])).toEqual([
      ['b', [second, '2']],
      ['c', [first, '1']],
      ['d', [second, '2']],
    ]);
    const { scanned } = await read(store, second, 'two', { scan: { after: null, limit: 9 } });
    expect(scanned).toEqual([stored('b', '2', null), stored('d', '2', 7)]);
  });

  test('a service twice, and no service at all, is a mistake of the caller: nothing is read or written', async () => {
    const { store, services } = use();
    const request = { customers: [], due: null, scan: null };
    const part = { service: services[0], token: null };
    await expect(
      store.readLane(
        0,
        [part, part].map((one) => ({ ...one, request })),
      ),
    ).rejects.toThrow(/differ/);
    const twice = ['one', 'two'].map((token) => ({ ...part, chunk: chunk({ token }) }));
    await expect(store.commitLane(0, twice)).rejects.toThrow(/differ/);
    await expect(store.readLane(0, [])).rejects.toThrow(/at least one/);
    await expect(store.commitLane(0, [])).rejects.toThrow(/at least one/);
    expect(await store.acquire(services[0], 0)).toBeNull();
  });

  test.each(POSITIONS)(
    'of a state of which some is missing in place %i nothing is written, nor read',
    async (place) => {
      const current = use();
      const { store, services, lose } = current;
      if (lose === null) return;
      await store.commitLane(0, beginning(services));
      await lose(0, { what: 'timers', service: services[place] });
      const request = { customers: [customer('a')], due: null, scan: null };
      const reads = services.map((service) => ({ service, token: 'one', request }));
      await expect(store.readLane(0, reads)).rejects.toMatchObject({ code: 'state-missing' });
      await expect(store.commitLane(0, going(services))).rejects.toMatchObject({ code: 'state-missing' });
      for (const [i, service] of services.entries()) if (i !== place) await expectBeginning(current, service, i);
    },
  );
}

/** The first chunk of each service: a with a timer, b without, both labelled, and an output. */
function beginning(services: readonly string[]): PartCommit[] {
  return services.map((service, i) => {
    const facets = [write('a', JSON.stringify(String(i)), 5 + i), write('b', JSON.stringify(String(i)), null)];
    const labelled = facets.map((facet) => ({ ...facet, label: `label ${i}` }));
    return {
      service,
      token: null,
      chunk: chunk({ token: 'one', meta: metaOf(i), facets: labelled, outbox: [entry(1)] }),
    };
  });
}

/** The second, which changes whatever the first wrote. */
function going(services: readonly string[]): PartCommit[] {
  const facets = [write('a', '"new"', 1), write('b', null, null), write('c', '"new"', 2)];
  const labelled = facets.map((facet) => ({ ...facet, label: 'new' }));
  const parts = { meta: '{"new":true}', facets: labelled, outbox: [entry(2)], trimThrough: 1 };
  return services.map((service) => ({ service, token: 'one', chunk: chunk({ token: 'two', ...parts }) }));
}

function metaOf(i: number): string {
  return JSON.stringify({ service: i });
}

async function expectBeginning({ store, reader }: StoreUnderTest, service: string, i: number): Promise<void> {
  const snapshot = await store.acquire(service, 0);
  expect(snapshot).toMatchObject({ token: 'one', meta: metaOf(i) });
  expect(snapshot?.outbox.map(plain)).toEqual([entry(1)]);
  const { due, scanned } = await readEverything(store, service, 'one');
  const facet = JSON.stringify(String(i));
  expect(scanned).toEqual([stored('a', facet, 5 + i), stored('b', facet, null)]);
  expect(due).toEqual([stored('a', facet, 5 + i)]);
  expect(await reader.labelCounts(service, 0)).toEqual(new Map([[`label ${i}`, 2]]));
}
