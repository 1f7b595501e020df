import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockPacker, type KeyAndValue, loadBlock, measureBlock, storeBlock, unpackBlock } from './record-block.ts';

const parts = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
const someRecords = fc.array(fc.record({ key: parts, value: parts }), { minLength: 1 });
const manyRecords = fc
  .tuple(someRecords, fc.integer({ min: 1, max: 40 }))
  .map(([records, times]) => Array.from({ length: times }, () => records).flat());

test('what is stored of a block is read as it was, whether it is compressed or too small for it', () => {
  const packer = new BlockPacker();
  const kinds = new Set<boolean>();
  fc.assert(
    fc.property(manyRecords, fc.array(fc.string(), { minLength: 1 }), (records, headers) => {
      const { end, bytes } = measureBlock(records, 0);
      const json = JSON.stringify(headers);
      const stored = storeBlock(json, packer.pack(records, 0, end, bytes));
      kinds.add(stored.headers === '');
      const loaded = loadBlock({ ...stored, records: Uint8Array.from(stored.records) });
      expect(loaded?.headers).toBe(json);
      expect(loaded && unpackBlock(loaded.records, end)?.map(plain)).toEqual(records.slice(0, end).map(plain));
    }),
  );
  expect([...kinds].sort()).toEqual([false, true]);
});

test('records like each other take a fraction of their room', () => {
  const records = Array.from({ length: 250 }, (_, n) => {
    return { key: Buffer.from(`customer-${n}`), value: Buffer.from(`{"action":"page_view","object":"product-${n}"}`) };
  });
  const { end, bytes } = measureBlock(records, 0);
  const { records: stored } = storeBlock('[]', new BlockPacker().pack(records, 0, end, bytes));
  expect(stored.length * 5).toBeLessThan(bytes);
});

function plain({ key, value }: KeyAndValue) {
  return { key: key && Array.from(key), value: value && Array.from(value) };
}
