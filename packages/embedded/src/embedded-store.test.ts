import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CustomerId, TimeMs } from '@tidemark/domain';
import { commitPart, type FacetWrite, readPart } from '@tidemark/stream';
import { describeProfileStore } from '@tidemark/testkit/conformance';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Embedded, openEmbedded } from './index.ts';

let folder: string;
const clock = { now: () => 0 as TimeMs, elapsedMs: () => 0, sleep: async () => {} };
const open = (): Embedded => openEmbedded({ folder, lanes: 2, topics: [], clock });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeProfileStore('EmbeddedStore', async () => {
  const embedded = open();
  const { store } = embedded;
  const close = async () => embedded.close();
  // One file: nothing is evicted from it, and damage is SQLite's to find.
  return { store, reader: store, services: ['rfm', 'churn', 'tier'], lose: null, close };
});

describe('EmbeddedStore', () => {
  test('finds everything again when the folder is opened again', async () => {
    const before = open();
    const facets = [write('a', '{"n":1}', 7), write('b', '{"n":2}', null)];
    await commitPart(before.store, 'rfm', 1, null, { token: 't', meta: '{}', facets, outbox: [], trimThrough: 0 });
    before.close();
    const after = open();
    const request = { customers: [], due: { until: 9 as TimeMs, limit: 9 }, scan: { after: null, limit: 9 } };
    const found = await readPart(after.store, 'rfm', 1, 't', request);
    expect(found).toMatchObject({ due: [{ customerId: 'a' }], scanned: [{ customerId: 'a' }, { customerId: 'b' }] });
    after.close();
  });

  test('writes nothing of a chunk that breaks the rules, and goes on', async () => {
    const embedded = open();
    const chunk = { token: 't', meta: '{}', facets: [write('a', '1', 7)], outbox: [], trimThrough: 0 };
    const gap = [1, 3].map((sequence) => ({ sequence, topic: 'x', key: null, value: new Uint8Array(), headers: {} }));
    await expect(commitPart(embedded.store, 'rfm', 0, null, { ...chunk, outbox: gap })).rejects.toThrow(/dense/);
    expect((await embedded.store.customer(0, 'a' as CustomerId)).facets).toEqual(new Map());
    expect(await commitPart(embedded.store, 'rfm', 0, null, chunk)).toBe('committed');
    embedded.close();
  });

  test('writes nothing of any part where a later one breaks the rules', async () => {
    const embedded = open();
    const chunk = { token: 't', meta: '{}', facets: [write('a', '1', 7)], outbox: [], trimThrough: 0 };
    const gap = [1, 3].map((sequence) => ({ sequence, topic: 'x', key: null, value: new Uint8Array(), headers: {} }));
    const parts = [[], gap].map((outbox, i) => ({ service: `s${i}`, token: null, chunk: { ...chunk, outbox } }));
    await expect(embedded.store.commitLane(0, parts)).rejects.toThrow(/dense/);
    expect(await embedded.store.metas(0)).toEqual(new Map());
    expect((await embedded.store.customer(0, 'a' as CustomerId)).facets).toEqual(new Map());
    embedded.close();
  });
});

function write(name: string, facet: string, timer: number | null): FacetWrite {
  return { customerId: name as CustomerId, facet, timer: timer as TimeMs | null, label: undefined };
}
