import type { CustomerId } from '@tidemark/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CUSTOMERS, History, type HistoryStep, historySteps } from './history.testing.ts';
import { readTierChanges, readTimeline } from './read-timeline.ts';
import type { Page, TierChangeEntry, TimelineEntry } from './types.ts';
import { eventRecord, metaOf, NOW, order, tickRecord, visit, World } from './world.testing.ts';

const anna = CUSTOMERS[0] as CustomerId;
const limits = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
const steps = fc.array(historySteps, { maxLength: 25 });
const STORED = { [anna]: { facet: '{"state":{},"view":null}' } };

function textOf(entry: TimelineEntry): string {
  switch (entry.kind) {
    case 'event':
      return entry.eventId;
    case 'view':
      return `${entry.score} ${entry.timelineOffset} ${entry.at}`;
    case 'tier':
      return `tier ${entry.change}`;
  }
}

async function readPages<Item>(
  readPage: (cursor: string | null, limit: number) => Promise<Page<Item> | null>,
  sizes: readonly number[],
  between: (page: number) => void,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 10_000; page++) {
    const limit = sizes[page % sizes.length] ?? 1;
    const found: Page<Item> | null = await readPage(cursor, limit);
    if (found === null) throw new Error('expected a known customer');
    expect(found.items.length).toBeLessThanOrEqual(limit);
    items.push(...found.items);
    if (found.next === null) return items;
    cursor = found.next;
    between(page);
  }
  throw new Error('expected an end');
}

async function historyOf(history: readonly HistoryStep[]): Promise<History> {
  const filled = new History();
  for (const step of history) filled.add(step);
  await filled.world.commit('rfm', STORED);
  return filled;
}

test('pages of any size are the whole timeline, newest first, whatever is appended between them', async () => {
  const withoutRepeats = steps.map((all) => all.map((step) => ({ ...step, repeats: null })));
  await fc.assert(
    fc.asyncProperty(withoutRepeats, steps, limits, async (before, meanwhile, sizes) => {
      const history = await historyOf(before);
      const expected = history.shownOf(anna);
      const { reading } = history.world;
      const items = await readPages(
        (cursor, limit) => readTimeline(reading, anna, { cursor, limit }),
        sizes,
        (page) => {
          const step = meanwhile[page];
          if (step !== undefined) history.add(step);
        },
      );
      expect(items.map(textOf)).toEqual(expected);
    }),
  );
});

test('what a crash left in the log several times is shown once, and nothing is missing', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, limits, async (before, meanwhile, sizes) => {
      const history = await historyOf(before);
      const expected = history.shownOf(anna);
      const { reading } = history.world;
      const items = await readPages(
        (cursor, limit) => readTimeline(reading, anna, { cursor, limit }),
        sizes,
        (page) => {
          const step = meanwhile[page];
          if (step !== undefined) history.add(step);
        },
      );
      // A repeated event stands where it was repeated.
      expect(items.map(textOf).toSorted()).toEqual(expected.toSorted());
    }),
  );
});

test('the changes of tier are those of the timeline, down to the first', async () => {
  await fc.assert(
    fc.asyncProperty(steps, limits, async (all, sizes) => {
      const history = await historyOf(all);
      const items: readonly TierChangeEntry[] = await readPages(
        (cursor, limit) => readTierChanges(history.world.reading, anna, { cursor, limit }),
        sizes,
        () => undefined,
      );
      expect(items.map(({ change }) => `tier ${change}`)).toEqual(
        history.shownOf(anna).filter((text) => text.startsWith('tier ')),
      );
    }),
  );
});

test('a page ends where too much was looked at, and the next goes on from there', async () => {
  const history = new History();
  const step: HistoryStep = { customer: 0, afterMs: 1, timers: [], changes: [], repeats: null };
  history.add(step);
  history.world.log.append(
    'timeline',
    0,
    Array.from({ length: 45_000 }, (_, i) => tickRecord(i)),
  );
  await history.world.commit('rfm', STORED);
  let cursor: string | null = null;
  const counts: number[] = [];
  do {
    const page: Page<TimelineEntry> | null = await readTimeline(history.world.reading, anna, { cursor, limit: 5 });
    counts.push(page?.items.length ?? 0);
    cursor = page?.next ?? null;
  } while (cursor !== null);
  expect(counts).toEqual([0, 0, 1]);
});

test('an order that changed nothing says so, on any page; what cannot be known is said to be that', async () => {
  const world = new World();
  // A crash left the last three in the log twice: the fold saw the first copies, the page has the second.
  for (const i of [0, 1, 2, 3, 4, 5, 3, 4, 5]) {
    world.append('timeline', eventRecord(anna, order(`o${i}`, NOW, 100), 'orders', 10 + i, NOW));
  }
  world.append('timeline', eventRecord(anna, visit('v', NOW), 'interactions', 0, NOW));
  world.append('timeline', eventRecord(anna, order('o6', NOW, 100), 'orders', 16, NOW));
  const noted = { repeat: [3, 'orders:11', 'orders:13'] };
  const facet = JSON.stringify({ state: { orders: [] }, view: null, noted });
  await world.commit('rfm', { [anna]: { facet } }, metaOf('rfm', { place: { offset: 9, cursor: null } }));
  for (const sizes of [[1], [4], [9]]) {
    const items = await readPages(
      (cursor, limit) => readTimeline(world.reading, anna, { cursor, limit }),
      sizes,
      () => undefined,
    );
    expect(items.map((entry) => entry.kind === 'event' && `${entry.eventId} ${entry.note}`)).toEqual([
      'o6 not-known',
      'v null',
      'o5 null',
      'o4 null',
      'o3 repeat',
      'o2 null',
      'o1 repeat',
      'o0 not-known',
    ]);
  }
});

test('what a held id did is read from the log, page by page, though the store knows nobody of that id', async () => {
  const { world } = new History();
  const heldId = 'anon:1' as CustomerId;
  world.append('timeline', eventRecord(heldId, visit('v1', NOW), 'interactions', 0, NOW));
  world.log.append(
    'timeline',
    0,
    Array.from({ length: 21_000 }, (_, i) => tickRecord(i)),
  );
  world.append('timeline', eventRecord(heldId, visit('v2', NOW), 'interactions', 1, NOW));
  const pages: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: Page<TimelineEntry> | null = await readTimeline(world.reading, heldId, { cursor, limit: 5 });
    pages.push(page?.items.map((entry) => (entry.kind === 'event' ? entry.eventId : entry.kind)) ?? ['nobody']);
    cursor = page?.next ?? null;
  } while (cursor !== null);
  expect(pages.flat()).toEqual(['v2', 'v1']);
  expect(pages.length).toBeGreaterThan(1);
  expect(await readTimeline(new World().reading, heldId, { cursor: null, limit: 5 })).toBeNull();
});

test('an unknown customer has no timeline', async () => {
  const { reading } = new World();
  expect(await readTimeline(reading, anna, { cursor: null, limit: 5 })).toBeNull();
  expect(await readTierChanges(reading, anna, { cursor: null, limit: 5 })).toBeNull();
});

test('a cursor is good for its customer, its request and its log alone', async () => {
  const step: HistoryStep = { customer: 0, afterMs: 1, timers: [], changes: [], repeats: null };
  const history = await historyOf([step, step, step, step]);
  const { world } = history;
  await world.commit('behaviour', { bert: { facet: '{}' } });
  const page = await readTimeline(world.reading, anna, { cursor: null, limit: 2 });
  const cursor = page?.next ?? '';
  expect(cursor).not.toBe('');
  const refused = { code: 'invalid-cursor', message: expect.stringContaining('Start again without a cursor.') };
  await expect(readTimeline(world.reading, 'bert' as CustomerId, { cursor, limit: 2 })).rejects.toMatchObject(refused);
  await expect(readTierChanges(world.reading, anna, { cursor, limit: 2 })).rejects.toMatchObject(refused);
  const other = new World();
  await other.commit('rfm', STORED);
  await expect(readTimeline(other.reading, anna, { cursor, limit: 2 })).rejects.toMatchObject(refused);
});

test('any other text is refused as a cursor, without saying it', async () => {
  const history = await historyOf([]);
  const page = [1, 'timeline', 0, [[0], [0, 0]]];
  const texts = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
    fc.constantFrom(JSON.stringify(page), Buffer.from(JSON.stringify(page)).toString('base64url'), 'x'.repeat(9_999)),
  );
  await fc.assert(
    fc.asyncProperty(texts, async (cursor) => {
      const request = { cursor, limit: 1 };
      const error: unknown = await readTimeline(history.world.reading, anna, request).catch((thrown) => thrown);
      expect(error).toMatchObject({ name: 'QueryError', code: 'invalid-cursor' });
      if (cursor.length > 20) expect((error as Error).message).not.toContain(cursor);
    }),
  );
});
