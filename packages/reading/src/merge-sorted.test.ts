import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeSorted } from './merge-sorted.ts';

async function* sequence<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

test('merging sorted sequences gives all items, sorted, equal ones in order of the sequences', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.integer({ min: 0, max: 9 }))), async (lists) => {
      const labelled = lists.map((list, index) => list.toSorted((a, b) => a - b).map((key) => ({ key, index })));
      const merged = await Array.fromAsync(mergeSorted(labelled.map(sequence), (a, b) => a.key - b.key));
      expect(merged).toEqual(labelled.flat().toSorted((a, b) => a.key - b.key || a.index - b.index));
    }),
  );
});
