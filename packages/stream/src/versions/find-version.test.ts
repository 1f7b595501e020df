import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LogRecord } from '../ports/event-log.ts';
import { findVersion, type ToldTopic } from './find-version.ts';
import { type ToldRecord, VersionRule } from './version-rule.ts';

/** As owners write: a version tells nothing before its marker, those before it may linger. */
const topic = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 2, max: 4 })), { maxLength: 30 }).map((drawn) => {
  const records: ToldRecord[] = [];
  let newest = 2;
  for (const [isMarker, version] of drawn) {
    if (isMarker && version > 2) records.push({ kind: 'marker', version });
    else records.push({ kind: 'progress', version: Math.min(version, newest), number: null });
    newest = Math.max(newest, isMarker ? version : 2);
  }
  return records;
});

test('the version in force at an offset is that of whoever has read all before it', async () => {
  await fc.assert(
    fc.asyncProperty(topic, fc.nat(30), async (records, offset) => {
      const rule = new VersionRule();
      for (const record of records.slice(0, offset)) rule.take(record);
      const end = Math.min(offset, records.length);
      expect(await findVersion(logOf(records), toldTopic(records, 4), 0, end)).toBe(rule.version);
    }),
  );
});

test('where no version after the first is known nothing is read: no marker can be there', async () => {
  expect(await findVersion(logOf(null), toldTopic([], 2), 0, 1_000_000)).toBe(0);
});

test('what was told last says it: of a long topic one page is read', async () => {
  const records: ToldRecord[] = Array.from({ length: 5_000 }, () => ({ kind: 'progress', version: 4, number: null }));
  const log = logOf(records);
  expect(await findVersion(log, toldTopic(records, 4), 0, 5_000)).toBe(4);
  expect(log.reads).toBe(1);
});

function toldTopic(records: readonly ToldRecord[], version: number): ToldTopic {
  return {
    topic: 'rfm-changes',
    firstVersion: 2,
    version,
    read: ({ offset }) => records[offset] as ToldRecord,
  };
}

function logOf(records: readonly ToldRecord[] | null) {
  return {
    reads: 0,
    async bounds() {
      return { start: 0, end: records?.length ?? 0 };
    },
    async read(_topic: string, _lane: number, from: number, limit: number): Promise<readonly LogRecord[]> {
      if (records === null) throw new Error('expected no read');
      this.reads++;
      const found = records.slice(from, from + limit);
      return found.map((_, i) => ({ offset: from + i, key: null, value: null, headers: {}, appendedAtMs: 0 }));
    },
  };
}
