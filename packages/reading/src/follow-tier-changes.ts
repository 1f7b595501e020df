import { type TierChangeJson, tierChangeJson } from '@tidemark/contracts';
import { toldTopics } from '@tidemark/pipeline';
import { findVersion, type Lane, type Offset, type ToldTopic, VersionRule } from '@tidemark/stream';
import { CountedTierChanges } from './lane-tier-changes.ts';
import { QueryError } from './query-error.ts';
import { lanesOf } from './read-tiers.ts';
import type { Reading } from './types.ts';

/** The next offset of tier-changes to read, by lane. */
export type TierChangePlaces = readonly Offset[];

export interface FollowOptions {
  /** Ends the following. */
  readonly signal: AbortSignal;
  /** Between two looks when there is nothing new. */
  readonly pollMs: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface FollowedChange {
  readonly change: TierChangeJson;
  /** Where to go on after this change, on another day or in another process. */
  readonly cursor: string;
}

/** Read at a time, by lane. */
const PAGE_RECORDS = 200;
/** Before a place: repeats reach back no further than what a lane may have had in flight. */
const RECALLED_RECORDS = 1_000;

/**
 * All tier changes from the places on, for ever, until the signal; by lane in order. A repeat, whose number was given in
 * its lane, is dropped. Throws `invalid-cursor` like `checkTierChangePlaces`, before the first change.
 */
export async function* followTierChanges(
  { log }: Pick<Reading, 'log'>,
  places: TierChangePlaces,
  { signal, pollMs, sleep }: FollowOptions,
): AsyncGenerator<FollowedChange> {
  await checkTierChangePlaces({ log }, places);
  const next = [...places];
  const counted = await Promise.all(next.map((place, lane) => countedBefore(log, lane, place)));
  while (!signal.aborted) {
    let read = 0;
    for (const [lane, from] of next.entries()) {
      const records = await log.read('tier-changes', lane, from, PAGE_RECORDS);
      read += records.length;
      for (const record of records) {
        if (signal.aborted) return;
        next[lane] = record.offset + 1;
        const logged = counted[lane]?.next(record) ?? null;
        if (logged === null) continue;
        yield { change: tierChangeJson(logged, logged.change), cursor: formatTierChangeCursor(next) };
      }
    }
    if (read === 0) await sleep(pollMs, signal);
  }
}

/** Where the log starts or ends now. */
export async function tierChangePlaces(
  reading: Pick<Reading, 'log'>,
  from: 'start' | 'end',
): Promise<TierChangePlaces> {
  return Promise.all(lanesOf(reading).map(async (lane) => (await reading.log.bounds('tier-changes', lane))[from]));
}

/** Throws `invalid-cursor` for places that the log does not cover: then changes would be missed without a word. */
export async function checkTierChangePlaces({ log }: Pick<Reading, 'log'>, places: TierChangePlaces): Promise<void> {
  await Promise.all(
    places.map(async (place, lane) => {
      const { start, end } = await log.bounds('tier-changes', lane);
      if (place >= start && place <= end) return;
      const found = place > end ? 'one beyond its end (another log?)' : 'one whose next change it no longer keeps';
      throw invalidPlaces(`within tier-changes, lane ${lane} (offsets ${start} to ${end})`, found);
    }),
  );
}

const VERSION = '1';
const RADIX = 36;
/** A few digits a lane. */
const LENGTH_MAX = 16_384;

/** Compact, since it goes with every change: the version, then each lane's next offset. */
export function formatTierChangeCursor(places: TierChangePlaces): string {
  return [VERSION, ...places.map((place) => place.toString(RADIX))].join('-');
}

/** Throws `invalid-cursor`. Whether the log covers the places is for `checkTierChangePlaces` to say. */
export function parseTierChangeCursor(text: string, lanes: number): TierChangePlaces {
  const [version, ...parts] = text.length <= LENGTH_MAX ? text.split('-') : [];
  if (version !== VERSION) throw invalidPlaces('as a change came with it', 'something else, or one of another version');
  if (parts.length !== lanes) throw invalidPlaces(`of ${lanes} lanes`, `one of ${parts.length}`);
  return parts.map((part) => {
    const place = Number.parseInt(part, RADIX);
    if (Number.isSafeInteger(place) && place.toString(RADIX) === part) return place;
    throw invalidPlaces('as a change came with it', 'something else');
  });
}

function invalidPlaces(expected: string, found: string): QueryError {
  return new QueryError(
    'invalid-cursor',
    `expected a cursor ${expected}, found ${found}. Start without one: from the log's start, dropping what you have by ` +
      'lane and number, or from its end.',
  );
}

/** With the number and the version in force at the place. */
async function countedBefore(log: Reading['log'], lane: Lane, place: Offset): Promise<CountedTierChanges> {
  const from = Math.max((await log.bounds('tier-changes', lane)).start, place - RECALLED_RECORDS);
  const version = await findVersion(log, toldTopics.get('tier-changes') as ToldTopic, lane, from);
  const counted = new CountedTierChanges(lane, new VersionRule(0, version));
  const records = place <= from ? [] : await log.read('tier-changes', lane, from, place - from);
  for (const record of records) if (record.offset < place) counted.next(record);
  return counted;
}
