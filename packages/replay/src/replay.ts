import { customerKey, laneOf, RAW_TOPICS, type RawTopic, type SchemaIds } from '@tidemark/contracts';
import { DAY_MS, startOfDay, type TimeMs } from '@tidemark/domain';
import type { PolicyDocument } from '@tidemark/policy';
import type { EventLog, LogWriter } from '@tidemark/stream';
import { RawBatches } from './raw-batches.ts';
import { eventRecord, policyRecord, punctuationRecord, writerIdsOf } from './raw-records.ts';
import { ReplayError } from './replay-error.ts';
import { controlHeadersAt, headersAt, type Position, type ReplayIdentity, readPositions } from './replay-positions.ts';
import type { ReplaySource } from './replay-source.ts';

export interface ReplayOptions {
  /** What lies before `end`. */
  readonly dataset: ReplaySource;
  readonly log: EventLog;
  /** To be closed by the caller, and used for nothing else meanwhile. */
  readonly writer: LogWriter;
  readonly schemaIds: SchemaIds;
  /** Opens every lane. */
  readonly policyDocument: PolicyDocument;
  /** Any time of the last UTC day to replay; null: the data set's last day. */
  readonly until: TimeMs | null;
  /**
   * Where the replay ends at the latest, so that the lanes' clock is not set ahead: what `readReplayEnd` says, and the
   * time of now where it says nothing.
   */
  readonly end: TimeMs;
  /** Awaited after every batch (some whole days, or part of a busy one), so that the caller can hold the replay back. */
  readonly pace?: () => Promise<void>;
  /** When it aborts, the replay ends after the batch in flight; a later one goes on from there. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  /** Events of the data set that are in the log, those of earlier runs included. */
  readonly events: number;
  /** Events up to the last day to replay. */
  readonly eventsTotal: number;
  /** The UTC day being written, by its start. */
  readonly day: TimeMs;
}

export interface ReplayResult extends ReplayProgress {
  /** False if `signal` ended it. */
  readonly isComplete: boolean;
}

/** Days are gathered up to so many records, so that a quiet data set does not cost sixty sends a day. */
const BATCH_RECORDS_MIN = 4_000;
/** A few MiB. A busier day is sent in parts. */
const BATCH_RECORDS_MAX = 10_000;
/** 64 bits of a hash tell replays apart. */
const IDENTITY_DIGITS = 16;

/**
 * Writes a data set to the raw topics under the event clock: for each day that has events, a punctuation into every lane
 * of every raw topic, then the day's events; the policy after the first punctuation of control; one more punctuation at
 * the last millisecond of the last day, or at the last before `end`.
 *
 * Each topic's lane ends up with the same records in the same order however often the replay was killed and started
 * again: it goes on after the last record it finds there. A later `until` goes on, too.
 *
 * Throws `ReplayError` for a log that cannot be gone on with, and whatever the writer rejects with; then start again with
 * a new writer. Costs two round trips for each topic's lane at the start.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { dataset, log, signal, end } = options;
  if (dataset.lastDay >= end)
    throw new RangeError(`expected events before ${end}, found some from ${dataset.lastDay} on`);
  const lastDay = startOfDay(Math.min(options.until ?? dataset.lastDay, end - 1) as TimeMs);
  if (lastDay < dataset.firstDay) throw untilBeforeData(dataset.firstDay, lastDay);
  const endOf = (day: TimeMs) => Math.min(day + DAY_MS - 1, end - 1) as TimeMs;
  const identity = {
    end,
    dataSet: dataset.fingerprint.slice(0, IDENTITY_DIGITS),
    policy: options.policyDocument.hash.slice(0, IDENTITY_DIGITS),
  };
  const positions = await readPositions(log, identity);
  const batches = new RawBatches(options.writer, positions, log.lanes);
  const gather = gatherer(options, identity, batches);
  const eventsTotal = dataset.placesOfDay(lastDay).to;

  let day = dayToGoOnFrom(positions, dataset.firstDay);
  let events = dataset.placesOfDay(day).from;
  const progress = () => ({ events: Math.min(events, eventsTotal), eventsTotal, day });
  const sendIfAtLeast = async (records: number) => {
    if (batches.pending < records) return;
    await batches.flush();
    options.onProgress?.(progress());
    await options.pace?.();
  };

  for (; day <= lastDay; day = (day + DAY_MS) as TimeMs) {
    const { from, to } = dataset.placesOfDay(day);
    if (from === to && day !== dataset.firstDay) continue;
    gather.punctuation('control', day, endOf(day));
    if (day === dataset.firstDay) {
      gather.policy(day);
      // A log that has anything must say what it is the replay of, so control is written first.
      await sendIfAtLeast(1);
    }
    for (const topic of DATA_TOPICS) gather.punctuation(topic, day, endOf(day));
    for (; events < to; events++) {
      if (batches.pending >= BATCH_RECORDS_MAX) await sendIfAtLeast(1);
      if (signal?.aborted) return { ...progress(), isComplete: false };
      gather.event(day, events);
    }
    await sendIfAtLeast(BATCH_RECORDS_MIN);
    if (signal?.aborted) return { ...progress(), isComplete: false };
  }
  day = lastDay;
  for (const topic of RAW_TOPICS) gather.punctuation(topic, endOf(day), endOf(day));
  await sendIfAtLeast(1);
  return { ...progress(), isComplete: true };
}

const DATA_TOPICS = RAW_TOPICS.filter((topic) => topic !== 'control');

/** Puts records into the batches of the lanes they belong to. */
function gatherer(options: ReplayOptions, identity: ReplayIdentity, batches: RawBatches) {
  const { dataset, log, policyDocument } = options;
  const ids = writerIdsOf(options.schemaIds);
  return {
    punctuation(topic: RawTopic, time: TimeMs, until: TimeMs): void {
      const position = { segment: time, row: 0 };
      const headers = topic === 'control' ? controlHeadersAt(position, identity) : headersAt(position);
      const record = punctuationRecord(time, until, ids, headers);
      for (let lane = 0; lane < log.lanes; lane++) batches.add(topic, lane, position, () => record);
    },
    policy(time: TimeMs): void {
      const position = { segment: time, row: 1 };
      const record = policyRecord(policyDocument, time, options.schemaIds, controlHeadersAt(position, identity));
      for (let lane = 0; lane < log.lanes; lane++) batches.add('control', lane, position, () => record);
    },
    event(day: TimeMs, place: number): void {
      const position = { segment: day, row: place + 1 };
      const key = customerKey(dataset.customerIdAt(place));
      batches.add(dataset.topicAt(place), laneOf(key, log.lanes), position, () =>
        eventRecord(key, dataset.recordAt(place), ids, options.schemaIds, headersAt(position)),
      );
    },
  };
}

/** The day of the lane that is furthest behind. */
function dayToGoOnFrom(positions: ReadonlyMap<RawTopic, readonly Position[]>, firstDay: TimeMs): TimeMs {
  const furthestBehind = Math.min(...[...positions.values()].flat().map(({ segment }) => segment));
  return startOfDay(Math.max(firstDay, furthestBehind) as TimeMs);
}

function untilBeforeData(firstDay: TimeMs, lastDay: TimeMs): ReplayError {
  const [first, last] = [firstDay, lastDay].map((day) => new Date(day).toISOString().slice(0, 10));
  return new ReplayError(
    'until-before-data',
    `expected a last day on or after ${first}, the day of the first event, found ${last}. Give a later --until`,
  );
}
