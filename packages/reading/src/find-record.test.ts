import { codecs, customerKey, outputHeaders } from '@tidemark/contracts';
import type { LogRecord } from '@tidemark/stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findRecord } from './find-record.ts';
import { World } from './world.testing.ts';

const KEYS = ['anna', 'bert'];

/** Ranks that never fall, with parts that were sent again. */
const ranks = fc
  .array(fc.record({ step: fc.nat(2), key: fc.nat(1), repeat: fc.option(fc.nat(6), { freq: 5 }) }), { maxLength: 40 })
  .map((steps) => {
    const whole: { rank: number; key: string }[] = [];
    const logged: { rank: number; key: string }[] = [];
    let rank = 0;
    for (const { step, key, repeat } of steps) {
      rank += step;
      whole.push({ rank, key: KEYS[key] ?? '' });
      logged.push({ rank, key: KEYS[key] ?? '' });
      // Again from some record on; the next crash may cut that short, and then the rest comes again too.
      if (repeat !== null) logged.push(...whole.slice(-repeat - 1, -1), ...whole.slice(-repeat - 1));
    }
    // The lane has caught up again.
    return [...logged, { rank: rank + 1, key: 'anna' }];
  });

function worldOf(records: readonly { readonly rank: number; readonly key: string }[]): World {
  const world = new World();
  for (const { rank, key } of records) {
    const record = { timelineOffset: rank, number: null, foldVersion: null };
    world.append('t', {
      key: customerKey(key),
      value: codecs.progress.encode(record),
      headers: outputHeaders('progress', codecs.progress.fingerprintFor(record)),
    });
  }
  return world;
}

test('a record is found wherever it stands, whatever was sent again, and none is made up', async () => {
  await fc.assert(
    fc.asyncProperty(ranks, fc.nat(50), fc.constantFrom(...KEYS), async (records, rank, key) => {
      const { log } = worldOf(records).reading;
      const rankOf = ({ value, headers }: Pick<LogRecord, 'value' | 'headers'>) =>
        codecs.progress.decode(value ?? new Uint8Array(), headers['schema'] ?? '').timelineOffset;
      const found = await findRecord(log, {
        topic: 't',
        lane: 0,
        key: customerKey(key),
        rankOf,
        rank,
        read: (record) => (rankOf(record) === rank ? rank : null),
      });
      expect(found).toBe(records.some((one) => one.rank === rank && one.key === key) ? rank : null);
    }),
    { numRuns: 1_000 },
  );
});

test('a search in a long topic reads few records', async () => {
  const { log } = worldOf(Array.from({ length: 20_000 }, (_, rank) => ({ rank, key: 'anna' }))).reading;
  let read = 0;
  const counting: typeof log = {
    ...log,
    read: async (...args) => {
      const records = await log.read(...args);
      read += records.length;
      return records;
    },
  };
  const rankOf = ({ offset }: { readonly offset: number }) => offset;
  const search = { topic: 't', lane: 0, key: customerKey('anna'), rankOf, rank: 13_000 };
  const found = await findRecord(counting, { ...search, read: ({ offset }) => (offset === 13_000 ? offset : null) });
  expect(found).toBe(13_000);
  expect(read).toBeLessThan(300);
});

test('of a crowd with the same rank the one is found, however many there are', async () => {
  const crowd = Array.from({ length: 1_000 }, (_, i) => ({ rank: 5, key: i === 990 ? 'anna' : 'bert' }));
  const { log } = worldOf([{ rank: 4, key: 'bert' }, ...crowd, { rank: 6, key: 'bert' }]).reading;
  const rankOf = ({ offset }: { readonly offset: number }) => (offset === 0 ? 4 : offset > 1_000 ? 6 : 5);
  const search = { topic: 't', lane: 0, key: customerKey('anna'), rankOf, rank: 5 };
  expect(await findRecord(log, { ...search, read: ({ offset }) => offset })).toBe(991);
});
