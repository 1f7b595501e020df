import { createHash } from 'node:crypto';
import { customerKey } from '@tidemark/contracts';
import type { CustomerId } from '@tidemark/domain';
import type { LogRecord, StoredProfile } from '@tidemark/stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sampleCustomers } from './sample-customers.ts';

const SEED = 7;

test('the sample is the customers with the least hashes of all that log or store know, each once', async () => {
  const customers = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(customers, fc.nat({ max: 59 }), fc.integer({ min: 1, max: 10 }), async (ids, inLog, size) => {
      const log = ids.slice(0, inLog);
      const sample = await sampleCustomers(readingOf([...log, ...log], ids.slice(inLog)), [0], size, SEED);
      expect([...(sample.get(0) ?? [])].sort()).toEqual(ids.sort(byHash).slice(0, size).sort());
    }),
  );
});

function byHash(a: string, b: string): number {
  return hashOf(a) < hashOf(b) ? -1 : 1;
}

function hashOf(customerId: string): string {
  return createHash('sha256').update(`${SEED} ${customerId}`).digest('hex');
}

/** One lane: a timeline with a record of each of these customers, and a store with each of those. */
function readingOf(logged: readonly string[], stored: readonly string[]) {
  const records = logged.map(
    (id, offset): LogRecord => ({
      offset,
      appendedAtMs: 0,
      key: customerKey(id as CustomerId),
      value: null,
      headers: {},
    }),
  );
  const profiles = stored.map((id): StoredProfile => ({ customerId: id as CustomerId, facets: new Map() }));
  return {
    log: {
      bounds: async () => ({ start: 0, end: records.length }),
      read: async (_topic: string, _lane: number, from: number, limit: number) => records.slice(from, from + limit),
    },
    store: {
      customers: async (_lane: number, after: CustomerId | null, limit: number) => {
        const from = profiles.findIndex(({ customerId }) => customerId === after) + 1;
        return profiles.slice(from, from + limit);
      },
    },
  };
}
