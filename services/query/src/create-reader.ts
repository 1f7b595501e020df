import {
  checkTierChangePlaces,
  explainCustomer,
  followTierChanges,
  formatTierChangeCursor,
  parseTierChangeCursor,
  type Reading,
  readCustomer,
  readLanes,
  readTier,
  readTierChanges,
  readTiers,
  readTimeline,
  StateMemo,
  tierChangePlaces,
} from '@tidemark/reading';
import type { Clock } from '@tidemark/stream';
import type { Reader } from './ports.ts';

/** Between two looks of a stream at a log that had nothing new: much below what a person or a campaign notices. */
const POLL_MS = 250;

export function createReader(sources: Omit<Reading, 'memo'>, clock: Pick<Clock, 'sleep'>): Reader {
  const reading: Reading = { ...sources, memo: new StateMemo() };
  return {
    readCustomer: (customerId) => readCustomer(reading, customerId),
    explainCustomer: (customerId) => explainCustomer(reading, customerId),
    readTimeline: (customerId, page) => readTimeline(reading, customerId, page),
    readTierChanges: (customerId, page) => readTierChanges(reading, customerId, page),
    readTiers: () => readTiers(reading),
    readTier: (tier, page) => readTier(reading, tier, page),
    readLanes: () => readLanes(reading),
    async openTierChanges(from, signal) {
      const places =
        typeof from === 'string'
          ? await tierChangePlaces(reading, from)
          : parseTierChangeCursor(from.cursor, reading.log.lanes);
      // Before the first byte of the answer, so that it can still be a 400.
      await checkTierChangePlaces(reading, places);
      const sleep = (ms: number, until: AbortSignal) => clock.sleep(ms, until);
      const changes = followTierChanges(reading, places, { signal, pollMs: POLL_MS, sleep });
      return { cursor: formatTierChangeCursor(places), changes };
    },
  };
}
