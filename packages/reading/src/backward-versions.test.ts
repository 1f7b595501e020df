import type { LogRecord, ToldRecord, ToldTopic } from '@tidemark/stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackwardVersions } from './backward-versions.ts';

/** As owners write: a version tells nothing before its marker, those before it may linger. */
const topic = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 2, max: 4 })), { maxLength: 40 }).map((drawn) => {
  const records: ToldRecord[] = [];
  let newest = 2;
  for (const [isMarker, version] of drawn) {
    const isFirst = isMarker && version > 2;
    records.push(isFirst ? { kind: 'marker', version } : change(Math.min(version, newest)));
    if (isFirst) newest = Math.max(newest, version);
  }
  return records;
});

test('who reads backwards, in pages of any size, takes what whoever reads forwards takes', async () => {
  await fc.assert(
    fc.asyncProperty(topic, fc.integer({ min: 1, max: 9 }), async (records, size) => {
      let inForce = 0;
      const expected = records.flatMap((record, offset) => {
        if (record.kind === 'marker') inForce = Math.max(inForce, record.version);
        return record.version >= inForce ? [offset] : [];
      });
      const log = logOf(records);
      const versions = new BackwardVersions(log, toldTopic(records), 0);
      const found: number[] = [];
      for (let end = records.length; end > 0; end -= size) {
        const from = Math.max(0, end - size);
        const page = await log.read('rfm-changes', 0, from, end - from);
        found.unshift(...(await versions.counted(page, from, end)).map(({ offset }) => offset));
      }
      expect(found).toEqual(expected);
    }),
  );
});

function change(version: number): ToldRecord {
  return { kind: 'change', version, number: 1 };
}

function toldTopic(records: readonly ToldRecord[]): ToldTopic {
  const read = ({ offset }: LogRecord) => records[offset] as ToldRecord;
  return { topic: 'rfm-changes', firstVersion: 2, version: 4, read };
}

function logOf(records: readonly ToldRecord[]) {
  return {
    lanes: 1,
    bounds: async () => ({ start: 0, end: records.length }),
    async read(_topic: string, _lane: number, from: number, limit: number): Promise<LogRecord[]> {
      const found = records.slice(from, from + limit);
      return found.map((_, i) => ({ offset: from + i, key: null, value: null, headers: {}, appendedAtMs: 0 }));
    },
  };
}
